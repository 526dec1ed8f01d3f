// What names a key of the key store, what it may be used for, what its bytes look like, and what can go wrong with it.
import { randomBytes } from 'node:crypto'
import { hex } from './bytes.ts'
import { assertPrivateKey, sm2GenerateKeyPair, sm2PublicKey } from './sm2-keys.ts'
import { hmacSm3, sm3 } from './sm3.ts'
import { sm4EcbEncrypt } from './sm4.ts'
import { desEcbEncrypt } from './triple-des.ts'

export type KeyPurpose =
  | 'purchase'
  | 'load'
  | 'tac'
  | 'file-signature'
  | 'statement-signature'
  | 'ledger-anchor'
  | 'ticket-log'
  | 'ticket-signature'
  | 'ticket-totp'
  | 'identity-seal'
  | 'identity-digest'
  | 'certificate-authority'
  | 'message-signature'
  | 'session'
  | 'maintenance'
  | 'transport'
  | 'custody-record'

export interface KeyReference {
  purpose: KeyPurpose
  /** Empty, or the code of the institution the key belongs to. */
  scope: string
  version: number
  index: number
  algorithm: '3des' | 'sm4' | 'sm2' | 'hmac-sm3'
}

/**
 * What the key store can do with a key: 'session' is a MAC under a session key, 'tac' a TAC, 'derive' the keys of new cards, which
 * leave it only under a key for 'wrap'.
 */
export type KeyUse = 'session' | 'tac' | 'sign' | 'seal' | 'digest' | 'derive' | 'wrap'

const USES: Record<KeyPurpose, readonly KeyUse[]> = {
  purchase: ['session', 'derive'],
  load: ['session', 'derive'],
  tac: ['tac', 'derive'],
  maintenance: ['derive'],
  transport: ['wrap'],
  'file-signature': ['sign'],
  'statement-signature': ['sign'],
  'ledger-anchor': ['sign'],
  'ticket-log': ['sign'],
  'ticket-signature': ['sign'],
  'ticket-totp': ['digest'],
  'identity-seal': ['seal'],
  'identity-digest': ['digest'],
  'certificate-authority': ['sign'],
  'message-signature': ['sign'],
  session: ['seal', 'digest'],
  'custody-record': ['sign']
}

const ALGORITHMS: Record<KeyUse, readonly KeyReference['algorithm'][]> = {
  session: ['3des', 'sm4'],
  tac: ['3des', 'sm4'],
  derive: ['3des', 'sm4'],
  wrap: ['sm4'],
  sign: ['sm2'],
  seal: ['sm4'],
  digest: ['hmac-sm3']
}

export type KeyStoreFault =
  | 'no-such-key'
  | 'key-exists'
  | 'unsuitable-key'
  | 'wrong-use'
  | 'seal-broken'
  | 'wrong-master-key'
  | 'altered-file'
  | 'busy'
  | 'closed'
  /** Pending, kept for checking only, laid down or destroyed. */
  | 'not-active'
  /** A ceremony, plan or custodian does not allow it; the message says why. */
  | 'custody-refused'
  /** The key process does not answer; it is asked again with the next call. */
  | 'away'
  /** This client may not ask that. */
  | 'forbidden'
  | 'malformed'
  | 'failed'

/** Names the key by its reference, never by its bytes. */
export class KeyStoreError extends Error {
  readonly fault: KeyStoreFault

  constructor(fault: KeyStoreFault, message: string) {
    super(message)
    this.name = 'KeyStoreError'
    this.fault = fault
  }
}

/** Whether it will do again when the key process is back, or has less to do. */
export function isKeyStoreAway(error: unknown): boolean {
  return error instanceof KeyStoreError && (error.fault === 'away' || error.fault === 'busy')
}

/** `tac//1/1/sm4`: the name in the file and in messages, and the open data its wrapping is bound to. */
export function keyName(key: KeyReference): string {
  const known = knownNames.get(key)
  if (known !== undefined) return known
  const { purpose, scope, version, index, algorithm } = key
  const name = `${purpose}/${scope}/${version}/${index}/${algorithm}`
  if (!isKeyName(name)) throw new KeyStoreError('unsuitable-key', `${name} does not name a key`)
  knownNames.set(key, name)
  return name
}

/** References are constants of their rooms: most are asked for again and again. */
const knownNames = new WeakMap<KeyReference, string>()

export function parseKeyName(name: string): KeyReference {
  if (!isKeyName(name)) throw new KeyStoreError('altered-file', `${name} does not name a key`)
  const [purpose, scope, version, index, algorithm] = name.split('/') as [KeyPurpose, string, string, string, never]
  return { purpose, scope, version: Number(version), index: Number(index), algorithm }
}

/** Version and index travel in one byte each. */
function isKeyName(name: string): boolean {
  const [purpose, scope, version, index, algorithm, ...rest] = name.split('/')
  if (rest.length > 0 || !Object.hasOwn(USES, purpose!)) return false
  const uses = USES[purpose as KeyPurpose]
  const fits = uses.some((use) => (ALGORITHMS[use] as readonly string[]).includes(algorithm!))
  return fits && /^[\w.-]{0,32}$/.test(scope!) && isByte(version!) && isByte(index!)
}

function isByte(text: string): boolean {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= 255
}

/** Throws unless the purpose of the key and its algorithm allow the use. */
export function requireUse(key: KeyReference, use: KeyUse): void {
  const name = keyName(key)
  if (!USES[key.purpose].includes(use) || !ALGORITHMS[use].includes(key.algorithm)) {
    throw new KeyStoreError('wrong-use', `the key ${name} is not for ${use}`)
  }
}

export function newKeyBytes(key: KeyReference): Uint8Array {
  if (key.algorithm === 'sm2') return sm2GenerateKeyPair().privateKey
  return new Uint8Array(randomBytes(key.algorithm === 'hmac-sm3' ? 32 : 16))
}

/** Throws unless the bytes can be a key of this algorithm: 16 for 3DES and SM4, 32 within range for SM2, 16 to 64 for HMAC. */
export function checkKeyBytes(key: KeyReference, bytes: Uint8Array): void {
  const name = keyName(key)
  if (!suits(key.algorithm, bytes)) throw new KeyStoreError('unsuitable-key', `these bytes cannot be the key ${name}`)
}

function suits(algorithm: KeyReference['algorithm'], bytes: Uint8Array): boolean {
  if (algorithm === 'hmac-sm3') return bytes.length >= 16 && bytes.length <= 64
  if (algorithm !== 'sm2') return bytes.length === 16
  try {
    assertPrivateKey(bytes)
    return true
  } catch {
    return false
  }
}

/** The first 3 bytes of a zero block under the key (of an empty message for HMAC); for SM2 8 bytes of SM3 over x‖y. */
export function keyCheckValueOf(key: KeyReference, bytes: Uint8Array): string {
  switch (key.algorithm) {
    case '3des':
      return hex(desEcbEncrypt(bytes, new Uint8Array(8)).subarray(0, 3))
    case 'sm4':
      return hex(sm4EcbEncrypt(bytes, new Uint8Array(16)).subarray(0, 3))
    case 'hmac-sm3':
      return hex(hmacSm3(bytes, new Uint8Array()).subarray(0, 3))
    case 'sm2':
      return hex(sm3(sm2PublicKey(bytes)).subarray(0, 8))
  }
}
