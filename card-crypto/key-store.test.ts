import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { concat, fromHex, hex } from './bytes.ts'
import { openSoftwareKeyStore, type KeyReference, type KeyStore } from './key-store.ts'
import { CARD_RECORD_BYTES, cardKeyPurposes, unwrapCardKeys } from './personalisation.ts'
import { sm2Verify } from './sm2.ts'
import { sm2GenerateKeyPair, sm2PublicKey } from './sm2-keys.ts'
import { hmacSm3 } from './sm3.ts'
import { TAC_ALGORITHM_CODE, TAC_RECORD } from './tac-batch.ts'
import chain from './vectors/purse-chain.json' with { type: 'json' }

const masterKey = fromHex('A0A1A2A3A4A5A6A7A8A9AAABACADAEAF')
const text = (content: string) => new TextEncoder().encode(content)
const reference = (part: Partial<KeyReference>): KeyReference => ({
  purpose: 'tac',
  scope: '',
  version: 1,
  index: 1,
  algorithm: 'sm4',
  ...part
})
const signing = reference({ purpose: 'statement-signature', algorithm: 'sm2' })
const sealing = reference({ purpose: 'identity-seal' })
const digesting = reference({ purpose: 'identity-digest', algorithm: 'hmac-sm3' })
const tacKeys = { '3des': reference({ algorithm: '3des' }), sm4: reference({}) }
const factors = [fromHex(chain.inputs.issuer), fromHex(chain.inputs.leaf)]

let folder: string
let file: string
let opened: KeyStore[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'key-store-'))
  file = join(folder, 'keys', 'wrapped.json')
  opened = []
})

afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()))
  rmSync(folder, { recursive: true })
})

async function openStore(key = masterKey): Promise<KeyStore> {
  const store = await openSoftwareKeyStore({ file, masterKey: key, tacWorkers: 2 })
  opened.push(store)
  return store
}

function filesBesideCounters(): string[] {
  return readdirSync(join(folder, 'keys')).filter((name) => !name.endsWith('.counters'))
}

async function storeWithTacKeys(): Promise<KeyStore> {
  const store = await openStore()
  for (const key of Object.values(tacKeys)) await store.importKey(key, fromHex(chain.inputs.tacRoot))
  return store
}

function tacRecords(count: number): Uint8Array {
  const one = (algorithm: '3des' | 'sm4') =>
    concat(
      ...factors,
      Uint8Array.of(1, 1, TAC_ALGORITHM_CODE[algorithm], 22),
      fromHex(`${chain[algorithm].tacData06}0000`),
      fromHex(chain[algorithm].tacBlock06.slice(0, 8))
    )
  const both = concat(one('3des'), one('sm4'))
  return concat(...Array.from({ length: count / 2 }, () => both))
}

describe('what it computes', () => {
  test.each(['3des', 'sm4'] as const)('TACs from the %s root key', async (algorithm) => {
    const store = await storeWithTacKeys()
    const data = fromHex(chain[algorithm].tacData09)
    const tac = await store.deriveAndMac({ key: tacKeys[algorithm], factors, mode: 'tac', data })
    expect(hex(tac)).toBe(chain[algorithm].tacBlock09.slice(0, 8))
    expect(await store.verifyTac(tacKeys[algorithm], factors, data, tac)).toBe(true)
    expect(await store.verifyTac(tacKeys[algorithm], factors, data.toReversed(), tac)).toBe(false)
  })

  test.each(['3des', 'sm4'] as const)(
    'MACs under session keys from the %s purchase and load keys',
    async (algorithm) => {
      const store = await openStore()
      for (const purpose of ['purchase', 'load'] as const) {
        const key = reference({ purpose, algorithm })
        await store.importKey(key, fromHex(chain.inputs[`${purpose}Root`]))
        const seed = fromHex(chain[algorithm][`${purpose}Seed`])
        const expected = chain[algorithm]
        const [data, block] =
          purpose === 'load'
            ? [expected.loadMac1Data, expected.loadMac1Block]
            : [expected.mac1Data06, expected.mac1Block06]
        const mac = await store.deriveAndMac({ key, factors, mode: 'session', seed, data: fromHex(data) })
        expect(hex(mac)).toBe(block.slice(0, 8))
      }
    }
  )

  test.each([4, 2000])('verdicts over a batch of %i records', async (count) => {
    const store = await storeWithTacKeys()
    const records = tacRecords(count)
    records[TAC_RECORD.stride + TAC_RECORD.tac]! ^= 1
    records[2 * TAC_RECORD.stride + TAC_RECORD.keyVersion] = 7
    const expected = new Uint8Array(count)
    expected.set([0, 1, 2])
    expect(await store.verifyTacs(records, count)).toEqual(expected)
    await expect(store.verifyTacs(records, count + 1)).rejects.toThrow(RangeError)
  })

  test('check values, which are the published ones', async () => {
    const store = await openStore()
    const { key } = chain.checkValues
    for (const algorithm of ['3des', 'sm4'] as const) {
      await store.importKey(tacKeys[algorithm], fromHex(key))
      expect(await store.keyCheckValue(tacKeys[algorithm])).toBe(chain.checkValues[algorithm].slice(0, 6))
    }
    await store.generateKey(signing)
    expect(await store.keyCheckValue(signing)).toMatch(/^[0-9A-F]{16}$/)
  })

  test('signatures of messages and of files', async () => {
    const store = await openStore()
    const { privateKey, publicKey } = sm2GenerateKeyPair()
    await store.importKey(signing, privateKey)
    expect(await store.publicKey(signing)).toEqual(publicKey)
    expect(sm2Verify(publicKey, text('statement'), await store.sign(signing, text('statement')))).toBe(true)
    const path = join(folder, 'statement.csv')
    writeFileSync(path, 'statement'.repeat(300_000))
    const signature = await store.signFile(signing, path)
    expect(sm2Verify(publicKey, readFileSync(path), signature)).toBe(true)
    expect(sm2Verify(publicKey, text('another'), signature)).toBe(false)
  })

  test('seals that open with the same open data only', async () => {
    const store = await openStore()
    await store.generateKey(sealing)
    const sealed = await store.seal(sealing, text('440101199001011234'), text('person 1'))
    expect(await store.unseal(sealing, sealed, text('person 1'))).toEqual(text('440101199001011234'))
    await expect(store.unseal(sealing, sealed, text('person 2'))).rejects.toMatchObject({ fault: 'seal-broken' })
  })

  test('keyed digests', async () => {
    const store = await openStore()
    await store.importKey(digesting, masterKey)
    expect(await store.keyedDigest(digesting, text('x'))).toEqual(hmacSm3(masterKey, text('x')))
  })

  test('random bytes, different ones each time', async () => {
    const store = await openStore()
    const one = await store.random(32)
    expect(one).toHaveLength(32)
    expect(await store.random(32)).not.toEqual(one)
  })
})

describe('which keys it lets be used, and for what', () => {
  test('a key that is not there is said to be missing', async () => {
    const store = await openStore()
    expect(await store.hasKey(sealing)).toBe(false)
    await expect(store.seal(sealing, text(''), text(''))).rejects.toMatchObject({ fault: 'no-such-key' })
  })

  test('a key serves its own purpose only', async () => {
    const store = await storeWithTacKeys()
    await store.generateKey(signing)
    const data = text('')
    const seed = new Uint8Array(8)
    for (const refused of [
      store.seal(tacKeys.sm4, data, data),
      store.sign(tacKeys.sm4, data),
      store.publicKey(sealing),
      store.keyedDigest(sealing, data),
      store.deriveAndMac({ key: tacKeys.sm4, factors, mode: 'session', seed, data }),
      store.deriveAndMac({ key: reference({ purpose: 'purchase' }), factors, mode: 'tac', data })
    ]) {
      await expect(refused).rejects.toMatchObject({ fault: 'wrong-use' })
    }
  })

  test.each([
    reference({ purpose: 'unheard-of' as 'tac' }),
    reference({ algorithm: 'sm2' }),
    reference({ scope: 'a/b' }),
    reference({ version: 256 }),
    reference({ index: 1.5 })
  ])('$purpose/$scope/$version/$index/$algorithm names no key', async (key) => {
    const store = await openStore()
    await expect(store.generateKey(key)).rejects.toMatchObject({ fault: 'unsuitable-key' })
  })

  test('bytes that cannot be such a key are refused', async () => {
    const store = await openStore()
    for (const [key, length] of [[tacKeys.sm4, 15] as const, [signing, 32] as const, [digesting, 8] as const]) {
      await expect(store.importKey(key, new Uint8Array(length))).rejects.toMatchObject({ fault: 'unsuitable-key' })
    }
  })

  test('a key is never replaced: generating again keeps it, importing other bytes is refused', async () => {
    const store = await openStore()
    await store.generateKey(signing)
    const publicKey = await store.publicKey(signing)
    await store.generateKey(signing)
    expect(await store.publicKey(signing)).toEqual(publicKey)
    await store.importKey(tacKeys.sm4, masterKey)
    await store.importKey(tacKeys.sm4, masterKey)
    await expect(store.importKey(tacKeys.sm4, masterKey.toReversed())).rejects.toMatchObject({ fault: 'key-exists' })
  })

  test('nothing works after it is closed', async () => {
    const store = await storeWithTacKeys()
    await store.close()
    for (const refused of [
      store.hasKey(sealing),
      store.listKeys(),
      store.verifyTacs(tacRecords(2), 2),
      store.keyCheckValue(tacKeys.sm4)
    ]) {
      await expect(refused).rejects.toMatchObject({ fault: 'closed' })
    }
  })
})

describe('the keys at rest', () => {
  test('are found again by whoever has the master key', async () => {
    const first = await storeWithTacKeys()
    await first.generateKey(signing)
    const second = await openStore()
    expect(await second.listKeys()).toEqual([tacKeys['3des'], tacKeys.sm4, signing])
    expect(await second.publicKey(signing)).toEqual(await first.publicKey(signing))
  })

  test('lie in a file only its owner can read, and none of them in the clear', async () => {
    await storeWithTacKeys()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'keys')).mode & 0o777).toBe(0o700)
    expectNoKeyIn(readFileSync(file, 'utf8'), fromHex(chain.inputs.tacRoot))
    expect(filesBesideCounters()).toEqual(['wrapped.json'])
  })

  test('do not open under another master key', async () => {
    await storeWithTacKeys()
    await expect(openStore(masterKey.toReversed())).rejects.toMatchObject({ fault: 'wrong-master-key' })
    await expect(openStore(masterKey.subarray(8))).rejects.toMatchObject({ fault: 'wrong-master-key' })
  })

  test.each([
    ['change places', 'wrapped'],
    ['have their check values exchanged', 'checkValue']
  ])('cannot %s unseen', async (_, field) => {
    await storeWithTacKeys()
    const content = JSON.parse(readFileSync(file, 'utf8'))
    const [name, other] = Object.keys(content.keys) as [string, string]
    content.keys[name][field] = content.keys[other][field]
    writeFileSync(file, JSON.stringify(content))
    const store = await openStore()
    for (const refused of [
      store.deriveAndMac({ key: tacKeys['3des'], factors, mode: 'tac', data: text('') }),
      store.keyCheckValue(tacKeys['3des'])
    ]) {
      await expect(refused).rejects.toMatchObject({ fault: 'altered-file' })
    }
  })

  test.each(['', '{', '[]', 'null', '{"format":"something else"}'])(
    'a file that holds %j is refused',
    async (content) => {
      await storeWithTacKeys()
      writeFileSync(file, content)
      await expect(openStore()).rejects.toMatchObject({ fault: 'altered-file' })
    }
  )
})

describe('several processes at once', () => {
  test('a key made by one is found by the other, in single uses and in batches', async () => {
    const server = await openStore()
    const worker = await openStore()
    expect([...(await worker.verifyTacs(tacRecords(2000), 2000))].every((verdict) => verdict === 2)).toBe(true)
    await server.generateKey(sealing)
    for (const key of Object.values(tacKeys)) await server.importKey(key, fromHex(chain.inputs.tacRoot))
    const sealed = await server.seal(sealing, text('a'), text('b'))
    expect(await worker.unseal(sealing, sealed, text('b'))).toEqual(text('a'))
    expect([...(await worker.verifyTacs(tacRecords(2000), 2000))].every((verdict) => verdict === 0)).toBe(true)
    expect([...(await worker.verifyTacs(tacRecords(2), 2))]).toEqual([0, 0])
  })

  test('that make the same and different keys lose none and agree on all', async () => {
    const program = `
      const { openSoftwareKeyStore } = await import(${JSON.stringify(new URL('key-store.ts', import.meta.url).href)})
      const masterKey = Uint8Array.fromHex('${hex(masterKey)}')
      const store = await openSoftwareKeyStore({ file: ${JSON.stringify(file)}, masterKey })
      const key = (index, scope) => ({ purpose: 'session', scope, version: 1, index, algorithm: 'hmac-sm3' })
      const digests = []
      for (let index = 0; index < 12; index++) {
        await store.generateKey(key(index, ''))
        await store.generateKey(key(index, String(process.pid)))
        digests.push((await store.keyedDigest(key(index, ''), new Uint8Array())).toHex())
      }
      console.log(digests.join())
      await store.close()`
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    const [one, two, three] = await Promise.all([run(), run(), run()])
    expect(one.stdout.split(',')).toHaveLength(12)
    expect([two.stdout, three.stdout]).toEqual([one.stdout, one.stdout])
    expect(await (await openStore()).listKeys()).toHaveLength(12 * 4)
    expect(filesBesideCounters()).toEqual(['wrapped.json'])
  })

  test('a process that closes its store after a batch comes to its own end', async () => {
    await storeWithTacKeys()
    const program = `
      const { openSoftwareKeyStore } = await import(${JSON.stringify(new URL('key-store.ts', import.meta.url).href)})
      const masterKey = Uint8Array.fromHex('${hex(masterKey)}')
      const store = await openSoftwareKeyStore({ file: ${JSON.stringify(file)}, masterKey, tacWorkers: 2 })
      const verdicts = await store.verifyTacs(Uint8Array.fromHex('${hex(tacRecords(600))}'), 600)
      await store.close()
      console.log(verdicts.every((verdict) => verdict === 0))`
    const script = join(folder, 'verify.mjs')
    writeFileSync(script, program)
    const { stdout } = await promisify(execFile)(process.execPath, [script])
    expect(stdout).toBe('true\n')
  })

  test('of which one died while it wrote do not wait for it for ever', async () => {
    const store = await openStore()
    writeFileSync(`${file}.lock`, '')
    const longAgo = new Date(Date.now() - 60_000)
    utimesSync(`${file}.lock`, longAgo, longAgo)
    await store.generateKey(sealing)
    expect(await (await openStore()).hasKey(sealing)).toBe(true)
    expect(filesBesideCounters()).toEqual(['wrapped.json'])
  })
})

test('no key shows in text, JSON, inspection or errors', async () => {
  const store = await storeWithTacKeys()
  const secret = fromHex(chain.inputs.tacRoot)
  const { privateKey } = sm2GenerateKeyPair()
  await store.importKey(signing, privateKey)
  await store.sign(signing, text(''))
  await store.verifyTacs(tacRecords(2), 2)
  const errors = await Promise.all(
    [
      store.importKey(tacKeys.sm4, secret.toReversed()),
      store.importKey(tacKeys.sm4, secret.subarray(1)),
      store.seal(tacKeys.sm4, text(''), text('')),
      store.importKey(
        reference({ purpose: 'certificate-authority', algorithm: 'sm2' }),
        concat(secret, secret).subarray(1)
      ),
      openStore(secret)
    ].map((refused) =>
      refused.then(
        () => expect.unreachable(),
        (error: unknown) => error
      )
    )
  )
  for (const thing of [store, ...errors]) {
    const shown = [
      String(thing),
      JSON.stringify(thing),
      inspect(thing, { showHidden: true, depth: 20, maxArrayLength: null, getters: true })
    ]
    for (const key of [secret, privateKey, masterKey]) expectNoKeyIn(shown.join('\n'), key)
  }
  expect(await store.publicKey(signing)).toEqual(sm2PublicKey(privateKey))
})

/** As hexadecimal, base64 or a list of numbers, in whole or by its first half. */
function expectNoKeyIn(shown: string, key: Uint8Array): void {
  const half = key.subarray(0, key.length / 2)
  const flat = shown.toUpperCase().replaceAll(/\s/g, '')
  expect(flat).not.toContain(hex(half))
  expect(flat).not.toContain(half.toBase64().slice(0, 10).toUpperCase())
  expect(flat).not.toContain(half.join(','))
  expect(flat).not.toContain(
    Array.from(half, (byte) => byte.toString(16).padStart(2, '0'))
      .join(',')
      .toUpperCase()
  )
}

describe('loads and new cards', () => {
  const algorithms = ['3des', 'sm4'] as const
  const rootsOf = (algorithm: '3des' | 'sm4') => cardKeyPurposes.map((purpose) => reference({ purpose, algorithm }))
  const transport = reference({ purpose: 'transport', scope: 'factory-1' })
  const transportKey = fromHex('53414D504C452D5452414E53504F5254')
  const batch = fromHex('0000000000000007')

  async function storeWithCardKeys(): Promise<KeyStore> {
    const store = await openStore()
    const bytes = [chain.inputs.purchaseRoot, chain.inputs.loadRoot, chain.inputs.tacRoot, '00'.repeat(16)].map(fromHex)
    for (const algorithm of algorithms)
      for (const [index, root] of rootsOf(algorithm).entries()) await store.importKey(root, bytes[index]!)
    await store.importKey(transport, transportKey)
    return store
  }

  test.each(algorithms)(
    'a load with the card’s MAC1 gets the MAC2 of the chain, any other gets none (%s)',
    async (algorithm) => {
      const store = await storeWithCardKeys()
      const vectors = chain[algorithm]
      const load = {
        key: reference({ purpose: 'load', algorithm }),
        factors,
        seed: fromHex(vectors.loadSeed),
        mac1Data: fromHex(vectors.loadMac1Data),
        mac1: fromHex(vectors.loadMac1Block.slice(0, 8)),
        mac2Data: fromHex(
          `${chain.inputs.loadAmount.toString(16).padStart(8, '0')}02${chain.inputs.terminal}${chain.inputs.dateTime}`
        )
      }
      const wrong = { ...load, mac1: fromHex('00000000') }
      const [mac2, none] = await store.authoriseLoads([load, wrong])
      expect([hex(mac2!), none]).toEqual([vectors.loadMac2Block.slice(0, 8), null])
      await expect(
        store.authoriseLoads([{ ...load, key: reference({ purpose: 'purchase', algorithm }) }])
      ).rejects.toMatchObject({ fault: 'wrong-use' })
    }
  )

  test.each(algorithms)(
    'new cards’ keys leave wrapped, with check values and a MAC, and unwrap to those of the chain (%s)',
    async (algorithm) => {
      const store = await storeWithCardKeys()
      const order = {
        roots: rootsOf(algorithm),
        transport,
        issuer: factors[0]!,
        batch,
        leaves: concat(factors[1]!, fromHex('4870300000000018'))
      }
      const records = await store.personalise(order)
      expect(records.length).toBe(2 * CARD_RECORD_BYTES)
      const first = records.subarray(0, CARD_RECORD_BYTES)
      const terms = { algorithm, transport: transportKey, batch }
      const card = unwrapCardKeys(first, terms)!
      expect([hex(card.leaf), hex(card.keys.purchase), hex(card.keys.load), hex(card.keys.tac)]).toEqual([
        chain.inputs.leaf,
        chain[algorithm].purchaseCard,
        chain[algorithm].loadCard,
        chain[algorithm].tacCard
      ])
      expect(hex(first)).not.toContain(chain[algorithm].loadCard)
      for (let at = 0; at < first.length; at++) {
        const spoilt = first.slice()
        spoilt[at]! ^= 1
        expect(unwrapCardKeys(spoilt, terms)).toBeNull()
      }
      expect(unwrapCardKeys(first, { ...terms, batch: fromHex('0000000000000008') })).toBeNull()
      const swapped = { ...order, roots: [...rootsOf(algorithm)].reverse() }
      await expect(store.personalise(swapped)).rejects.toMatchObject({ fault: 'wrong-use' })
      await expect(store.personalise({ ...order, transport: sealing })).rejects.toMatchObject({ fault: 'wrong-use' })
    }
  )
})
