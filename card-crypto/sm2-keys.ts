// SM2 keys: their checks, generation, PEM (PKCS#8, SPKI), and the imported KeyObjects with Z that sm2.ts signs and verifies with.
import { createECDH, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { concat, equalConstantTime, fromHex, hex } from './bytes.ts'
import { compressedBytes, fromBytes, identityInput, pointBytes, readPoint, sm2Curve, type Point } from './sm2-curve.ts'
import { sm3 } from './sm3.ts'

export interface Sm2KeyPair {
  /** d, 32 bytes. */
  readonly privateKey: Uint8Array
  /** x‖y, 64 bytes. */
  readonly publicKey: Uint8Array
}

/** The user id that goes into Z when the parties agree on no other (GM/T 0009 §10). */
export const defaultUserId = new TextEncoder().encode('1234567812345678')

// Everything before the key bytes in the one DER form of PKCS#8 and SPKI with the named curve 1.2.156.10197.1.301.
const PKCS8_HEAD = fromHex('308187020100301306072A8648CE3D020106082A811CCF5501822D046D306B0201010420')
const PKCS8_MIDDLE = fromHex('A14403420004')
const SPKI_HEAD = fromHex('3059301306072A8648CE3D020106082A811CCF5501822D03420004')

export function sm2GenerateKeyPair(): Sm2KeyPair {
  const pair = createECDH('SM2')
  pair.generateKeys()
  const privateKey = new Uint8Array(32)
  const digits = pair.getPrivateKey()
  privateKey.set(digits, 32 - digits.length)
  if (!isUsablePrivateKey(privateKey)) return sm2GenerateKeyPair()
  return { privateKey, publicKey: new Uint8Array(pair.getPublicKey().subarray(1)) }
}

/** x‖y of a private key. Throws a RangeError for a key that must not be used. */
export function sm2PublicKey(privateKey: Uint8Array): Uint8Array {
  assertPrivateKey(privateKey)
  const pair = createECDH('SM2')
  pair.setPrivateKey(privateKey)
  return new Uint8Array(pair.getPublicKey().subarray(1))
}

/**
 * Throws a RangeError unless the key is 32 bytes, lies in [1, n − 2] and could have come from a sound random source: within
 * 2¹²⁸ of neither end, and of at least eight different bytes (a random key fails either with a chance below 2⁻¹¹⁰).
 */
export function assertPrivateKey(privateKey: Uint8Array): void {
  if (!isUsablePrivateKey(privateKey)) throw new RangeError('the SM2 private key is out of range or of low quality')
}

function isUsablePrivateKey(privateKey: Uint8Array): boolean {
  if (privateKey.length !== 32 || new Set(privateKey).size < 8) return false
  const d = fromBytes(privateKey)
  return d >= 1n << 128n && d <= sm2Curve.n - 2n - (1n << 128n)
}

/** The point of a public key given as x‖y, 04‖x‖y or compressed; a RangeError when it is not on the curve. */
export function sm2Point(publicKey: Uint8Array): Point {
  const point = readPoint(sm2Curve, publicKey)
  if (point === null) throw new RangeError('the SM2 public key is not a point of the curve')
  return point
}

/** 33 bytes. */
export function sm2CompressKey(publicKey: Uint8Array): Uint8Array {
  return compressedBytes(sm2Point(publicKey))
}

/** x‖y from any of the three point forms; a RangeError when it is not on the curve. */
export function sm2ExpandKey(publicKey: Uint8Array): Uint8Array {
  return pointBytes(sm2Point(publicKey))
}

// ---- PEM ----

/** Unencrypted PKCS#8: for hand-over under a wrapping key only. */
export function sm2PrivateKeyToPem(privateKey: Uint8Array): string {
  return pem('PRIVATE KEY', concat(PKCS8_HEAD, privateKey, PKCS8_MIDDLE, sm2PublicKey(privateKey)))
}

/** Reads PKCS#8 or SEC1, encrypted or not. A SyntaxError when it is not an SM2 key with the named curve. */
export function sm2PrivateKeyFromPem(text: string, passphrase?: string): Sm2KeyPair {
  // OpenSSL writes every form it can read as this one; explicit curve parameters and other curves come out different.
  const der = exported(() => {
    const key = createPrivateKey(passphrase === undefined ? text : { key: text, passphrase })
    return key.export({ type: 'pkcs8', format: 'der' })
  })
  const privateKey = der.slice(PKCS8_HEAD.length, PKCS8_HEAD.length + 32)
  const form = concat(PKCS8_HEAD, privateKey, PKCS8_MIDDLE)
  if (!startsWith(der, form)) throw new SyntaxError('not an SM2 private key')
  const publicKey = sm2PublicKey(privateKey)
  if (!equalConstantTime(der.subarray(form.length), publicKey)) {
    throw new SyntaxError('the public half of the SM2 private key does not belong to it')
  }
  return { privateKey, publicKey }
}

/** SPKI. */
export function sm2PublicKeyToPem(publicKey: Uint8Array): string {
  return pem('PUBLIC KEY', sm2PublicKeyToSpki(publicKey))
}

/** x‖y. A SyntaxError when it is not an SM2 public key with the named curve. */
export function sm2PublicKeyFromPem(text: string): Uint8Array {
  return sm2PublicKeyFromSpki(exported(() => createPublicKey(text).export({ type: 'spki', format: 'der' })))
}

/** SubjectPublicKeyInfo, 91 bytes of DER. */
export function sm2PublicKeyToSpki(publicKey: Uint8Array): Uint8Array {
  return concat(SPKI_HEAD, sm2ExpandKey(publicKey))
}

/** x‖y. A SyntaxError unless it is the one DER form with a point of the curve. */
export function sm2PublicKeyFromSpki(spki: Uint8Array): Uint8Array {
  const point = startsWith(spki, SPKI_HEAD) ? readPoint(sm2Curve, spki.subarray(SPKI_HEAD.length - 1)) : null
  if (point === null) throw new SyntaxError('not an SM2 public key')
  return pointBytes(point)
}

/** Wraps DER in PEM of 64 columns (RFC 7468). */
export function pem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g)!
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function exported(read: () => Buffer): Uint8Array {
  try {
    return new Uint8Array(read())
  } catch {
    throw new SyntaxError('not a readable PEM key')
  }
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  return bytes.length >= head.length && equalConstantTime(bytes.subarray(0, head.length), head)
}

// ---- Imported keys ----

/** A key as OpenSSL holds it. */
export interface NativeKey {
  readonly key: KeyObject
  readonly point: Point
  /** Z for the default user id. */
  readonly z: Uint8Array
}

const nativePublicKeys = new Map<string, NativeKey>()
const nativePrivateKeys = new Map<string, NativeKey>()

/** Imports a public key once and remembers the last thousand; a RangeError when it is not on the curve. */
export function nativePublicKey(publicKey: Uint8Array): NativeKey {
  return remembered(nativePublicKeys, publicKey.toBase64(), 1000, () => {
    const point = sm2Point(publicKey)
    return { key: sm2Only(createPublicKey(sm2PublicKeyToPem(publicKey))), point, z: userZ(point, defaultUserId) }
  })
}

/** The same for the last hundred private keys, found by their digest so that no key stands in the clear in a table. */
export function nativePrivateKey(privateKey: Uint8Array): NativeKey {
  return remembered(nativePrivateKeys, hex(sm3(privateKey)), 100, () => {
    const point = sm2Point(sm2PublicKey(privateKey))
    return { key: sm2Only(createPrivateKey(sm2PrivateKeyToPem(privateKey))), point, z: userZ(point, defaultUserId) }
  })
}

/** Z = SM3(ENTL ‖ ID ‖ a ‖ b ‖ Gx ‖ Gy ‖ xA ‖ yA) (GB/T 32918.2 §5.5). */
export function userZ(publicKey: Point, userId: Uint8Array): Uint8Array {
  return sm3(identityInput(sm2Curve, publicKey, userId))
}

/** A key of type 'ec' would sign ECDSA, silently: only a key imported from PEM, whose type Node does not name, signs SM2. */
function sm2Only(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== undefined) throw new TypeError('this key would not sign SM2')
  return key
}

/** The oldest entry leaves first. */
function remembered(known: Map<string, NativeKey>, name: string, limit: number, make: () => NativeKey): NativeKey {
  let entry = known.get(name)
  if (entry) return entry
  entry = make()
  const oldest = known.size >= limit ? known.keys().next().value : undefined
  if (oldest !== undefined) known.delete(oldest)
  known.set(name, entry)
  return entry
}
