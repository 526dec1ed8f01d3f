import fc from 'fast-check'
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { concat, fromHex, hex } from './bytes.ts'
import { diversify, diversifyThrough } from './diversify.ts'
import {
  computeMac,
  loadMac1Data,
  loadMac2Data,
  LOAD_TYPE,
  macBlock,
  purchaseMac1Data,
  purchaseMac2Data
} from './mac.ts'
import { loadSeed, purchaseSeed, sessionKey } from './session-key.ts'
import { sm4EcbEncrypt } from './sm4.ts'
import { computeTac, loadTacData, purchaseTacData, tacKey, verifyTac } from './tac.ts'
import { desEcbEncrypt } from './triple-des.ts'
import chain from './vectors/purse-chain.json' with { type: 'json' }
import examples from './vectors/purse-examples.json' with { type: 'json' }

const { inputs } = chain
const terminal = fromHex(inputs.terminal)
const dateTime = fromHex(inputs.dateTime)
const factors = [fromHex(inputs.issuer), fromHex(inputs.leaf)]
const purchase = (type: number) => ({ amount: inputs.amount, type, terminal, dateTime })
const load = { amount: inputs.loadAmount, type: LOAD_TYPE, terminal, dateTime }

test('the leaf factor is the end of the application serial', () => {
  expect(inputs.serial.slice(-16)).toBe(inputs.leaf)
})

describe.each(['3des', 'sm4'] as const)('the whole chain in %s', (algorithm) => {
  const expected = chain[algorithm]

  test.each(['purchase', 'tac', 'load'] as const)('%s keys are derived, issuer first, card second', (use) => {
    const root = fromHex(inputs[`${use}Root`])
    expect(hex(diversify(algorithm, root, factors[0]!))).toBe(expected[`${use}Issuer`])
    expect(hex(diversifyThrough(algorithm, root, factors))).toBe(expected[`${use}Card`])
  })

  test.each([
    ['06', expected.mac1Data06, expected.mac1Block06],
    ['09', expected.mac1Data09, expected.mac1Block09]
  ])('MAC1 of a purchase of type %s', (type, data, block) => {
    const seed = purchaseSeed(fromHex(inputs.random), inputs.offlineCounter, inputs.terminalSequence)
    const key = sessionKey(algorithm, fromHex(expected.purchaseCard), seed)
    const ours = purchaseMac1Data(purchase(Number.parseInt(type, 16)))
    expect([hex(seed), hex(key), hex(ours)]).toEqual([expected.purchaseSeed, expected.purchaseSessionKey, data])
    expect(hex(macBlock(algorithm, key, ours))).toBe(block)
    expect(hex(computeMac(algorithm, key, ours))).toBe(block.slice(0, 8))
  })

  test('MAC2 of a purchase', () => {
    const key = fromHex(expected.purchaseSessionKey)
    expect(hex(macBlock(algorithm, key, purchaseMac2Data(inputs.amount)))).toBe(expected.mac2Block)
  })

  test('MAC1 and MAC2 of a load', () => {
    const seed = loadSeed(fromHex(inputs.loadRandom), inputs.onlineCounter)
    const key = sessionKey(algorithm, fromHex(expected.loadCard), seed)
    const mac1Data = loadMac1Data(inputs.balanceBefore, load)
    expect([hex(seed), hex(key), hex(mac1Data)]).toEqual([
      expected.loadSeed,
      expected.loadSessionKey,
      expected.loadMac1Data
    ])
    expect(hex(macBlock(algorithm, key, mac1Data))).toBe(expected.loadMac1Block)
    expect(hex(macBlock(algorithm, key, loadMac2Data(load)))).toBe(expected.loadMac2Block)
  })

  test.each([
    ['06', expected.tacData06, expected.tacBlock06],
    ['09', expected.tacData09, expected.tacBlock09]
  ])('TAC of a purchase of type %s', (type, data, block) => {
    const cardKey = fromHex(expected.tacCard)
    const { terminalSequence } = inputs
    const ours = purchaseTacData({ ...purchase(Number.parseInt(type, 16)), terminalSequence })
    expect([hex(ours), hex(tacKey(algorithm, cardKey))]).toEqual([data, expected.tacKey])
    expect(hex(macBlock(algorithm, tacKey(algorithm, cardKey), ours))).toBe(block)
    const tac = fromHex(block.slice(0, 8))
    expect(computeTac(algorithm, cardKey, ours)).toEqual(tac)
    expect(verifyTac(algorithm, cardKey, { data: ours, tac })).toBe(true)
    expect(verifyTac(algorithm, cardKey, { data: ours, tac: tac.map((byte) => byte ^ 1) })).toBe(false)
  })

  test('TAC of a load', () => {
    const { balanceAfter, onlineCounter } = inputs
    const data = loadTacData({ ...load, balanceAfter, onlineCounter })
    expect(hex(data)).toBe(expected.loadTacData)
    expect(hex(computeTac(algorithm, fromHex(expected.tacCard), data))).toBe(expected.loadTacBlock.slice(0, 8))
  })

  test.each(['Purchase', 'Tac', 'Load'] as const)('the zero block under the %s root', (use) => {
    const root = fromHex(inputs[`${use.toLowerCase() as Lowercase<typeof use>}Root`])
    const encrypted =
      algorithm === 'sm4' ? sm4EcbEncrypt(root, new Uint8Array(16)) : desEcbEncrypt(root, new Uint8Array(8))
    expect(hex(encrypted)).toBe(expected[`zeroBlock${use}Root`])
  })

  test('the openssl command derives the same card key', () => {
    const cipher = algorithm === 'sm4' ? '-sm4-ecb' : '-des-ede'
    const factor = factors[1]!
    const input = concat(
      factor,
      factor.map((byte) => ~byte)
    )
    const theirs = execFileSync('openssl', ['enc', cipher, '-K', expected.tacIssuer, '-nopad'], { input })
    expect(hex(theirs)).toBe(expected.tacCard)
  })

  test('a different factor, in value or order, makes a different key', () => {
    const eight = fc.uint8Array({ minLength: 8, maxLength: 8 })
    const root = fromHex(inputs.tacRoot)
    fc.assert(
      fc.property(eight, eight, (one, two) => {
        fc.pre(hex(one) !== hex(two))
        expect(diversify(algorithm, root, one)).not.toEqual(diversify(algorithm, root, two))
        expect(diversifyThrough(algorithm, root, [one, two])).not.toEqual(diversifyThrough(algorithm, root, [two, one]))
      })
    )
  })
})

describe('published 3DES examples', () => {
  test('purchase', () => {
    const { key, random, counter, terminalSequence, ...expected } = examples.purchase
    const seed = purchaseSeed(fromHex(random), counter, terminalSequence)
    const session = sessionKey('3des', fromHex(key), seed)
    expect([hex(seed), hex(session)]).toEqual([expected.seed, expected.sessionKey])
    expect(hex(computeMac('3des', session, fromHex(expected.mac1Data)))).toBe(expected.mac1)
    expect(hex(computeMac('3des', session, fromHex(expected.mac2Data)))).toBe(expected.mac2)
  })

  test('load', () => {
    const { key, random, counter, ...expected } = examples.load
    const seed = loadSeed(fromHex(random), counter)
    const session = sessionKey('3des', fromHex(key), seed)
    expect([hex(seed), hex(session)]).toEqual([expected.seed, expected.sessionKey])
    expect(hex(computeMac('3des', session, fromHex(expected.mac1Data)))).toBe(expected.mac1)
    expect(hex(computeMac('3des', session, fromHex(expected.mac2Data)))).toBe(expected.mac2)
  })

  test('a load logged from a real card', () => {
    const { key, random, counter, ...expected } = examples.loggedLoad
    const session = sessionKey('3des', fromHex(key), loadSeed(fromHex(random), counter))
    expect(hex(session)).toBe(expected.sessionKey)
    expect(hex(computeMac('3des', session, fromHex(expected.mac1Data)))).toBe(expected.mac1)
  })

  test('the TAC key is both halves XORed', () => {
    const { cardKey, data, ...expected } = examples.tac
    expect(hex(tacKey('3des', fromHex(cardKey)))).toBe(expected.tacKey)
    expect(hex(computeTac('3des', fromHex(cardKey), fromHex(data)))).toBe(expected.tac)
  })
})

test('SM4 diversification reproduces the block of GB/T 32907', () => {
  const { key, factor, derived } = chain.diversification
  expect(hex(diversify('sm4', fromHex(key), fromHex(factor)))).toBe(derived)
})

test('the other two ways to fill the seed of an SM4 session key', () => {
  const card = fromHex(chain.sm4.purchaseCard)
  const seed = fromHex(chain.sm4.purchaseSeed)
  expect(hex(sessionKey('sm4', card, seed, 'padded'))).toBe(chain.sm4SessionKeyOtherwise.padded)
  expect(hex(sessionKey('sm4', card, seed, 'zeros'))).toBe(chain.sm4SessionKeyOtherwise.zeros)
})

test('factors, seeds, random numbers and keys of a wrong length are refused', () => {
  const root = fromHex(inputs.tacRoot)
  expect(() => diversify('sm4', root, new Uint8Array(16))).toThrow(RangeError)
  expect(() => diversify('3des', root.subarray(8), new Uint8Array(8))).toThrow(RangeError)
  expect(() => sessionKey('sm4', root, new Uint8Array(7))).toThrow(RangeError)
  expect(() => loadSeed(new Uint8Array(8), 1)).toThrow(RangeError)
  expect(() => purchaseMac1Data({ ...load, terminal: dateTime, dateTime: terminal })).toThrow(RangeError)
  expect(() => purchaseTacData({ ...load, terminalSequence: 1, terminal: dateTime })).toThrow(RangeError)
})
