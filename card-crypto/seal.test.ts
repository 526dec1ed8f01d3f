import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, hex } from './bytes.ts'
import { seal, sm4GcmEncrypt, unseal } from './seal.ts'
import vectors from './vectors/sm4.json' with { type: 'json' }

const key = fromHex(vectors.key)
const aad = fromHex('A1')

test('the published GCM vector', () => {
  const { iv, aad, ciphertext, tag } = vectors.gcm
  const message = { plaintext: fromHex(vectors.eightBlocks), aad: fromHex(aad) }
  expect(hex(sm4GcmEncrypt(key, fromHex(iv), message))).toBe(ciphertext + tag)
  expect(hex(unseal(key, fromHex(iv + ciphertext + tag), fromHex(aad)))).toBe(vectors.eightBlocks)
})

test('what was sealed comes back, with 28 bytes more in between', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 40 }), (plaintext, aad) => {
      const sealed = seal(key, plaintext, aad)
      expect(sealed.length).toBe(plaintext.length + 28)
      expect(unseal(key, sealed, aad)).toEqual(plaintext)
    })
  )
})

test('no two seals of the same are alike', () => {
  expect(hex(seal(key, aad, aad))).not.toBe(hex(seal(key, aad, aad)))
})

test('a change of any byte of the seal, of the key or of the open data is noticed', () => {
  const sealed = seal(key, fromHex('0102030405'), aad)
  for (let i = 0; i < sealed.length; i++) {
    const changed = sealed.slice()
    changed[i]! ^= 1
    expect(() => unseal(key, changed, aad)).toThrow()
  }
  expect(() => unseal(key, sealed, fromHex('A2'))).toThrow()
  expect(() => unseal(fromHex(vectors.block), sealed, aad)).toThrow()
  expect(() => unseal(key, sealed.subarray(0, 27), aad)).toThrow(RangeError)
})
