import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, fromHex, hex } from './bytes.ts'
import { diversifyThrough } from './diversify.ts'
import { computeTac } from './tac.ts'
import { tacBatch, TAC_ALGORITHM_CODE, TAC_RECORD, TAC_VERDICT, type TacRootKey } from './tac-batch.ts'
import { TacPool } from './tac-pool.ts'
import chain from './vectors/purse-chain.json' with { type: 'json' }

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

const roots: TacRootKey[] = [
  { version: 1, index: 1, algorithm: 'sm4', key: fromHex(chain.inputs.tacRoot) },
  { version: 1, index: 1, algorithm: '3des', key: fromHex(chain.inputs.tacRoot) },
  { version: 2, index: 5, algorithm: 'sm4', key: fromHex(chain.inputs.loadRoot) }
]

interface Tap {
  root: TacRootKey
  issuer: Uint8Array
  leaf: Uint8Array
  data: Uint8Array
}

const tap: fc.Arbitrary<Tap> = fc.record({
  root: fc.constantFrom(...roots),
  issuer: fc.oneof(fc.constant(fromHex(chain.inputs.issuer)), bytes(8)),
  leaf: bytes(8),
  data: fc.integer({ min: 16, max: 24 }).chain(bytes)
})

function slowTac({ root, issuer, leaf, data }: Tap): Uint8Array {
  return computeTac(root.algorithm, diversifyThrough(root.algorithm, root.key, [issuer, leaf]), data)
}

function record(tap: Tap, tac: Uint8Array): Uint8Array {
  const { version, index, algorithm } = tap.root
  const flat = new Uint8Array(TAC_RECORD.stride)
  flat.set(concat(tap.issuer, tap.leaf))
  flat.set([version, index, TAC_ALGORITHM_CODE[algorithm], tap.data.length], TAC_RECORD.keyVersion)
  flat.set(tap.data, TAC_RECORD.data)
  flat.set(tac, TAC_RECORD.tac)
  return flat
}

function verdictsOf(records: Uint8Array): number[] {
  const verdicts = new Uint8Array(records.length / TAC_RECORD.stride)
  tacBatch(roots).verify(records, verdicts.length, verdicts)
  return [...verdicts]
}

const known = (algorithm: '3des' | 'sm4', data: string, tac: string) =>
  record(
    {
      root: roots[algorithm === 'sm4' ? 0 : 1]!,
      issuer: fromHex(chain.inputs.issuer),
      leaf: fromHex(chain.inputs.leaf),
      data: fromHex(data)
    },
    fromHex(tac.slice(0, 8))
  )

const knownRecords = concat(
  ...(['3des', 'sm4'] as const).flatMap((algorithm) => {
    const { tacData06, tacBlock06, tacData09, tacBlock09, loadTacData, loadTacBlock } = chain[algorithm]
    return [
      known(algorithm, tacData06, tacBlock06),
      known(algorithm, tacData09, tacBlock09),
      known(algorithm, loadTacData, loadTacBlock)
    ]
  })
)

test('the TACs of the chain are valid: purchases and loads, both algorithms, in one batch', () => {
  expect(verdictsOf(knownRecords)).toEqual([0, 0, 0, 0, 0, 0])
})

test('any changed bit of factors, data or TAC makes that record wrong and leaves its neighbours alone', () => {
  fc.assert(
    fc.property(
      fc.nat(5),
      fc.constantFrom(...Array.from({ length: TAC_RECORD.stride }, (_, at) => at)),
      fc.nat(7),
      (which, at, bit) => {
        fc.pre(
          at < TAC_RECORD.keyVersion || (at >= TAC_RECORD.data && at < TAC_RECORD.data + 22) || at >= TAC_RECORD.tac
        )
        const changed = knownRecords.slice()
        changed[which * TAC_RECORD.stride + at]! ^= 1 << bit
        const expected = [0, 0, 0, 0, 0, 0]
        expected[which] = 1
        expect(verdictsOf(changed)).toEqual(expected)
      }
    )
  )
})

test('the batch agrees with one record at a time, in any mixture', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(tap, fc.boolean()), { maxLength: 40 }), (taps) => {
      const records = taps.map(([tap, honest]) => record(tap, honest ? slowTac(tap) : slowTac(tap).map((b) => ~b)))
      expect(verdictsOf(concat(...records))).toEqual(
        taps.map(([, honest]) => (honest ? TAC_VERDICT.valid : TAC_VERDICT.wrong))
      )
    })
  )
})

test('stamping writes the TACs that verify', () => {
  fc.assert(
    fc.property(fc.array(tap, { maxLength: 20 }), (taps) => {
      const records = concat(...taps.map((tap) => record(tap, new Uint8Array(4))))
      tacBatch(roots).stamp(records, taps.length)
      expect(hex(records)).toBe(hex(concat(...taps.map((tap) => record(tap, slowTac(tap))))))
    })
  )
})

test.each([
  ['version', TAC_RECORD.keyVersion],
  ['index', TAC_RECORD.keyIndex],
  ['algorithm', TAC_RECORD.algorithm]
])('a key %s that is not there is told apart from a wrong TAC', (_, at) => {
  const records = knownRecords.slice()
  records[at] = 9
  expect(verdictsOf(records)).toEqual([TAC_VERDICT.noSuchKey, 0, 0, 0, 0, 0])
  expect(() => tacBatch(roots).stamp(records, 6)).toThrow(RangeError)
})

test.each([0, 15, 25, 255])('data said to have %i bytes are wrong', (length) => {
  const records = knownRecords.slice()
  records[TAC_RECORD.dataLength] = length
  expect(verdictsOf(records)).toEqual([TAC_VERDICT.wrong, 0, 0, 0, 0, 0])
})

test('more issuers than the table holds are all verified, twice', () => {
  const taps = Array.from({ length: 5000 }, (_, i): Tap => ({
    root: roots[0]!,
    issuer: fromHex((i * 7919).toString(16).padStart(16, '0')),
    leaf: fromHex(chain.inputs.leaf),
    data: fromHex(chain.sm4.tacData06)
  }))
  const once = concat(...taps.map((tap) => record(tap, slowTac(tap))))
  expect(verdictsOf(concat(once, once)).every((verdict) => verdict === TAC_VERDICT.valid)).toBe(true)
})

describe('the pool of worker threads', () => {
  const copies = 7001
  const many = new Uint8Array(copies * knownRecords.length)
  for (let i = 0; i < copies; i++) many.set(knownRecords, i * knownRecords.length)
  for (let i = 0; i < many.length; i += 977 * TAC_RECORD.stride) many[i + TAC_RECORD.tac]! ^= 0x80
  const count = many.length / TAC_RECORD.stride
  const expected = verdictsOf(many)

  test('gives each record its verdict, however many batches run at once, and leaves the records as they were', async () => {
    const pool = new TacPool(2)
    pool.setRoots(roots)
    const before = hex(many)
    const batches = [count, 1, 0, 8192, 20_000]
    const answers = await Promise.all(batches.map((records) => pool.verify(many, records)))
    answers.forEach((answer, i) => expect([...answer]).toEqual(expected.slice(0, batches[i])))
    expect(hex(many)).toBe(before)
    await pool.close()
  })

  test('reads shared memory', async () => {
    const pool = new TacPool(2)
    pool.setRoots(roots)
    const shared = new Uint8Array(new SharedArrayBuffer(many.length))
    shared.set(many)
    expect([...(await pool.verify(shared, count))]).toEqual(expected)
    await pool.close()
  })

  test('verifies with the keys it was given last', async () => {
    const pool = new TacPool(2)
    expect(new Set(await pool.verify(many, 600))).toEqual(new Set([TAC_VERDICT.noSuchKey]))
    pool.setRoots(roots)
    expect([...(await pool.verify(many, 600))]).toEqual(expected.slice(0, 600))
    await pool.close()
  })

  test('replaces threads that die: a piece that kills two is rejected, the next batch is verified', async () => {
    const pool = new TacPool(2)
    pool.setRoots([{ ...roots[0]!, key: new Uint8Array(5) }])
    await expect(pool.verify(many, 600)).rejects.toThrow('16 bytes')
    pool.setRoots(roots)
    expect([...(await pool.verify(many, 600))]).toEqual(expected.slice(0, 600))
    await pool.close()
  })

  test('rejects what is under way when it is closed', async () => {
    const pool = new TacPool(1)
    pool.setRoots(roots)
    const underWay = expect(pool.verify(many, count)).rejects.toThrow()
    await pool.close()
    await underWay
    await expect(pool.verify(many, 1)).rejects.toThrow('closed')
  })
})
