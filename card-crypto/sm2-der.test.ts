import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, fromHex, hex } from './bytes.ts'
import { cipherFromDer, cipherToDer, derToRaw, rawToDer } from './sm2-der.ts'
import vectors from './vectors/sm2.json' with { type: 'json' }

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const ONE = '020101'

describe('signatures', () => {
  test.each(vectors.signatures)('the published one, both ways: $source', ({ r, s, der }) => {
    expect(hex(rawToDer(fromHex(r + s)))).toBe(der)
    expect(hex(derToRaw(fromHex(der)))).toBe(r + s)
  })

  test.each([
    [
      'leading zeros go, the sign byte comes',
      '80'.padStart(64, '0'),
      '01'.padStart(64, '0'),
      '30070202008002' + ONE.slice(2)
    ],
    ['zero keeps one digit', '0'.repeat(64), '0'.repeat(64), '3006020100020100']
  ])('%s', (_, r, s, der) => {
    expect(hex(rawToDer(fromHex(r + s)))).toBe(der)
    expect(hex(derToRaw(fromHex(der)))).toBe(r + s)
  })

  test.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['an empty sequence', '3000'],
    ['one integer', '3003' + ONE],
    ['three integers', '3009' + ONE + ONE + ONE],
    ['a byte after the end', '3006' + ONE + ONE + '00'],
    ['a byte after the second integer, inside', '3007' + ONE + ONE + '00'],
    ['cut off', '3006' + ONE + '0201'],
    ['a length that promises too much', '3007' + ONE + ONE],
    ['a length that promises too little', '3005' + ONE + ONE],
    ['an inner length beyond the sequence', '3006020401' + ONE],
    ['a long form of a short length', '308106' + ONE + ONE],
    ['a length with a leading zero', '30820006' + ONE + ONE],
    ['an indefinite length', '3080' + ONE + ONE + '0000'],
    ['a length of five bytes', '30850000000006' + ONE + ONE],
    ['a negative integer', '3006020180' + ONE],
    ['a padded integer', '300702020001' + ONE],
    ['an integer without digits', '30050200' + ONE],
    ['257 bits', `3026022101${'00'.repeat(32)}${ONE}`],
    ['a set', '3106' + ONE + ONE],
    ['an octet string for r', '3006040101' + ONE],
    ['r‖s as it is', '11'.repeat(64)]
  ])('refused: %s', (_, der) => {
    expect(() => derToRaw(fromHex(der))).toThrow(SyntaxError)
  })

  test('only 64 bytes become DER', () => {
    expect(() => rawToDer(new Uint8Array(63))).toThrow(RangeError)
    expect(() => rawToDer(new Uint8Array(65))).toThrow(RangeError)
  })

  test('raw → DER → raw is the identity', () => {
    const short = fc
      .tuple(fc.integer({ min: 0, max: 32 }), bytes32)
      .map(([zeros, n]) => n.map((b, i) => (i < zeros ? 0 : b)))
    fc.assert(
      fc.property(short, short, (r, s) => {
        expect(derToRaw(rawToDer(concat(r, s)))).toEqual(concat(r, s))
      })
    )
  })

  test('every other sequence of bytes is refused: one value has one encoding', () => {
    fc.assert(
      fc.property(bytes32, bytes32, fc.nat(), fc.integer({ min: 1, max: 255 }), (r, s, at, change) => {
        const der = rawToDer(concat(r, s))
        der[at % der.length]! ^= change
        let read: Uint8Array
        try {
          read = derToRaw(der)
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
          return
        }
        expect(rawToDer(read)).toEqual(der)
      }),
      { numRuns: 2000 }
    )
  })
})

describe('ciphertexts', () => {
  const { c1, c3, c2, der } = vectors.encryption
  const parts = { c1: fromHex(c1), c3: fromHex(c3), c2: fromHex(c2) }

  test('the published one, both ways', () => {
    expect(hex(cipherToDer(parts))).toBe(der)
    expect(cipherFromDer(fromHex(der))).toEqual(parts)
  })

  test('lengths in one, two and three bytes', () => {
    for (const length of [1, 20, 127, 128, 255, 256, 70_000]) {
      const long = { ...parts, c2: new Uint8Array(length).fill(7) }
      expect(cipherFromDer(cipherToDer(long))).toEqual(long)
    }
  })

  test('any byte cut or added is refused', () => {
    const bytes = fromHex(der)
    for (let length = 0; length < bytes.length; length++)
      expect(() => cipherFromDer(bytes.subarray(0, length))).toThrow(SyntaxError)
    expect(() => cipherFromDer(concat(bytes, Uint8Array.of(0)))).toThrow(SyntaxError)
  })

  test('an indefinite length inside is refused', () => {
    expect(() => cipherFromDer(fromHex(`302A${ONE}${ONE}0420${c3}0480`))).toThrow('indefinite')
    expect(() => cipherFromDer(fromHex(`302A${ONE}${ONE}0420${c3}0400`))).not.toThrow()
  })

  test('a hash of another length is refused', () => {
    expect(() => cipherFromDer(cipherToDer({ ...parts, c3: parts.c3.subarray(1) }))).toThrow(SyntaxError)
  })
})
