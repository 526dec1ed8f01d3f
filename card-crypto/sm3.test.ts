import fc from 'fast-check'
import { sm3 as other } from 'sm-crypto-v2'
import { expect, test } from 'vitest'
import { fromHex, hex } from './bytes.ts'
import { hmacSm3, sm3, sm3Hasher } from './sm3.ts'
import vectors from './vectors/sm3.json' with { type: 'json' }

const repeated = (piece: string, times: number) => fromHex(piece.repeat(times))

test.each(vectors.hash)('SM3 of $message × $repeat', ({ message, repeat, digest }) => {
  expect(hex(sm3(repeated(message, repeat)))).toBe(digest)
})

test.each(vectors.hmac)('HMAC-SM3 of $message × $repeat', ({ key, message, repeat, mac }) => {
  expect(hex(hmacSm3(fromHex(key), repeated(message, repeat)))).toBe(mac)
})

test('a message in pieces has the digest of the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (pieces) => {
      const hasher = sm3Hasher()
      for (const piece of pieces) hasher.update(piece)
      expect(hasher.digest()).toEqual(sm3(fromHex(pieces.map(hex).join(''))))
    })
  )
})

test('sm-crypto-v2 comes to the same digests', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 1, maxLength: 100 }), (message, key) => {
      expect(hex(sm3(message)).toLowerCase()).toBe(other(message))
      expect(hex(hmacSm3(key, message)).toLowerCase()).toBe(other(message, { mode: 'hmac', key }))
    })
  )
})
