import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, equalConstantTime, fromHex, hex, readUint32, writeUint32 } from './bytes.ts'

test('hexadecimal is written in capitals and read in either case', () => {
  expect(hex(Uint8Array.of(0, 0xab, 0xff))).toBe('00ABFF')
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(fromHex(hex(bytes))).toEqual(bytes)
      expect(fromHex(hex(bytes).toLowerCase())).toEqual(bytes)
    })
  )
})

test.each(['0', '0G', 'AB CD', '0xAB'])('%j is not hexadecimal', (text) => {
  expect(() => fromHex(text)).toThrow(SyntaxError)
})

test('pieces are joined in order, into memory of their own', () => {
  const piece = Uint8Array.of(1, 2)
  const joined = concat(piece, Uint8Array.of(), Uint8Array.of(3))
  piece[0] = 9
  expect(joined).toEqual(Uint8Array.of(1, 2, 3))
})

test('bytes are equal when length and content are', () => {
  expect(equalConstantTime(fromHex('0102'), fromHex('0102'))).toBe(true)
  expect(equalConstantTime(fromHex('0102'), fromHex('0103'))).toBe(false)
  expect(equalConstantTime(fromHex('0102'), fromHex('010200'))).toBe(false)
})

test('a number is written big-endian and read back unsigned', () => {
  const bytes = new Uint8Array(6)
  writeUint32(bytes, 1, 0xfedcba98)
  expect(hex(bytes)).toBe('00FEDCBA9800')
  fc.assert(
    fc.property(fc.nat(0xffffffff), (value) => {
      writeUint32(bytes, 2, value)
      expect(readUint32(bytes, 2)).toBe(value)
    })
  )
})
