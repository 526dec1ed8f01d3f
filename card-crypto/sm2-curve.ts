// The SM2 elliptic curves and algorithms of GB/T 32918 in plain BigInt: signatures over a digest, encryption, point checks.
// No import, so a browser runs this file as it is. BigInt arithmetic takes a time that depends on its operands: secrets pass
// only through `multiply`, whose sequence of operations is fixed; the server signs with OpenSSL instead (sm2.ts).

/** y² = x³ + ax + b over the integers modulo p, with a base point (gx, gy) of prime order n and cofactor 1. */
export interface Curve {
  readonly p: bigint
  readonly a: bigint
  readonly b: bigint
  readonly n: bigint
  readonly gx: bigint
  readonly gy: bigint
}

/** An affine point. The point at infinity is never a `Point`: functions that may reach it answer null. */
export interface Point {
  readonly x: bigint
  readonly y: bigint
}

export interface Signature {
  readonly r: bigint
  readonly s: bigint
}

/** GB/T 32918.5: the recommended curve, OID 1.2.156.10197.1.301. */
export const sm2Curve: Curve = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n
}

/** GB/T 32918.2 appendix A: the curve of the standard's worked examples. For vectors only. */
export const sm2ExampleCurve: Curve = {
  p: 0x8542d69e4c044f18e8b92435bf6ff7de457283915c45517d722edb8b08f1dfc3n,
  a: 0x787968b4fa32c3fd2417842e73bbfeff2f3c848b6831d7e0ec65228b3937e498n,
  b: 0x63e4c6d3b23b0c849cf84241484bfe48f61d59a5b16ba06e6e12d1da27c5249an,
  n: 0x8542d69e4c044f18e8b92435bf6ff7dd297720630485628d5ae74ee7c32e79b7n,
  gx: 0x421debd61b62eab6746434ebc3cc315e32220b3badd50bdc4c4e6c147fedd43dn,
  gy: 0x0680512bcbb42c07d47349d2153b70c4e5d7fdfcbfa36ea1a85841b9e46e09a2n
}

export type Hash = (data: Uint8Array) => Uint8Array

// ---- Integers and bytes ----

/** Big-endian bytes of a number below 2²⁵⁶. */
export function toBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32)
  const view = new DataView(bytes.buffer)
  for (let at = 24, rest = value; at >= 0; at -= 8, rest >>= 64n) view.setBigUint64(at, BigInt.asUintN(64, rest))
  return bytes
}

/** The number written big-endian in 32 bytes starting at `offset`. */
export function fromBytes(bytes: Uint8Array, offset = 0): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 32)
  let value = 0n
  for (let at = 0; at < 32; at += 8) value = (value << 64n) | view.getBigUint64(at)
  return value
}

function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus
  return rest < 0n ? rest + modulus : rest
}

/** Extended Euclid; the modulus is prime and the value not a multiple of it. */
function invert(value: bigint, modulus: bigint): bigint {
  let [low, high, u, v] = [modulo(value, modulus), modulus, 1n, 0n]
  while (low > 1n) {
    const quotient = high / low
    ;[low, high] = [high - quotient * low, low]
    ;[u, v] = [v - quotient * u, u]
  }
  return modulo(u, modulus)
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % modulus)
    if (rest & 1n) result = (result * square) % modulus
  return result
}

// ---- Points ----

/** True for a point of the group: coordinates in [0, p − 1] and on the curve. With cofactor 1 nothing else needs a check. */
export function isOnCurve({ p, a, b }: Curve, { x, y }: Point): boolean {
  if (x < 0n || x >= p || y < 0n || y >= p) return false
  return (y * y - (x * x + a) * x - b) % p === 0n
}

/** Finds y from x and its parity; null when no point has that x. Both primes are 3 modulo 4, and no point has y = 0. */
export function liftX({ p, a, b }: Curve, x: bigint, odd: boolean): Point | null {
  if (x < 0n || x >= p) return null
  const square = modulo((x * x + a) * x + b, p)
  const root = power(square, (p + 1n) >> 2n, p)
  if ((root * root) % p !== square) return null
  return { x, y: ((root & 1n) === 1n) === odd ? root : p - root }
}

/** Reads 04‖x‖y, x‖y or a compressed 02/03‖x (GB/T 32918.1 §4.2.9); null when it is not a point of the curve. */
export function readPoint(curve: Curve, bytes: Uint8Array): Point | null {
  const head = bytes[0]
  if (bytes.length === 33) return head === 2 || head === 3 ? liftX(curve, fromBytes(bytes, 1), head === 3) : null
  if (bytes.length !== 64 && !(bytes.length === 65 && head === 4)) return null
  const point = { x: fromBytes(bytes, bytes.length - 64), y: fromBytes(bytes, bytes.length - 32) }
  return isOnCurve(curve, point) ? point : null
}

/** x‖y, 64 bytes. */
export function pointBytes({ x, y }: Point): Uint8Array {
  const bytes = new Uint8Array(64)
  bytes.set(toBytes(x), 0)
  bytes.set(toBytes(y), 32)
  return bytes
}

/** 02 or 03 (parity of y) ‖ x, 33 bytes. */
export function compressedBytes({ x, y }: Point): Uint8Array {
  const bytes = new Uint8Array(33)
  bytes[0] = y & 1n ? 3 : 2
  bytes.set(toBytes(x), 1)
  return bytes
}

/** (X, Y, Z) stands for (X/Z², Y/Z³); Z = 0 is the point at infinity. */
interface Jacobian {
  readonly x: bigint
  readonly y: bigint
  readonly z: bigint
}

const infinity: Jacobian = { x: 1n, y: 1n, z: 0n }

function lift({ x, y }: Point): Jacobian {
  return { x, y, z: 1n }
}

function affine({ p }: Curve, { x, y, z }: Jacobian): Point | null {
  if (z === 0n) return null
  if (z === 1n) return { x, y }
  const inverse = invert(z, p)
  const square = (inverse * inverse) % p
  return { x: (x * square) % p, y: (((y * square) % p) * inverse) % p }
}

/** Many points to affine form with one inversion (Montgomery's trick); none of them may be infinity. */
function affineAll({ p }: Curve, points: Jacobian[]): Point[] {
  const products: bigint[] = []
  let product = 1n
  for (const { z } of points) {
    products.push(product)
    product = (product * z) % p
  }
  let inverse = invert(product, p)
  const result: Point[] = []
  for (let i = points.length - 1; i >= 0; i--) {
    const { x, y, z } = points[i]!
    const zInverse = (inverse * products[i]!) % p
    inverse = (inverse * z) % p
    const square = (zInverse * zInverse) % p
    result[i] = { x: (x * square) % p, y: (((y * square) % p) * zInverse) % p }
  }
  return result
}

function double({ p, a }: Curve, { x, y, z }: Jacobian): Jacobian {
  if (z === 0n || y === 0n) return infinity
  const yy = (y * y) % p
  const zz = (z * z) % p
  const s = (4n * x * yy) % p
  // a = −3 on the recommended curve saves two multiplications.
  const m = a === p - 3n ? (3n * (x - zz) * (x + zz)) % p : (3n * x * x + a * ((zz * zz) % p)) % p
  const x3 = modulo(m * m - 2n * s, p)
  return { x: x3, y: modulo(m * (s - x3) - 8n * yy * yy, p), z: (2n * y * z) % p }
}

function add(curve: Curve, one: Jacobian, two: Jacobian): Jacobian {
  if (one.z === 0n) return two
  if (two.z === 0n) return one
  const { p } = curve
  const z1z1 = one.z === 1n ? 1n : (one.z * one.z) % p
  const z2z2 = two.z === 1n ? 1n : (two.z * two.z) % p
  const u1 = z2z2 === 1n ? one.x : (one.x * z2z2) % p
  const s1 = z2z2 === 1n ? one.y : (((one.y * two.z) % p) * z2z2) % p
  const h = modulo(two.x * z1z1 - u1, p)
  const r = modulo(((two.y * one.z) % p) * z1z1 - s1, p)
  if (h === 0n) return r === 0n ? double(curve, one) : infinity
  const hh = (h * h) % p
  const hhh = (h * hh) % p
  const v = (u1 * hh) % p
  const x = modulo(r * r - hhh - 2n * v, p)
  const zz = two.z === 1n ? one.z : (one.z * two.z) % p
  return { x, y: modulo(r * (v - x) - s1 * hhh, p), z: (zz * h) % p }
}

function negate({ p }: Curve, { x, y, z }: Jacobian): Jacobian {
  return { x, y: y === 0n ? 0n : p - y, z }
}

/**
 * Scalar multiplication for secrets: one doubling and one addition for every bit. Scalars below n are lengthened by a multiple
 * of n to 257 bits, so that their leading zeros do not show either; a longer (blinded) scalar is used as it is.
 */
export function multiply(curve: Curve, scalar: bigint, point: Point): Point | null {
  const { n } = curve
  let fixed = scalar
  while (fixed < 1n << 256n) fixed += n
  let low = infinity
  let high = lift(point)
  for (let bit = BigInt(fixed.toString(2).length) - 1n; bit >= 0n; bit--) {
    const sum = add(curve, low, high)
    if ((fixed >> bit) & 1n) [low, high] = [sum, double(curve, high)]
    else [low, high] = [double(curve, low), sum]
  }
  return affine(curve, low)
}

/** A point with its multiples tabulated, for a key that verifies often. About 4 ms and 250 KB; verification twice as fast. */
export interface KnownPoint extends Point {
  /** windows[i][j] = (j + 1) · 16^i · point */
  readonly windows: readonly (readonly Point[])[]
}

export function tabulate(curve: Curve, point: Point): KnownPoint {
  const multiples: Jacobian[] = []
  let base = lift(point)
  for (let window = 0; window < 64; window++) {
    let multiple = base
    for (let j = 0; j < 15; j++, multiple = add(curve, multiple, base)) multiples.push(multiple)
    base = multiple
  }
  const points = affineAll(curve, multiples)
  return { ...point, windows: Array.from({ length: 64 }, (_, i) => points.slice(i * 15, i * 15 + 15)) }
}

const basePoints = new WeakMap<Curve, KnownPoint>()

function basePoint(curve: Curve): KnownPoint {
  let known = basePoints.get(curve)
  if (!known) basePoints.set(curve, (known = tabulate(curve, { x: curve.gx, y: curve.gy })))
  return known
}

function multiplyKnown(curve: Curve, scalar: bigint, { windows }: KnownPoint): Jacobian {
  let sum = infinity
  for (let rest = scalar, i = 0; rest > 0n; rest >>= 4n, i++) {
    const digit = Number(rest & 15n)
    if (digit > 0) sum = add(curve, sum, lift(windows[i]![digit - 1]!))
  }
  return sum
}

/** Signed digits of width 5 (odd or zero, |digit| < 16), least significant first: about 43 additions instead of 128. */
function signedDigits(scalar: bigint): number[] {
  const digits: number[] = []
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    let digit = 0
    if (rest & 1n) {
      digit = Number(rest & 31n)
      if (digit >= 16) digit -= 32
      rest -= BigInt(digit)
    }
    digits.push(digit)
  }
  return digits
}

/** Fast and variable in time: for public scalars only. */
function multiplyPublic(curve: Curve, scalar: bigint, point: Point): Jacobian {
  const twice = double(curve, lift(point))
  const odd = [lift(point)]
  for (let i = 1; i < 8; i++) odd.push(add(curve, odd[i - 1]!, twice))
  let sum = infinity
  for (const digit of signedDigits(scalar).reverse()) {
    sum = double(curve, sum)
    if (digit > 0) sum = add(curve, sum, odd[digit >> 1]!)
    if (digit < 0) sum = add(curve, sum, negate(curve, odd[-digit >> 1]!))
  }
  return sum
}

// ---- Signatures (GB/T 32918.2) ----

/** True for a private key of the standard: d in [1, n − 2]. n − 1 has no (1 + d)⁻¹. */
export function isPrivateKey({ n }: Curve, d: bigint): boolean {
  return d >= 1n && d <= n - 2n
}

/** The public key dG. Throws a RangeError when d is out of [1, n − 2]. */
export function publicPoint(curve: Curve, d: bigint): Point {
  if (!isPrivateKey(curve, d)) throw new RangeError('an SM2 private key lies in [1, n − 2]')
  return multiply(curve, d, { x: curve.gx, y: curve.gy })!
}

/** What is hashed into Z: ENTL ‖ ID ‖ a ‖ b ‖ Gx ‖ Gy ‖ xA ‖ yA (GB/T 32918.2 §5.5). */
export function identityInput(curve: Curve, publicKey: Point, userId: Uint8Array): Uint8Array {
  if (userId.length > 8191) throw new RangeError('an SM2 user id has at most 8191 bytes')
  const input = new Uint8Array(2 + userId.length + 192)
  new DataView(input.buffer).setUint16(0, userId.length * 8)
  input.set(userId, 2)
  const { a, b, gx, gy } = curve
  const numbers = [a, b, gx, gy, publicKey.x, publicKey.y]
  numbers.forEach((value, i) => input.set(toBytes(value), 2 + userId.length + 32 * i))
  return input
}

/** Signs the digest e with the nonce k in [1, n − 1]; null (chance 2⁻²⁵⁶) asks for another k. */
export function signDigest(curve: Curve, d: bigint, e: bigint, k: bigint): Signature | null {
  const { n } = curve
  if (!isPrivateKey(curve, d)) throw new RangeError('an SM2 private key lies in [1, n − 2]')
  if (k < 1n || k >= n) throw new RangeError('an SM2 nonce lies in [1, n − 1]')
  const { x } = multiply(curve, k, { x: curve.gx, y: curve.gy })!
  const r = modulo(e + x, n)
  if (r === 0n || r + k === n) return null
  const s = modulo(invert(1n + d, n) * (k - r * d), n)
  return s === 0n ? null : { r, s }
}

/** The checks of GB/T 32918.2 §7.1 that need no curve: r and s in [1, n − 1], and t = r + s not 0 modulo n. */
export function isSignature({ n }: Curve, { r, s }: Signature): boolean {
  return r >= 1n && r < n && s >= 1n && s < n && r + s !== n
}

/** Verifies a signature over the digest e. The key must be on the curve (`readPoint` sees to that); a tabulated key is faster. */
export function verifyDigest(curve: Curve, publicKey: Point | KnownPoint, e: bigint, signature: Signature): boolean {
  if (!isSignature(curve, signature) || !isOnCurve(curve, publicKey)) return false
  const { r, s } = signature
  const t = modulo(r + s, curve.n)
  const tP = 'windows' in publicKey ? multiplyKnown(curve, t, publicKey) : multiplyPublic(curve, t, publicKey)
  const point = affine(curve, add(curve, multiplyKnown(curve, s, basePoint(curve)), tP))
  return point !== null && modulo(e + point.x, curve.n) === r
}

// ---- Encryption (GB/T 32918.4) ----

export interface Ciphertext {
  readonly c1: Point
  /** SM3(x2 ‖ M ‖ y2), 32 bytes. */
  readonly c3: Uint8Array
  /** As long as the message. */
  readonly c2: Uint8Array
}

/** The curve and the hash (SM3) an encryption works with. */
export interface EncryptionSuite {
  readonly curve: Curve
  readonly hash: Hash
}

/** The key derivation function: SM3(Z ‖ counter) blocks, counter from 1, cut to `length` bytes. */
function deriveKey(hash: Hash, shared: Uint8Array, length: number): Uint8Array {
  const input = new Uint8Array(shared.length + 4)
  input.set(shared)
  const counter = new DataView(input.buffer)
  const key = new Uint8Array(length)
  for (let at = 0, block = 1; at < length; at += 32, block++) {
    counter.setUint32(shared.length, block)
    key.set(hash(input).subarray(0, length - at), at)
  }
  return key
}

function checkDigest(hash: Hash, shared: Uint8Array, message: Uint8Array): Uint8Array {
  const input = new Uint8Array(64 + message.length)
  input.set(shared.subarray(0, 32))
  input.set(message, 32)
  input.set(shared.subarray(32), 32 + message.length)
  return hash(input)
}

/** Encrypts a message of at least one byte with the nonce k; null asks for another k (the key stream was all zero). */
export function encrypt(suite: EncryptionSuite, key: Point, k: bigint, message: Uint8Array): Ciphertext | null {
  const { curve, hash } = suite
  if (message.length === 0) throw new RangeError('SM2 encrypts at least one byte')
  if (k < 1n || k >= curve.n) throw new RangeError('an SM2 nonce lies in [1, n − 1]')
  if (!isOnCurve(curve, key)) throw new RangeError('the public key is not a point of the curve')
  const shared = pointBytes(multiply(curve, k, key)!)
  const stream = deriveKey(hash, shared, message.length)
  if (stream.every((byte) => byte === 0)) return null
  const c1 = multiply(curve, k, { x: curve.gx, y: curve.gy })!
  return { c1, c3: checkDigest(hash, shared, message), c2: message.map((byte, i) => byte ^ stream[i]!) }
}

/** The message, or null when C1 is no point of the curve or C3 does not match. d may be blinded: d + multiple of n. */
export function decrypt(suite: EncryptionSuite, d: bigint, { c1, c3, c2 }: Ciphertext): Uint8Array | null {
  const { curve, hash } = suite
  if (c2.length === 0 || c3.length !== 32 || !isOnCurve(curve, c1)) return null
  const point = multiply(curve, d, c1)
  if (point === null) return null
  const shared = pointBytes(point)
  const stream = deriveKey(hash, shared, c2.length)
  const message = c2.map((byte, i) => byte ^ stream[i]!)
  let difference = 0
  checkDigest(hash, shared, message).forEach((byte, i) => (difference |= byte ^ c3[i]!))
  return difference === 0 ? message : null
}
