import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { concat, fromHex, hex } from './bytes.ts'
import { rawToDer } from './sm2-der.ts'
import {
  compressedBytes,
  decrypt,
  encrypt,
  fromBytes,
  identityInput,
  isOnCurve,
  isSignature,
  liftX,
  multiply,
  pointBytes,
  publicPoint,
  readPoint,
  signDigest,
  sm2Curve,
  sm2ExampleCurve,
  tabulate,
  toBytes,
  verifyDigest,
  type Point
} from './sm2-curve.ts'
import { sm3 } from './sm3.ts'
import vectors from './vectors/sm2.json' with { type: 'json' }

const number = (text: string) => BigInt(`0x${text}`)
const bytes = (text: string) => new TextEncoder().encode(text)
const base = (curve = sm2Curve): Point => ({ x: curve.gx, y: curve.gy })
const scalars = fc.bigInt({ min: 1n, max: sm2Curve.n - 2n })

describe.each(vectors.signatures)('published signature: $source', (vector) => {
  const curve = vector.curve === 'example' ? sm2ExampleCurve : sm2Curve
  const key = { x: number(vector.x), y: number(vector.y) }
  const signature = { r: number(vector.r), s: number(vector.s) }

  test('the private key has the published public key', () => {
    expect(publicPoint(curve, number(vector.d))).toEqual(key)
  })

  test('Z and e are the published ones', () => {
    const z = sm3(identityInput(curve, key, bytes(vector.id)))
    expect(hex(z)).toBe(vector.z)
    expect(hex(sm3(concat(z, bytes(vector.message))))).toBe(vector.e)
  })

  test('the published nonce gives the published signature, bit for bit', () => {
    expect(signDigest(curve, number(vector.d), number(vector.e), number(vector.k))).toEqual(signature)
    expect(hex(rawToDer(concat(toBytes(signature.r), toBytes(signature.s))))).toBe(vector.der)
  })

  test('it verifies with a plain and with a tabulated key, and not for another digest', () => {
    const e = number(vector.e)
    expect(verifyDigest(curve, key, e, signature)).toBe(true)
    expect(verifyDigest(curve, tabulate(curve, key), e, signature)).toBe(true)
    expect(verifyDigest(curve, key, e ^ 1n, signature)).toBe(false)
    expect(verifyDigest(curve, tabulate(curve, key), e ^ 1n, signature)).toBe(false)
  })

  test('its public key survives compression', () => {
    expect(readPoint(curve, compressedBytes(key))).toEqual(key)
  })
})

describe('published encryption', () => {
  const { d, k, message, c1, c3, c2 } = vectors.encryption
  const suite = { curve: sm2Curve, hash: sm3 }

  test('the published nonce gives the published ciphertext, bit for bit', () => {
    const ciphertext = encrypt(suite, publicPoint(sm2Curve, number(d)), number(k), bytes(message))!
    expect([hex(pointBytes(ciphertext.c1)), hex(ciphertext.c3), hex(ciphertext.c2)]).toEqual([c1, c3, c2])
  })

  test('it opens with the private key, blinded or not', () => {
    const ciphertext = { c1: readPoint(sm2Curve, fromHex(c1))!, c3: fromHex(c3), c2: fromHex(c2) }
    for (const blind of [0n, 1n, 0xfedcba9876543210fn])
      expect(decrypt(suite, number(d) + blind * sm2Curve.n, ciphertext)).toEqual(bytes(message))
  })

  test('a C1 that is no point of the curve opens nothing, whatever C3 says', () => {
    const point = readPoint(sm2Curve, fromHex(c1))!
    const ciphertext = { c1: { x: point.x, y: point.y ^ 1n }, c3: fromHex(c3), c2: fromHex(c2) }
    expect(decrypt(suite, number(d), ciphertext)).toBeNull()
  })

  test('an empty message is refused both ways', () => {
    const key = publicPoint(sm2Curve, number(d))
    expect(() => encrypt(suite, key, number(k), new Uint8Array())).toThrow(RangeError)
    expect(decrypt(suite, number(d), { c1: key, c3: new Uint8Array(32), c2: new Uint8Array() })).toBeNull()
  })
})

describe('encryption guards', () => {
  const offCurve = { x: 5n, y: 7n }
  // A hash that answers the same to everything makes any C1 consistent, so that only the point check can refuse it.
  const constant = (filling: number) => ({ curve: sm2Curve, hash: () => new Uint8Array(32).fill(filling) })

  test('a C1 off the curve is refused even when everything else fits', () => {
    const ciphertext = { c3: new Uint8Array(32).fill(7), c2: Uint8Array.of(1) }
    expect(decrypt(constant(7), 99n, { ...ciphertext, c1: base() })).toEqual(Uint8Array.of(6))
    expect(decrypt(constant(7), 99n, { ...ciphertext, c1: offCurve })).toBeNull()
  })

  test('a public key off the curve, or a nonce out of range, encrypts nothing', () => {
    expect(() => encrypt(constant(7), offCurve, 99n, Uint8Array.of(1))).toThrow('not a point')
    for (const k of [0n, sm2Curve.n]) expect(() => encrypt(constant(7), base(), k, Uint8Array.of(1))).toThrow('nonce')
  })

  test('a key stream of zeros asks for another nonce', () => {
    expect(encrypt(constant(0), base(), 99n, Uint8Array.of(1))).toBeNull()
  })
})

describe('points', () => {
  test('the base point times n is infinity, and times n − 1 its mirror image', () => {
    for (const curve of [sm2Curve, sm2ExampleCurve]) {
      expect(multiply(curve, curve.n, base(curve))).toBeNull()
      expect(multiply(curve, 0n, base(curve))).toBeNull()
      expect(multiply(curve, curve.n - 1n, base(curve))).toEqual({ x: curve.gx, y: curve.p - curve.gy })
    }
  })

  test.each<[string, Point, boolean]>([
    ['the base point', base(), true],
    ['y off by one', { x: sm2Curve.gx, y: sm2Curve.gy + 1n }, false],
    ['the origin, which is how infinity gets written', { x: 0n, y: 0n }, false],
    ['x beyond p although congruent', { x: sm2Curve.gx + sm2Curve.p, y: sm2Curve.gy }, false],
    ['y beyond p although congruent', { x: sm2Curve.gx, y: sm2Curve.gy + sm2Curve.p }, false],
    ['a negative coordinate', { x: sm2Curve.gx, y: sm2Curve.gy - sm2Curve.p }, false],
    ['a point of the other curve', base(sm2ExampleCurve), false]
  ])('%s on the recommended curve: %#', (_, point, answer) => {
    expect(isOnCurve(sm2Curve, point)).toBe(answer)
  })

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['infinity in one byte', Uint8Array.of(0)],
    ['infinity in 33 bytes', new Uint8Array(33)],
    ['a hybrid form', concat(Uint8Array.of(6), pointBytes(base()))],
    ['one byte short', pointBytes(base()).subarray(1)],
    ['one byte long', concat(Uint8Array.of(4), pointBytes(base()), Uint8Array.of(0))],
    ['head 05', concat(Uint8Array.of(5), pointBytes(base()))],
    ['a compressed x not below p', concat(Uint8Array.of(2), toBytes(sm2Curve.p))]
  ])('%s is no point', (_, encoded) => {
    expect(readPoint(sm2Curve, encoded)).toBeNull()
  })

  test('about half of all x have no point, and the others two', () => {
    let found = 0
    for (let x = 1n; x <= 200n; x++) {
      const even = liftX(sm2Curve, x, false)
      const odd = liftX(sm2Curve, x, true)
      expect(even === null).toBe(odd === null)
      if (!even || !odd) continue
      found++
      expect([isOnCurve(sm2Curve, even), isOnCurve(sm2Curve, odd), even.y & 1n, odd.y & 1n]).toEqual([
        true,
        true,
        0n,
        1n
      ])
    }
    expect(found).toBeGreaterThan(60)
    expect(found).toBeLessThan(140)
  })
})

describe('signatures without a look at the curve', () => {
  const { n } = sm2Curve
  test.each<[bigint, bigint, boolean]>([
    [1n, 1n, true],
    [n - 1n, n - 1n, true],
    [0n, 1n, false],
    [1n, 0n, false],
    [-1n, 1n, false],
    [1n, -1n, false],
    [n, 1n, false],
    [1n, n, false],
    [n + 1n, 1n, false],
    [1n, n + 1n, false],
    [1n, n - 1n, false],
    [n - 1n, 1n, false]
  ])('r = %d, s = %d', (r, s, answer) => {
    expect(isSignature(sm2Curve, { r, s })).toBe(answer)
  })

  test('a key off the curve verifies nothing, even what its arithmetic would confirm', () => {
    // With t = r + s = 1 the verifier computes sG + P, which two lines of school geometry can foresee.
    const { n, p } = sm2Curve
    const key = { x: 5n, y: 7n }
    const s = 12345n
    const sG = publicPoint(sm2Curve, s)
    const slope = ((key.y - sG.y) * inverse((((key.x - sG.x) % p) + p) % p, p)) % p
    const x = (((slope * slope - sG.x - key.x) % p) + p) % p
    const signature = { r: n + 1n - s, s }
    expect(verifyDigest(sm2Curve, key, (signature.r - x + 2n * n) % n, signature)).toBe(false)
  })

  function inverse(value: bigint, prime: bigint): bigint {
    let result = 1n
    for (let e = prime - 2n, b = value; e > 0n; e >>= 1n, b = (b * b) % prime) if (e & 1n) result = (result * b) % prime
    return result
  }
})

describe('refusals', () => {
  const e = 1n
  const k = 0x1234567n
  test.each([0n, sm2Curve.n - 1n, sm2Curve.n, -1n])('a private key of %d does not sign', (d) => {
    expect(() => signDigest(sm2Curve, d, e, k)).toThrow(RangeError)
    expect(() => publicPoint(sm2Curve, d)).toThrow(RangeError)
  })

  test.each([0n, sm2Curve.n, -1n])('a nonce of %d does not sign', (nonce) => {
    expect(() => signDigest(sm2Curve, 2n, e, nonce)).toThrow(RangeError)
  })

  test('a nonce that would make r = 0, or r + k = n, asks for another', () => {
    const x = multiply(sm2Curve, k, base())!.x
    expect(signDigest(sm2Curve, 2n, sm2Curve.n - (x % sm2Curve.n), k)).toBeNull()
    expect(signDigest(sm2Curve, 2n, sm2Curve.n - k - (x % sm2Curve.n), k)).toBeNull()
  })

  test('the user id may fill its length field and not more', () => {
    expect(identityInput(sm2Curve, base(), new Uint8Array(8191))).toHaveLength(2 + 8191 + 192)
    expect(() => identityInput(sm2Curve, base(), new Uint8Array(8192))).toThrow(RangeError)
  })
})

describe('laws', () => {
  test('multiplication distributes over addition of scalars, as verification relies on', () => {
    fc.assert(
      fc.property(scalars, scalars, scalars, (d, e, k) => {
        const signature = signDigest(sm2Curve, d, e, k)
        const key = publicPoint(sm2Curve, d)
        expect(signature !== null && verifyDigest(sm2Curve, key, e, signature)).toBe(true)
        expect(signature !== null && verifyDigest(sm2Curve, tabulate(sm2Curve, key), e, signature)).toBe(true)
      }),
      { numRuns: 25 }
    )
  })

  test('d(kG) = k(dG)', () => {
    fc.assert(
      fc.property(scalars, scalars, (d, k) => {
        expect(multiply(sm2Curve, d, publicPoint(sm2Curve, k))).toEqual(multiply(sm2Curve, k, publicPoint(sm2Curve, d)))
      }),
      { numRuns: 15 }
    )
  })

  test('numbers and their bytes are the same thing', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), (value) => {
        expect(fromBytes(toBytes(value))).toBe(value)
        expect(fromBytes(concat(Uint8Array.of(9), toBytes(value)), 1)).toBe(value)
      })
    )
  })
})

test('the file imports nothing, so that a browser can run it as it is', () => {
  const source = readFileSync(new URL('sm2-curve.ts', import.meta.url), 'utf8')
  expect(source).not.toMatch(/^\s*import|from '|require\(|Buffer|process\./m)
})
