import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { expect, test } from 'vitest'
import { concat, fromHex, hex } from './bytes.ts'
import { desCbcMac, desEcbDecrypt, desEcbEncrypt, desSchedule } from './triple-des.ts'

const eight = fc.uint8Array({ minLength: 8, maxLength: 8 })
const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 })
const wholeBlocks = fc.nat(20).chain((count) => fc.uint8Array({ minLength: 8 * count, maxLength: 8 * count }))

/** Node hides single DES, but triple DES with both halves alike is single DES. */
function native(mode: 'des-ede' | 'des-ede-cbc', key: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const both = key.length === 8 ? concat(key, key) : key
  const iv = mode === 'des-ede' ? null : new Uint8Array(8)
  return createCipheriv(mode, both, iv).setAutoPadding(false).update(plaintext)
}

test('node:crypto comes to the same bytes, for single and triple DES', () => {
  fc.assert(
    fc.property(fc.oneof(eight, sixteen), wholeBlocks, (key, plaintext) => {
      expect(hex(desEcbEncrypt(key, plaintext))).toBe(hex(native('des-ede', key, plaintext)))
    })
  )
})

test('decryption undoes encryption, and the input stays as it was', () => {
  fc.assert(
    fc.property(fc.oneof(eight, sixteen), wholeBlocks, (key, plaintext) => {
      const before = hex(plaintext)
      expect(desEcbDecrypt(key, desEcbEncrypt(key, plaintext))).toEqual(plaintext)
      expect(hex(plaintext)).toBe(before)
    })
  )
})

test('the complement of key and block encrypts to the complement', () => {
  const complement = (bytes: Uint8Array) => bytes.map((byte) => ~byte)
  fc.assert(
    fc.property(fc.oneof(eight, sixteen), eight, (key, block) => {
      expect(desEcbEncrypt(complement(key), complement(block))).toEqual(complement(desEcbEncrypt(key, block)))
    })
  )
})

test('parity bits of a key mean nothing', () => {
  fc.assert(
    fc.property(sixteen, sixteen, eight, (key, parity, block) => {
      const otherParity = key.map((byte, i) => byte ^ (parity[i]! & 1))
      expect(desEcbEncrypt(otherParity, block)).toEqual(desEcbEncrypt(key, block))
    })
  )
})

test('the CBC-MAC is the last block of CBC over the padded data', () => {
  fc.assert(
    fc.property(fc.oneof(eight, sixteen), fc.uint8Array({ maxLength: 60 }), (key, data) => {
      const padding = new Uint8Array(8 - (data.length % 8))
      padding[0] = 0x80
      const last = native('des-ede-cbc', key, concat(data, padding)).subarray(-8)
      expect(hex(desCbcMac(key, data))).toBe(hex(last))
    })
  )
})

test('the openssl command encrypts alike', () => {
  const key = '0123456789ABCDEFFEDCBA9876543210'
  const plaintext = fromHex('00112233445566778899AABBCCDDEEFF')
  const theirs = execFileSync('openssl', ['enc', '-des-ede', '-K', key, '-nopad'], { input: plaintext })
  expect(hex(desEcbEncrypt(fromHex(key), plaintext))).toBe(hex(theirs))
})

test('keys and data of a wrong length are refused', () => {
  expect(() => desSchedule(new Uint8Array(24))).toThrow(RangeError)
  expect(() => desEcbEncrypt(new Uint8Array(8), new Uint8Array(9))).toThrow(RangeError)
})
