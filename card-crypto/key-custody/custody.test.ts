import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { fromHex, hex } from '../bytes.ts'
import { parseKeyName } from '../key-reference.ts'
import { openSoftwareKeyStore, type KeyReference, type KeyStore } from '../key-store.ts'
import { tacBatch, TAC_ALGORITHM_CODE, TAC_RECORD } from '../tac-batch.ts'
import { firstFalseRecord } from './custody-records.ts'
import { custodyKey, type CustodyQuestion, type CustodyRecord, type Inventory } from './custody-schemas.ts'
import { joinParts, splitKey } from './key-components.ts'

const folder = mkdtempSync(join(tmpdir(), 'custody-'))
const file = join(folder, 'store')
const masterKey = fromHex('A0A1A2A3A4A5A6A7A8A9AAABACADAEAF')
let now = new Date('2026-03-02T10:00:00+08:00')
const open = async (): Promise<KeyStore> =>
  await openSoftwareKeyStore({ file, masterKey, tacWorkers: 1, clock: () => now })
let store = await open()
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const [chen, li, wang] = ['陈', '李', '王'].map((custodian) => ({
  custodian,
  passphrase: `${custodian} knows this one`
}))
type Answer = Record<string, string>
const ask = async (question: object): Promise<Answer> => (await store.custody(question as CustodyQuestion)) as Answer
const refused = expect.objectContaining({ fault: 'custody-refused' })
const inventory = async (): Promise<Inventory> => (await store.custody({ ask: 'inventory' })) as Inventory
const stateOf = async (name: string) => (await inventory()).keys.find((key) => key.name === name)?.state
const root = '0123456789ABCDEFFEDCBA9876543210'
const name = 'tac//2/1/sm4'
const tac = parseKeyName(name)
const request = { key: tac, factors: [new Uint8Array(8)], mode: 'tac' as const, data: new Uint8Array(22) }

describe('a key in parts', () => {
  it('comes together from enough of them, whichever, and tells nothing to fewer', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 32 })
    fc.assert(
      fc.property(bytes, fc.integer({ min: 2, max: 6 }), fc.integer({ min: 0, max: 4 }), (key, needed, more) => {
        const splitting = { kind: 'shamir', parts: needed + more, needed } as const
        const parts = splitKey(key, splitting)
        expect(joinParts(parts.slice(more), splitting)).toEqual(key)
        expect(joinParts(parts.toReversed().slice(more), splitting)).toEqual(key)
        const one = parts[0]!.with(0, parts[0]![0]! ^ 1)
        expect(joinParts([one, ...parts.slice(1, needed)], splitting)).not.toEqual(key)
        const all = { kind: 'xor', parts: needed, needed } as const
        expect(joinParts(splitKey(key, all), all)).toEqual(key)
      })
    )
    // One part of two fits every key: for each value of the secret there is one other part.
    const two = { kind: 'shamir', parts: 2, needed: 2 } as const
    const known = Uint8Array.of(7, 1)
    const secrets = Array.from({ length: 256 }, (_, other) => joinParts([known, Uint8Array.of(other, 2)], two)[0])
    expect(new Set(secrets).size).toBe(256)
    // By hand: the line 42 + 53·x over the field of AES.
    expect(joinParts([Uint8Array.of(0x42 ^ 0x53, 1), Uint8Array.of(0x42 ^ 0xa6, 2)], two)).toEqual(Uint8Array.of(0x42))
  })

  it('is refused in parts that cannot belong together', () => {
    const two = { kind: 'shamir', parts: 3, needed: 2 } as const
    const [one, other] = splitKey(new Uint8Array(16), two) as [Uint8Array, Uint8Array]
    expect(() => joinParts([one, one], two)).toThrow(RangeError)
    expect(() => joinParts([one], two)).toThrow(RangeError)
    expect(() => joinParts([one, other.slice(1)], two)).toThrow(RangeError)
    expect(() => splitKey(new Uint8Array(16), { ...two, needed: 1 })).toThrow(RangeError)
    expect(() => splitKey(new Uint8Array(16), { kind: 'xor', parts: 3, needed: 2 })).toThrow(RangeError)
  })
})

describe('a ceremony', () => {
  it('knows its custodians: two to begin with, the third by two who vouch', async () => {
    await ask({ ask: 'add-custodian', ...chen })
    await expect(ask({ ask: 'add-custodian', ...chen })).rejects.toEqual(refused)
    await expect(ask({ ask: 'add-custodian', custodian: '李', passphrase: 'short' })).rejects.toEqual(refused)
    await ask({ ask: 'add-custodian', ...li })
    await expect(ask({ ask: 'add-custodian', ...wang })).rejects.toEqual(refused)
    await expect(ask({ ask: 'add-custodian', ...wang, vouchers: [chen, chen] })).rejects.toEqual(refused)
    await ask({ ask: 'add-custodian', ...wang, vouchers: [chen, li] })
    expect((await inventory()).custodians).toEqual(['陈', '李', '王'])
  })

  it('makes a key of parts that different custodians bring, and shows its check value; the store may be opened anew between', async () => {
    const splitting = { kind: 'xor', parts: 2, needed: 2 }
    const order = {
      ask: 'begin-ceremony',
      key: name,
      origin: 'entered',
      splitting,
      custodians: ['陈', '李'],
      checkValue: '2677f4'
    }
    const parts = splitKey(fromHex(root), { kind: 'xor', parts: 2, needed: 2 }).map(hex)
    await expect(ask({ ...order, ...chen, custodians: ['陈', '陈'] })).rejects.toEqual(refused)
    await expect(ask({ ...order, ...chen, key: 'tac//2/1/sm2' })).rejects.toEqual(refused)
    const { ceremony } = await ask({ ...order, ...chen })
    const enter = async (component: string, who: object): Promise<Answer> =>
      await ask({ ask: 'enter-component', ceremony, component, ...who })
    await expect(enter(parts[0]!, { ...chen, passphrase: 'not his passphrase' })).rejects.toEqual(refused)
    await expect(enter(parts[0]!, wang!)).rejects.toEqual(refused)
    await expect(enter('no hexadecimal', chen!)).rejects.toEqual(refused)
    expect((await enter(parts[0]!, chen!))['checkValue']).toMatch(/^[0-9A-F]{6}$/)
    await expect(enter(parts[1]!, chen!)).rejects.toEqual(refused)
    await store.close()
    store = await open()
    now = new Date('2026-03-03T10:00:00+08:00')
    expect(await enter(parts[1]!, li!)).toMatchObject({ state: 'done', keyCheckValue: '2677F4' })
    expect(JSON.stringify(await inventory())).not.toContain(parts[0])
    await expect(store.deriveAndMac(request)).rejects.toMatchObject({ fault: 'not-active' })
  })

  it('with a wrong part makes no key', async () => {
    const splitting = { kind: 'shamir', parts: 3, needed: 2 }
    const order = {
      key: 'load//2/1/sm4',
      origin: 'entered',
      splitting,
      custodians: ['陈', '李', '王'],
      checkValue: '2677F4'
    }
    const { ceremony } = await ask({ ask: 'begin-ceremony', ...order, ...wang })
    const [, two, three] = splitKey(fromHex(root), { kind: 'shamir', parts: 3, needed: 2 })
    await ask({ ask: 'enter-component', ceremony, component: hex(two!), ...li })
    const wrong = hex(three!.with(0, three![0]! ^ 1))
    await expect(ask({ ask: 'enter-component', ceremony, component: wrong, ...wang })).rejects.toEqual(refused)
    expect(await stateOf('load//2/1/sm4')).toBeUndefined()
    await expect(ask({ ask: 'enter-component', ceremony, component: wrong, ...chen })).rejects.toEqual(refused)
  })

  it('draws a key and gives each custodian his part once; any two of three bring it back', async () => {
    const splitting = { kind: 'shamir', parts: 3, needed: 2 } as const
    const key = 'transport//2/1/sm4'
    const custodians = ['陈', '李', '王']
    const { ceremony, keyCheckValue } = await ask({
      ask: 'begin-ceremony',
      key,
      origin: 'drawn',
      splitting,
      custodians,
      ...chen
    })
    const taken: string[] = []
    for (const who of [chen!, li!]) taken.push((await ask({ ask: 'take-component', ceremony, ...who }))['component']!)
    await expect(ask({ ask: 'take-component', ceremony, ...li })).rejects.toEqual(refused)
    await expect(ask({ ask: 'plan', key, to: 'active', from: '2026-03-03', ...li })).rejects.toEqual(refused)
    taken.push((await ask({ ask: 'take-component', ceremony, ...wang }))['component']!)
    const joined = joinParts([fromHex(taken[0]!), fromHex(taken[2]!)], splitting)
    await store.importKey(parseKeyName('transport//3/1/sm4'), joined)
    expect(await store.keyCheckValue(parseKeyName('transport//3/1/sm4'))).toBe(keyCheckValue)
  })
})

describe('a change of a key', () => {
  const plan = async (to: string, from: string): Promise<void> => {
    const { id } = await ask({ ask: 'plan', key: name, to, from, ...chen })
    await expect(ask({ ask: 'approve', plan: id, ...chen })).rejects.toEqual(refused)
    await ask({ ask: 'approve', plan: id, ...li })
    await expect(ask({ ask: 'approve', plan: id, ...wang })).rejects.toEqual(refused)
  }
  const records = (): Uint8Array => {
    const one = new Uint8Array(TAC_RECORD.stride)
    one.set([2, 1, TAC_ALGORITHM_CODE.sm4, 22], TAC_RECORD.keyVersion)
    tacBatch([{ version: 2, index: 1, algorithm: 'sm4', key: fromHex(root) }]).stamp(one, 1)
    return one
  }

  it('needs two people and waits for its day; versions stand side by side, each transaction is checked by the one it names', async () => {
    await expect(ask({ ask: 'plan', key: name, to: 'retired', from: '2026-03-05', ...chen })).rejects.toEqual(refused)
    await expect(ask({ ask: 'plan', key: name, to: 'active', from: 'soon', ...chen })).rejects.toEqual(refused)
    await plan('active', '2026-03-05')
    expect(await stateOf(name)).toBe('pending')
    expect(await store.verifyTacs(records(), 1)).toEqual(Uint8Array.of(2))
    now = new Date('2026-03-05T00:00:01+08:00')
    expect(await stateOf(name)).toBe('active')
    const old: KeyReference = { ...tac, version: 1 }
    await store.importKey(old, fromHex(root).toReversed())
    const mac = await store.deriveAndMac(request)
    expect(await store.verifyTac(tac, request.factors, request.data, mac)).toBe(true)
    expect(await store.verifyTac(old, request.factors, request.data, mac)).toBe(false)
    expect(await store.verifyTacs(records(), 1)).toEqual(Uint8Array.of(0))
  })

  it('goes forward only: kept to check, laid down, destroyed, and its name is not given again', async () => {
    const mac = await store.deriveAndMac(request)
    await plan('verify-only', '2026-03-05')
    await expect(store.deriveAndMac(request)).rejects.toMatchObject({ fault: 'not-active' })
    expect(await store.verifyTac(tac, request.factors, request.data, mac)).toBe(true)
    expect(await store.verifyTacs(records(), 1)).toEqual(Uint8Array.of(0))
    expect((await inventory()).keys.find((key) => key.name === name)?.uses['tac']).toBeGreaterThan(4)
    await expect(ask({ ask: 'plan', key: name, to: 'active', from: '2026-03-05', ...chen })).rejects.toEqual(refused)
    await plan('retired', '2026-03-05')
    await expect(store.verifyTac(tac, request.factors, request.data, mac)).rejects.toMatchObject({
      fault: 'not-active'
    })
    expect(await store.verifyTacs(records(), 1)).toEqual(Uint8Array.of(2))
    await plan('destroyed', '2026-03-05')
    expect(await stateOf(name)).toBe('destroyed')
    expect(JSON.parse(readFileSync(file, 'utf8')).keys[name].wrapped).toBe('')
    await expect(store.importKey(tac, fromHex(root))).rejects.toMatchObject({ fault: 'key-exists' })
  })

  it('is written down: the signed record shows what was left out or altered, and a state cannot be edited in the file', async () => {
    const records = (await store.custody({ ask: 'records' })) as CustodyRecord[]
    const publicKey = await store.publicKey(custodyKey)
    expect(firstFalseRecord(records, publicKey)).toBeNull()
    expect(firstFalseRecord(records.toSpliced(3, 1), publicKey)).toBe(4)
    const altered = records.map((record) => (record.number === 5 ? { ...record, event: 'nothing' } : record))
    expect(firstFalseRecord(altered, publicKey)).toBe(5)
    expect(records.map(({ event }) => event)).toContain('ceremony-refused')
    expect(JSON.stringify(records)).not.toContain(root)

    await store.close()
    const before = readFileSync(file, 'utf8')
    const content = JSON.parse(before)
    delete content.keys['transport//2/1/sm4'].state
    writeFileSync(file, JSON.stringify(content))
    store = await open()
    await expect(store.keyCheckValue(parseKeyName('transport//2/1/sm4'))).rejects.toMatchObject({
      fault: 'altered-file'
    })
    writeFileSync(file, before)
  })

  it('five wrong passphrases lock a custodian for five minutes; questions that are none change nothing', async () => {
    const wrong = {
      ask: 'plan',
      key: name,
      to: 'active',
      from: '2026-03-05',
      custodian: '王',
      passphrase: 'a guess of mine'
    }
    for (let guess = 0; guess < 5; guess++) await expect(ask(wrong)).rejects.toEqual(refused)
    const right = { ask: 'plan', key: 'tac//1/1/sm4', to: 'retired', from: '2027-01-01', ...wang }
    await expect(ask(right)).rejects.toEqual(refused)
    now = new Date(now.getTime() + 300_001)
    expect(await ask(right)).toMatchObject({ askedBy: '王' })
    for (const question of [null, {}, { ask: 'plan' }, { ask: 'begin-ceremony', ...chen }]) {
      await expect(store.custody(question as never)).rejects.toEqual(refused)
    }
  })
})
