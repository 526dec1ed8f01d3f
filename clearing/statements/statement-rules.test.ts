import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { BusinessDay } from '../business-day.ts'
import { bpRecord, ldRecord, readResultHeader } from '../card-files/result-layouts.ts'
import { fen, zeroFen } from '../money.ts'
import type { Participant } from '../participants/participant-schemas.ts'
import { feeFor } from '../rating/fee-rules.ts'
import { net, type RatedTotal } from '../settlement/net-rules.ts'
import { ResultSeries } from './statement-file.ts'
import { bpRecordOf, crRecords, ldRecords, resultBytes, serialsBefore, titleOf } from './statement-rules.ts'

const folder = await mkdtemp(join(tmpdir(), 'statements-'))
afterAll(async () => await rm(folder, { recursive: true }))

const day = '2024-03-16' as BusinessDay
const centre = 1
const member = (id: number, code: string): Participant => ({
  id,
  code,
  name: code,
  role: code.startsWith('0') ? 'issuer' : 'acquirer',
  company: code.slice(1, 4),
  cityCode: code.slice(4),
  state: 'active',
  fileProfile: 'cttic',
  settlesThrough: null,
  sample: true
})
const acquirer = member(20, '12215840')
const issuer = member(10, '02205810')
const participantOf = (id: number): Participant => (id === 10 ? issuer : acquirer)
const header = { clearingDay: day, receiver: acquirer.code }

// Ten rides of 2.00 (card.md §2.15); a dot is a space.
const rates = { chargeRate: '0.0035', acquirerShare: '0.5', issuerShare: '0.3' }
const tenRides: RatedTotal = {
  acquirer: 20,
  issuer: 10,
  service: 1,
  agreement: 1,
  transactions: 10,
  entries: 0,
  amount: fen(2000),
  price: fen(2000),
  ...feeFor(fen(2000), rates)
}
const sample = (text: string): string => text.replaceAll('·', ' ').replaceAll('\n', '\r\n')

describe('the small result files are, byte for byte, the samples of card.md §2.15', () => {
  it('LD', () => {
    const records = ldRecords(7, [{ id: 3, name: 'CD240315083015122158400000000019A', code: '000000' }])
    expect(resultBytes('LD', header, records).toString('latin1')).toBe(
      sample(`01
0000012024031612215840···0150FFFFFFFFFFFFFFFFFFFF
000000070001CD240315083015122158400000000019A·················000000SUCCESS·································FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
`)
    )
    expect(titleOf('LD', acquirer, { day, number: 7 }).name).toBe('LD240316000000122158400000000007A')
  })

  it('BP: 2000 − 7 + 3.5 = 1996.5, written 1997', () => {
    const { positions } = net([tenRides], centre)
    const records = [bpRecordOf(positions.find((position) => position.participant === 20))]
    expect(resultBytes('BP', header, records).toString('latin1')).toBe(
      sample(`01
0000012024031612215840···0180FFFFFFFFFFFFFFFFFFFF
00000000000000199700000000000000000000000000000000000000000000000000000000000000000000199700000FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
`)
    )
  })

  it('CR: shares of 3.5, 2.1 and 1.4 written 4, 2 and 1', () => {
    const bytes = resultBytes('CR', header, crRecords([tenRides], participantOf))
    expect(bytes).toHaveLength(271)
    expect(new TextDecoder('gbk').decode(bytes)).toBe(
      sample(`02
0000012024031612215840···0216FFFFFFFFFFFFFFFFFFFF
12215840···02205810···02205810···12215840···84510000000成功交易································000000000000000010000000000000002000000000000000000004000000000000000000000000000000000002000000000000000001000000FFFFF
`)
    )
  })
})

describe('BP', () => {
  // income, expense, sign, deposit change
  it.each([
    [0, 1998, '1', 1998],
    [5, 5, '0', 0],
    [9, 2, '0', 7]
  ])('of %i in and %i out has sign %s and moves %i', (income, expense, sign, depositChange) => {
    const record = bpRecord.read(bpRecordOf({ participant: 1, income: fen(income), expense: fen(expense) }))
    expect(record).toMatchObject({ income, expense, sign, depositChange })
  })

  it('is all zeros for a member the day moved no money for', () => {
    expect(bpRecord.read(bpRecordOf(undefined))).toMatchObject({ income: 0, expense: 0, sign: '0', depositChange: 0 })
  })
})

it('CR counts entries with the rides, and adds up the services of a pair', () => {
  const entries = { ...tenRides, service: 2, transactions: 0, entries: 4, amount: fen(0), ...feeFor(fen(0), rates) }
  expect(crRecords([tenRides, entries], participantOf)).toHaveLength(1)
  expect(crRecords([tenRides, entries], participantOf)[0]!.toString('latin1', 95, 113)).toBe('14'.padStart(18, '0'))
})

it('LD writes any name a sender may have thought of, cut to its field', () => {
  const names = ['../../etc/passwd', '广州公交'.repeat(10), 'smile 😀', '\u0000\r\n']
  const records = ldRecords(
    1,
    names.map((name, id) => ({ id, name, code: '010001' }))
  )
  const read = records.map((record) => ldRecord.read(record).fileName)
  expect(read).toEqual(['../../etc/passwd', '广州公交'.repeat(6) + '广', 'smile ?', '???'])
  expect(ldRecord.read(records[0]!).description).toBe('文件名不合法')
})

it('gives every line of a day a serial of its own', () => {
  const serials = serialsBefore([
    { id: 4, lineCount: 10 },
    { id: 9, lineCount: 3 }
  ])
  // Ten records, header and trailer: lines 1 to 12 of the first file come before line 1 of the second.
  expect([...serials]).toEqual([
    [4, 0],
    [9, 12]
  ])
})

describe('a result of more records than a header can count', () => {
  const series = (number: number) => ({
    folder,
    result: { ...header, kind: 'BP' as const },
    width: bpRecord.width,
    partMax: 3,
    titleOf: (part: number) => titleOf('BP', acquirer, { day, number }, part)
  })
  const write = async (number: number, place: { start: number; records: number; expected: number }) => {
    const result = new ResultSeries(series(number), place)
    for (let n = place.start; n < place.start + place.records; n++) {
      const at = result.reserve(bpRecord.width)
      bpRecordOf({ participant: 1, income: fen(n), expense: zeroFen }).copy(result.current.page, at)
    }
    await result.finish(false)
  }
  const read = async (number: number, part: number) => await readFile(join(folder, series(number).titleOf(part).name))

  it.each([
    [0, [0]],
    [3, [3]],
    [7, [3, 3, 1]]
  ])('of %i comes in parts of %j, each a sound file with a name of its own', async (expected, parts) => {
    await write(expected, { start: 0, records: expected, expected })
    for (const [index, records] of parts.entries())
      expect(readResultHeader('BP', await read(expected, index + 1)).records).toBe(records)
    await expect(read(expected, parts.length + 1)).rejects.toThrow('ENOENT')
  })

  it('is the same bytes when its stretches are written in any order, and again', async () => {
    await write(70, { start: 0, records: 7, expected: 7 })
    for (const [start, records] of [
      [5, 2],
      [0, 3],
      [3, 2],
      [5, 2]
    ] as const)
      await write(71, { start, records, expected: 7 })
    for (const part of [1, 2, 3]) expect(await read(71, part)).toEqual(await read(70, part))
  })

  it('is refused when another number of records comes than was settled, before it runs into what lies behind', async () => {
    const fewer = new ResultSeries(series(80), { start: 0, records: 5, expected: 9 })
    for (let n = 0; n < 4; n++) fewer.reserve(bpRecord.width)
    await expect(fewer.finish(false)).rejects.toMatchObject({ code: 'statement-sums-differ' })
    const more = new ResultSeries(series(81), { start: 0, records: 1, expected: 9 })
    more.reserve(bpRecord.width)
    expect(() => more.reserve(bpRecord.width)).toThrow(expect.objectContaining({ code: 'statement-sums-differ' }))
  })
})
