import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dayNumber,
  digitCount,
  hexPacker,
  instantOf,
  readDecimal,
  readHex,
  secondOfDay,
  storeCardNumber,
  storeNumber
} from './byte-reader.ts'

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1')
const anyByte = fc.uint8Array({ minLength: 1, maxLength: 15 })

describe('a number read from bytes', () => {
  it('is what its digits say, for any digits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{1,15}$/), (text) => {
        expect(readDecimal(ascii(text), 0, text.length)).toBe(Number(text))
      })
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[\dA-F]{1,8}$/), (text) => {
        expect(readHex(ascii(text), 0, text.length)).toBe(Number.parseInt(text, 16))
      })
    )
  })

  it('is -1 as soon as one byte is no digit', () => {
    fc.assert(
      fc.property(anyByte, (bytes) => {
        const text = Buffer.from(bytes).toString('latin1')
        expect(readDecimal(bytes, 0, bytes.length) >= 0).toBe(/^\d+$/.test(text))
        const eight = Math.min(bytes.length, 8)
        expect(readHex(bytes, 0, eight) >= 0).toBe(/^[\dA-F]+$/.test(text.slice(0, eight)))
      })
    )
    for (const text of [' 12', '-12', '+12', '1.2', '12 ', '１']) expect(readDecimal(ascii(text), 0, 3)).toBe(-1)
    expect(readHex(ascii('ab'), 0, 2)).toBe(-1)
  })

  it('counts the digits of a padded field, and none when anything else follows', () => {
    expect(digitCount(ascii('123  '), 0, 5)).toBe(3)
    expect(digitCount(ascii('     '), 0, 5)).toBe(0)
    expect(digitCount(ascii('12 3 '), 0, 5)).toBe(-1)
    expect(digitCount(ascii('12\0  '), 0, 5)).toBe(-1)
  })
})

describe('hexadecimal stretches', () => {
  const pack = hexPacker([
    { from: 2, into: 1, bytes: 2 },
    { from: 8, into: 4, bytes: 1 }
  ])

  it('land where they belong', () => {
    const target = new Uint8Array(8)
    expect(pack(ascii('..00FFA.7E'), 0, target, 1)).toBe(true)
    expect([...target]).toEqual([0, 0, 0, 0xff, 0, 0x7e, 0, 0])
  })

  it('are refused for a single character', () => {
    for (const text of ['..0gFFA.7E', '..00FFA.7 ', '..00FFA.e7'])
      expect(pack(ascii(text), 0, new Uint8Array(8), 0)).toBe(false)
  })
})

describe('a 64-bit number', () => {
  const stored = (store: (words: Uint32Array) => void): bigint => {
    const numbers = new BigInt64Array(2)
    store(new Uint32Array(numbers.buffer))
    expect(numbers[0]).toBe(0n)
    return numbers[1]!
  }

  it('is stored exactly, without a BigInt on the way', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 100_000_000_000n, max: 2n ** 63n - 1n }), (value) => {
        const field = ascii(String(value).padEnd(19))
        expect(stored((words) => expect(storeCardNumber(words, 1, field, 0)).toBe(true))).toBe(value)
      })
    )
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(stored((words) => storeNumber(words, 1, value))).toBe(BigInt(value))
      })
    )
  })

  it.each([
    '9223372036854775808',
    '9999999999999999999',
    '0104870300000000017',
    '12345678901        ',
    ' 104870300000000017'
  ])('is no card number: %s', (text) => {
    expect(storeCardNumber(new Uint32Array(4), 1, ascii(text), 0)).toBe(false)
  })
})

describe('a moment', () => {
  it('is a real day of this century or nothing', () => {
    const epoch = Date.UTC(2000, 0, 1)
    fc.assert(
      fc.property(fc.integer({ min: 1990, max: 2110 }), fc.nat(15), fc.nat(35), (year, month, day) => {
        const date = new Date(Date.UTC(year, month - 1, day))
        const real = year >= 2000 && year <= 2099 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
        expect(dayNumber(year, month, day)).toBe(real ? (date.getTime() - epoch) / 86_400_000 : -1)
      }),
      { numRuns: 2000 }
    )
  })

  it('is Shanghai time', () => {
    expect(instantOf(dayNumber(2024, 3, 15), secondOfDay(8, 30, 15))).toBe(Date.parse('2024-03-15T08:30:15+08:00'))
    expect([secondOfDay(24, 0, 0), secondOfDay(0, 60, 0), secondOfDay(0, 0, 60), secondOfDay(-1, 0, 0)]).toEqual([
      -1, -1, -1, -1
    ])
  })
})
