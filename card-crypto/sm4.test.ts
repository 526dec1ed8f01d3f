import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { sm4 as other } from 'sm-crypto-v2'
import { describe, expect, test } from 'vitest'
import { fromHex, hex } from './bytes.ts'
import {
  sm4CbcDecrypt,
  sm4CbcEncrypt,
  sm4CbcMac,
  sm4Ctr,
  sm4EcbDecrypt,
  sm4EcbEncrypt,
  sm4EncryptBlocks,
  sm4EncryptPair,
  sm4ExpandPair,
  sm4Schedule
} from './sm4.ts'
import vectors from './vectors/sm4.json' with { type: 'json' }

const key = fromHex(vectors.key)
const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 })
const wholeBlocks = fc.nat(20).chain((count) => fc.uint8Array({ minLength: 16 * count, maxLength: 16 * count }))

describe('published vectors', () => {
  test('one block', () => {
    expect(hex(sm4EcbEncrypt(key, key))).toBe(vectors.block)
    expect(hex(sm4EcbDecrypt(key, fromHex(vectors.block)))).toBe(vectors.key)
  })

  test('a million encryptions of one block', () => {
    const schedule = sm4Schedule(key)
    const block = new Uint8Array(key)
    for (let i = 0; i < 1_000_000; i++) sm4EncryptBlocks(schedule, block, 0, 1)
    expect(hex(block)).toBe(vectors.millionFold)
  })

  test('CBC', () => {
    expect(hex(sm4CbcEncrypt(key, key, fromHex(vectors.twoBlocks)))).toBe(vectors.cbc)
    expect(hex(sm4CbcDecrypt(key, key, fromHex(vectors.cbc)))).toBe(vectors.twoBlocks)
  })

  test('CTR', () => {
    expect(hex(sm4Ctr(key, key, fromHex(vectors.eightBlocks)))).toBe(vectors.ctr)
    expect(hex(sm4Ctr(key, key, fromHex(vectors.ctr)))).toBe(vectors.eightBlocks)
  })

  test.each(vectors.cbcMac)('CBC-MAC of "$message"', ({ message, mac }) => {
    expect(hex(sm4CbcMac(key, fromHex(message)))).toBe(mac)
  })

  test.each([
    ['sm4-ofb', vectors.ofb],
    ['sm4-cfb', vectors.cfb]
  ])('the modes we leave to node: %s', (mode, expected) => {
    expect(hex(createCipheriv(mode, key, key).update(fromHex(vectors.twoBlocks)))).toBe(expected)
  })

  test('CCM, which we leave to node', () => {
    const { iv, aad } = vectors.gcm
    const plaintext = fromHex(vectors.eightBlocks)
    const cipher = createCipheriv('sm4-ccm' as 'aes-128-ccm', key, fromHex(iv), { authTagLength: 16 })
    cipher.setAAD(fromHex(aad), { plaintextLength: plaintext.length })
    expect(hex(cipher.update(plaintext))).toBe(vectors.ccm.ciphertext)
    cipher.final()
    expect(hex(cipher.getAuthTag())).toBe(vectors.ccm.tag)
  })
})

describe('laws', () => {
  test('decryption undoes encryption, and the input stays as it was', () => {
    fc.assert(
      fc.property(sixteen, sixteen, wholeBlocks, (key, iv, plaintext) => {
        const before = hex(plaintext)
        expect(sm4EcbDecrypt(key, sm4EcbEncrypt(key, plaintext))).toEqual(plaintext)
        expect(sm4CbcDecrypt(key, iv, sm4CbcEncrypt(key, iv, plaintext))).toEqual(plaintext)
        expect(sm4Ctr(key, iv, sm4Ctr(key, iv, plaintext))).toEqual(plaintext)
        expect(hex(plaintext)).toBe(before)
      })
    )
  })

  test('node:crypto and sm-crypto-v2 come to the same bytes', () => {
    fc.assert(
      fc.property(sixteen, sixteen, wholeBlocks, (key, iv, plaintext) => {
        const native = (mode: string) =>
          hex(
            createCipheriv(mode, key, mode === 'sm4-ecb' ? null : iv)
              .setAutoPadding(false)
              .update(plaintext)
          )
        expect(hex(sm4EcbEncrypt(key, plaintext))).toBe(native('sm4-ecb'))
        expect(hex(sm4CbcEncrypt(key, iv, plaintext))).toBe(native('sm4-cbc'))
        expect(hex(sm4Ctr(key, iv, plaintext))).toBe(native('sm4-ctr'))
        if (plaintext.length === 0) return
        const theirs = other.encrypt(plaintext, key, { mode: 'cbc', iv, padding: 'none', output: 'array' })
        expect(sm4CbcEncrypt(key, iv, plaintext)).toEqual(new Uint8Array(theirs))
      })
    )
  })

  test('CTR takes any length, and its counter carries over all 16 bytes', () => {
    const counter = fromHex('FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE')
    fc.assert(
      fc.property(sixteen, fc.uint8Array({ maxLength: 100 }), (key, plaintext) => {
        const native = createCipheriv('sm4-ctr', key, counter).update(plaintext)
        expect(hex(sm4Ctr(key, counter, plaintext))).toBe(hex(native))
      })
    )
  })

  test('two blocks side by side are what each would be alone', () => {
    const words = fc.array(fc.nat(0xffffffff), { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(sixteen, sixteen, words, words, (keyA, keyB, blocks, keys) => {
        const pair = Int32Array.from(blocks, (word) => word | 0)
        sm4EncryptPair(sm4Schedule(keyA), sm4Schedule(keyB), pair)
        const alone = [keyA, keyB].map((key, i) => hex(sm4EcbEncrypt(key, toBytes(blocks.slice(4 * i, 4 * i + 4)))))
        expect(hex(toBytes(pair))).toBe(alone.join(''))

        const schedules = [new Int32Array(32), new Int32Array(32)] as const
        sm4ExpandPair(
          ...schedules,
          Int32Array.from(keys, (word) => word | 0)
        )
        expect(schedules[0]).toEqual(sm4Schedule(toBytes(keys.slice(0, 4))))
        expect(schedules[1]).toEqual(sm4Schedule(toBytes(keys.slice(4))))
      })
    )
  })
})

test('the openssl command encrypts alike', () => {
  const plaintext = fromHex(vectors.eightBlocks)
  const openssl = (mode: string) =>
    hex(
      execFileSync('openssl', ['enc', `-${mode}`, '-K', vectors.key, '-iv', vectors.block, '-nopad'], {
        input: plaintext
      })
    )
  const iv = fromHex(vectors.block)
  expect(hex(sm4CbcEncrypt(key, iv, plaintext))).toBe(openssl('sm4-cbc'))
  expect(hex(sm4Ctr(key, iv, plaintext))).toBe(openssl('sm4-ctr'))
  expect(hex(sm4EcbEncrypt(key, plaintext))).toBe(
    hex(execFileSync('openssl', ['enc', '-sm4-ecb', '-K', vectors.key, '-nopad'], { input: plaintext }))
  )
})

test('keys, initial blocks and data of a wrong length are refused', () => {
  expect(() => sm4Schedule(new Uint8Array(15))).toThrow(RangeError)
  expect(() => sm4EcbEncrypt(key, new Uint8Array(17))).toThrow(RangeError)
  expect(() => sm4CbcEncrypt(key, new Uint8Array(8), new Uint8Array(16))).toThrow(RangeError)
  expect(() => sm4CbcDecrypt(key, new Uint8Array(17), new Uint8Array(16))).toThrow(RangeError)
  expect(() => sm4Ctr(key, new Uint8Array(), new Uint8Array(16))).toThrow(RangeError)
})

function toBytes(words: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 * words.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i]!)
  return bytes
}
