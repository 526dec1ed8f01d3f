// SM2 signatures without node:crypto, for the gate page (verifying) and the passenger's phone (signing with its own key).
//
// How: the BigInt curve of sm2-curve.ts. A key that verifies often is tabulated once (64 windows of 4 bits, mixed additions only, so a
// verification is 128 additions and one inversion); the base point is tabulated likewise. Why it is right: the checks are those of GB/T
// 32918.2 §7.1 in their order; the additions are complete (equal and opposite points and infinity are told apart); keys are points of the
// curve or refused; and sm2-plain.test.ts holds it against OpenSSL on thousands of random, turned and malformed signatures (R11).
import {
  fromBytes,
  identityInput,
  isPrivateKey,
  pointBytes,
  publicPoint,
  readPoint,
  signDigest,
  sm2Curve,
  tabulate,
  toBytes,
  verifyDigest,
  type KnownPoint
} from './sm2-curve.ts'
import { plainSm3 } from './sm3-plain.ts'

/** 1234567812345678 (GM/T 0009 §10). */
const defaultUserId = Uint8Array.from({ length: 16 }, (_, i) => 0x31 + (i % 8))

interface Known {
  point: KnownPoint
  /** Z of §5.5 for the default user id. */
  z: Uint8Array
}

/** Issuer keys come back at every scan, a phone's key hardly ever: tables (250 KB) are kept for the last few. */
const tablesMax = 8
const tables = new Map<string, Known>()

function knownKey(publicKey: Uint8Array): Known | null {
  const name = String(publicKey)
  const found = tables.get(name)
  if (found) return found
  const point = readPoint(sm2Curve, publicKey)
  if (!point) return null
  const known = { point: tabulate(sm2Curve, point), z: plainSm3(identityInput(sm2Curve, point, defaultUserId)) }
  if (tables.size >= tablesMax) tables.delete(tables.keys().next().value!)
  tables.set(name, known)
  return known
}

/** The public key as x‖y, 04‖x‖y or compressed; false for anything but a valid r‖s of 64 bytes; never throws. */
export function plainSm2Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false
  const known = knownKey(publicKey)
  if (!known) return false
  const e = digestOf(known.z, message)
  return verifyDigest(sm2Curve, known.point, e, { r: fromBytes(signature), s: fromBytes(signature, 32) })
}

/** A key that is verified once: no table is made for it. */
export function plainSm2VerifyOnce(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const point = signature.length === 64 ? readPoint(sm2Curve, publicKey) : null
  if (!point) return false
  const e = digestOf(plainSm3(identityInput(sm2Curve, point, defaultUserId)), message)
  return verifyDigest(sm2Curve, point, e, { r: fromBytes(signature), s: fromBytes(signature, 32) })
}

function digestOf(z: Uint8Array, message: Uint8Array): bigint {
  const input = new Uint8Array(32 + message.length)
  input.set(z)
  input.set(message, 32)
  return fromBytes(plainSm3(input))
}

/** Fills 32 bytes from a sound source: crypto.getRandomValues in a browser. */
export type RandomBytes = (length: number) => Uint8Array

/** A new key pair: d, and x‖y. */
export function plainSm2KeyPair(random: RandomBytes): { privateKey: Uint8Array; publicKey: Uint8Array } {
  for (;;) {
    const privateKey = random(32)
    const d = fromBytes(privateKey)
    if (isPrivateKey(sm2Curve, d)) return { privateKey, publicKey: pointBytes(publicPoint(sm2Curve, d)) }
  }
}

/**
 * 64 bytes r‖s. The nonce is fresh chance every time; its multiplication runs a fixed sequence of operations, though BigInt is not
 * constant in time: for a key on its holder's own phone, where nobody measures.
 */
export function plainSm2Sign(privateKey: Uint8Array, message: Uint8Array, random: RandomBytes): Uint8Array {
  const d = fromBytes(privateKey)
  const z = plainSm3(identityInput(sm2Curve, publicPoint(sm2Curve, d), defaultUserId))
  const e = digestOf(z, message)
  for (;;) {
    const k = fromBytes(random(32))
    const signature = k >= 1n && k < sm2Curve.n ? signDigest(sm2Curve, d, e, k) : null
    if (!signature) continue
    const bytes = new Uint8Array(64)
    bytes.set(toBytes(signature.r))
    bytes.set(toBytes(signature.s), 32)
    return bytes
  }
}
