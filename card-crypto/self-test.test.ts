import { afterEach, expect, test } from 'vitest'
import { selfTest } from './self-test.ts'
import chain from './vectors/purse-chain.json' with { type: 'json' }
import sm3 from './vectors/sm3.json' with { type: 'json' }
import sm4 from './vectors/sm4.json' with { type: 'json' }

const published = structuredClone({ chain, sm3, sm4 })

afterEach(() => {
  Object.assign(chain.sm4, published.chain.sm4)
  Object.assign(chain['3des'], published.chain['3des'])
  Object.assign(sm3.hash[0]!, published.sm3.hash[0])
  Object.assign(sm4.gcm, published.sm4.gcm)
})

test('the published vectors come out', () => {
  expect(() => selfTest()).not.toThrow()
})

// Our code is right, so a wrong expectation stands in for a wrong runtime.
test.each([
  ['SM3', () => (sm3.hash[0]!.digest = '00')],
  ['SM4-GCM', () => (sm4.gcm.tag = '83DE3541E4C2B58177E065A9BF7B62ED')],
  ['sm4 TAC', () => (chain.sm4.tacBlock06 = '5729127C')],
  ['3des TAC', () => (chain['3des'].tacBlock06 = '17F993C8')],
  ['3des diversification', () => (chain['3des'].tacIssuer = '00')]
])('a different %s stops the process and is named', (what, differ) => {
  differ()
  expect(() => selfTest()).toThrow(`self-test: ${what} does not compute`)
})
