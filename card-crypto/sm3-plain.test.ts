import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hex } from './bytes.ts'
import { plainHmacSm3, plainSm3 } from './sm3-plain.ts'
import { hmacSm3, sm3 } from './sm3.ts'

test('GB/T 32905 A.1: abc', () => {
  expect(hex(plainSm3(new TextEncoder().encode('abc')))).toBe(
    '66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0'
  )
})

test('is what OpenSSL computes, at every length around the blocks', () => {
  for (let length = 0; length <= 300; length++) {
    const data = Uint8Array.from({ length }, (_, i) => (i * 151 + length) & 255)
    expect(plainSm3(data)).toEqual(sm3(data))
  }
})

test('with a key is what OpenSSL computes, keys longer than a block included', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.uint8Array({ maxLength: 300 }), (key, data) => {
      expect(plainHmacSm3(key, data)).toEqual(hmacSm3(key, data))
    })
  )
})
