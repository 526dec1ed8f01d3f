import { randomFillSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { concat } from './bytes.ts'
import { fromBytes, sm2Curve, toBytes } from './sm2-curve.ts'
import { plainSm2KeyPair, plainSm2Sign, plainSm2Verify, plainSm2VerifyOnce } from './sm2-plain.ts'
import { sm2Sign, sm2Verify } from './sm2.ts'
import { sm2CompressKey, sm2GenerateKeyPair } from './sm2-keys.ts'

const random = (length: number): Uint8Array => randomFillSync(new Uint8Array(length))
const { n, p } = sm2Curve

describe('verification in plain arithmetic agrees with OpenSSL', () => {
  test('on what OpenSSL signs, and on the same with any one bit turned', () => {
    for (let round = 0; round < 6; round++) {
      const { privateKey, publicKey } = sm2GenerateKeyPair()
      for (let i = 0; i < 250; i++) {
        const message = random(i % 130)
        const signature = sm2Sign(privateKey, message)
        expect(plainSm2Verify(publicKey, message, signature)).toBe(true)
        const bit = (i * 7919 + round * 31) % 512
        const turned = signature.with(bit >> 3, signature[bit >> 3]! ^ (1 << (bit & 7)))
        expect(plainSm2Verify(publicKey, message, turned)).toBe(sm2Verify(publicKey, message, turned))
        expect(plainSm2Verify(publicKey, concat(message, Uint8Array.of(i)), signature)).toBe(false)
      }
    }
  })

  test('on every malformed signature of R11: all are refused by both', () => {
    const { privateKey, publicKey } = sm2GenerateKeyPair()
    const message = random(47)
    const good = sm2Sign(privateKey, message)
    const [r, s] = [fromBytes(good), fromBytes(good, 32)]
    const values = [0n, 1n, n - 1n, n, n + 1n, p - 1n, p, (1n << 256n) - 1n, r, s, n - r, n - s]
    const wrapped = [r + n, s + n].filter((value) => value < 1n << 256n)
    const pairs = [...values, ...wrapped].flatMap((one) => [...values, ...wrapped].map((two) => [one, two] as const))
    for (const [one, two] of pairs) {
      const bytes = concat(toBytes(one), toBytes(two))
      const genuine = one === r && two === s
      expect(plainSm2Verify(publicKey, message, bytes), `${one} ${two}`).toBe(genuine)
      expect(sm2Verify(publicKey, message, bytes), `${one} ${two}`).toBe(genuine)
    }
    for (const bytes of [new Uint8Array(), good.subarray(1), concat(good, Uint8Array.of(0)), good.toReversed()])
      expect(plainSm2Verify(publicKey, message, bytes)).toBe(false)
  })

  test('on keys: compressed is the same key; off the curve, out of range and of a wrong length is none', () => {
    const { privateKey, publicKey } = sm2GenerateKeyPair()
    const message = random(10)
    const signature = sm2Sign(privateKey, message)
    expect(plainSm2Verify(sm2CompressKey(publicKey), message, signature)).toBe(true)
    expect(plainSm2VerifyOnce(sm2CompressKey(publicKey), message, signature)).toBe(true)
    expect(plainSm2VerifyOnce(publicKey, message, signature.with(3, signature[3]! ^ 1))).toBe(false)
    const wrong = [
      publicKey.with(5, publicKey[5]! ^ 1),
      new Uint8Array(64),
      concat(toBytes(p), publicKey.subarray(32)),
      publicKey.subarray(1),
      new Uint8Array(),
      concat(Uint8Array.of(5), publicKey)
    ]
    for (const key of wrong) {
      expect(plainSm2Verify(key, message, signature)).toBe(false)
      expect(plainSm2VerifyOnce(key, message, signature)).toBe(false)
    }
    // The tables of the last keys only are kept: a ninth key does not disturb the first.
    for (let i = 0; i < 9; i++) {
      const other = sm2GenerateKeyPair()
      expect(plainSm2Verify(other.publicKey, message, signature)).toBe(false)
    }
    expect(plainSm2Verify(publicKey, message, signature)).toBe(true)
  })
})

test('a phone signs what OpenSSL accepts, a fresh signature every time', () => {
  for (let i = 0; i < 20; i++) {
    const { privateKey, publicKey } = plainSm2KeyPair(random)
    const message = random(i * 11)
    const [one, two] = [plainSm2Sign(privateKey, message, random), plainSm2Sign(privateKey, message, random)]
    expect(one).not.toEqual(two)
    expect(sm2Verify(publicKey, message, one) && sm2Verify(publicKey, message, two)).toBe(true)
  }
})
