// SM2 signatures and encryption (GB/T 32918, GM/T 0009) on the recommended curve. Signatures go through OpenSSL by the one way
// that is right in Node: digest Z, then the message, with a key imported from PEM. Everything hostile is refused before that.
import { createSign, createVerify, randomBytes } from 'node:crypto'
import { concat, fromHex } from './bytes.ts'
import { cipherFromDer, cipherToDer, derToRaw, rawToDer, type CipherParts } from './sm2-der.ts'
import {
  decrypt,
  encrypt,
  fromBytes,
  isSignature,
  pointBytes,
  readPoint,
  sm2Curve,
  verifyDigest,
  type Ciphertext
} from './sm2-curve.ts'
import {
  assertPrivateKey,
  defaultUserId,
  nativePrivateKey,
  nativePublicKey,
  sm2GenerateKeyPair,
  sm2Point,
  userZ,
  type NativeKey
} from './sm2-keys.ts'
import { sm3 } from './sm3.ts'

/** Signs a message: 64 bytes r‖s. Throws a RangeError for a private key that must not be used (see assertPrivateKey). */
export function sm2Sign(privateKey: Uint8Array, message: Uint8Array, userId: Uint8Array = defaultUserId): Uint8Array {
  return sm2StreamSigner(privateKey, userId).update(message).sign()
}

/** False for anything but a valid r‖s of 64 bytes over the message by a public key (x‖y) on the curve; never throws. */
export function sm2Verify(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  userId: Uint8Array = defaultUserId
): boolean {
  if (!mayBeSignature(signature) || !readPoint(sm2Curve, publicKey)) return false
  return sm2StreamVerifier(publicKey, userId).update(message).verify(signature)
}

export interface Sm2StreamSigner {
  update(data: Uint8Array): Sm2StreamSigner
  /** 64 bytes r‖s; once. */
  sign(): Uint8Array
}

/** Signs a message that arrives in pieces; the signature is the one of the whole message. */
export function sm2StreamSigner(privateKey: Uint8Array, userId: Uint8Array = defaultUserId): Sm2StreamSigner {
  const native = nativePrivateKey(privateKey)
  const running = createSign('sm3').update(zOf(native, userId))
  const signer: Sm2StreamSigner = {
    update(data) {
      running.update(data)
      return signer
    },
    sign: () => derToRaw(running.sign(native.key))
  }
  return signer
}

export interface Sm2StreamVerifier {
  update(data: Uint8Array): Sm2StreamVerifier
  /** Takes r‖s; once. */
  verify(signature: Uint8Array): boolean
}

/** Verifies a message that arrives in pieces. Throws a RangeError when the public key (x‖y) is not on the curve. */
export function sm2StreamVerifier(publicKey: Uint8Array, userId: Uint8Array = defaultUserId): Sm2StreamVerifier {
  const native = nativePublicKey(publicKey)
  const running = createVerify('sm3').update(zOf(native, userId))
  const verifier: Sm2StreamVerifier = {
    update(data) {
      running.update(data)
      return verifier
    },
    verify: (signature) => mayBeSignature(signature) && running.verify(native.key, rawToDer(signature))
  }
  return verifier
}

/** The cheap half of verification: 64 bytes, r and s in [1, n − 1], r + s ≠ n. */
function mayBeSignature(signature: Uint8Array): boolean {
  if (signature.length !== 64) return false
  return isSignature(sm2Curve, { r: fromBytes(signature), s: fromBytes(signature, 32) })
}

function zOf(native: NativeKey, userId: Uint8Array): Uint8Array {
  return userId === defaultUserId ? native.z : userZ(native.point, userId)
}

// ---- Encryption ----

const suite = { curve: sm2Curve, hash: sm3 }

/** Encrypts at least one byte for a public key (x‖y): 04‖C1‖C3‖C2, 97 bytes longer than the message. */
export function sm2Encrypt(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const { c1, c3, c2 } = encryptParts(publicKey, message)
  return concat(Uint8Array.of(4), c1, c3, c2)
}

/** The same as DER SM2Cipher. */
export function sm2EncryptDer(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  return cipherToDer(encryptParts(publicKey, message))
}

function encryptParts(publicKey: Uint8Array, message: Uint8Array): CipherParts {
  const point = sm2Point(publicKey)
  for (;;) {
    const ciphertext = encrypt(suite, point, fromBytes(sm2GenerateKeyPair().privateKey), message)
    if (ciphertext) return { ...ciphertext, c1: pointBytes(ciphertext.c1) }
  }
}

/** Opens 04‖C1‖C3‖C2; a RangeError, the same for every cause, when it does not open. */
export function sm2Decrypt(privateKey: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  if (ciphertext[0] !== 4) throw notOpened()
  const [c1, c3, c2] = [ciphertext.subarray(1, 65), ciphertext.subarray(65, 97), ciphertext.subarray(97)]
  return decryptParts(privateKey, { c1, c3, c2 })
}

/** Opens DER SM2Cipher; a SyntaxError when it is not strict DER, otherwise as sm2Decrypt. */
export function sm2DecryptDer(privateKey: Uint8Array, der: Uint8Array): Uint8Array {
  return decryptParts(privateKey, cipherFromDer(der))
}

function decryptParts(privateKey: Uint8Array, { c1, c3, c2 }: CipherParts): Uint8Array {
  assertPrivateKey(privateKey)
  const point = readPoint(sm2Curve, c1)
  if (point === null) throw notOpened()
  // A fresh multiple of n hides the key's bits from whoever measures our time over many messages.
  const blind = fromBytes(concat(new Uint8Array(24), randomBytes(8))) | (1n << 64n)
  const ciphertext: Ciphertext = { c1: point, c3, c2 }
  const message = decrypt(suite, fromBytes(privateKey) + blind * sm2Curve.n, ciphertext)
  if (message === null) throw notOpened()
  return message
}

function notOpened(): RangeError {
  return new RangeError('the SM2 ciphertext does not open with this key')
}

// ---- Self-test ----

// GB/T 32918.5 appendix A: key, message "message digest", signature.
const KNOWN_KEY =
  '09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13'
const KNOWN_SIGNATURE =
  'F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA'

/**
 * Throws unless this runtime still computes SM2 as the standard does: the published signature verifies, a changed one does not,
 * and our own curve arithmetic accepts what OpenSSL signs. OpenSSL 4 changes its default user id, so this runs at every start.
 */
export function assertSm2(): void {
  const message = new TextEncoder().encode('message digest')
  const known = fromHex(KNOWN_KEY)
  const broken = fromHex(KNOWN_SIGNATURE)
  broken[63]! ^= 1
  const { privateKey, publicKey } = sm2GenerateKeyPair()
  const ours = sm2Sign(privateKey, message)
  const point = sm2Point(publicKey)
  const e = fromBytes(sm3(concat(userZ(point, defaultUserId), message)))
  const sound =
    sm2Verify(known, message, fromHex(KNOWN_SIGNATURE)) &&
    !sm2Verify(known, message, broken) &&
    verifyDigest(sm2Curve, point, e, { r: fromBytes(ours), s: fromBytes(ours, 32) })
  if (!sound) throw new Error('SM2 of this runtime does not agree with GB/T 32918.5')
}
