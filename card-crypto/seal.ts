// Sealing: SM4-GCM (RFC 8998), native in the pinned Node. A seal hides the plaintext and proves it, together with open data that
// must not be exchanged: which key, which row, which person.
import { createCipheriv, createDecipheriv, randomBytes, type CipherGCMTypes } from 'node:crypto'
import { concat } from './bytes.ts'

// Node 26 has it; its type declarations do not list it yet.
const SM4_GCM = 'sm4-gcm' as string as CipherGCMTypes
const NONCE_LENGTH = 12
const TAG_LENGTH = 16

/** nonce 12 ‖ ciphertext ‖ tag 16. The nonce is random, which is safe for 2^32 seals under one key. */
export function seal(key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array<ArrayBuffer> {
  const nonce = randomBytes(NONCE_LENGTH)
  return concat(nonce, sm4GcmEncrypt(key, nonce, { plaintext, aad }))
}

/** Throws when the key, the open data or any byte of the seal differs. */
export function unseal(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array<ArrayBuffer> {
  if (sealed.length < NONCE_LENGTH + TAG_LENGTH) throw new RangeError('a seal has at least 28 bytes')
  const opener = createDecipheriv(SM4_GCM, key, sealed.subarray(0, NONCE_LENGTH), { authTagLength: TAG_LENGTH })
  opener.setAAD(aad).setAuthTag(sealed.subarray(-TAG_LENGTH))
  return concat(opener.update(sealed.subarray(NONCE_LENGTH, -TAG_LENGTH)), opener.final())
}

/** ciphertext ‖ tag under a nonce the caller answers for: never use one twice. */
export function sm4GcmEncrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  message: { plaintext: Uint8Array; aad: Uint8Array }
): Uint8Array<ArrayBuffer> {
  const sealer = createCipheriv(SM4_GCM, key, nonce, { authTagLength: TAG_LENGTH }).setAAD(message.aad)
  return concat(sealer.update(message.plaintext), sealer.final(), sealer.getAuthTag())
}
