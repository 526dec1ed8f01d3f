// Disputes from the raising to the books: who may raise what and when, two files and two persons, a reversal and an adjusted row, and an
// adjustment statement for the two parties alone.
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tacBatch } from '../../card-crypto/tac-batch.ts'
import { publishAdjustment } from '../adjustments/publish-adjustment.ts'
import { settleAdjustment } from '../adjustments/settle-adjustment.ts'
import { addDays, compactDay, type BusinessDay } from '../business-day.ts'
import {
  cmRecord,
  edRecord,
  readAdFile,
  readCmFile,
  readEdFile,
  writeDisputeFile
} from '../card-files/dispute-layouts.ts'
import { openClearingContext, type ClearingContext } from '../context.ts'
import { fabricateCardDay } from '../fabrication/fabricate-card-day.ts'
import { sampleTacRoots } from '../fabrication/sample-keys.ts'
import { ingestFile } from '../ingestion/ingest-file.ts'
import { seedParticipants } from '../participants/seed-participants.ts'
import { closeDay } from '../settlement/close-day.ts'
import { findDay } from '../settlement/clearing-day-queries.ts'
import { publishDay } from '../settlement/publish-day.ts'
import { settleDay } from '../settlement/settle-day.ts'
import { verifyDay } from '../settlement/verify-day.ts'
import { createTestDatabase } from '../test-database.ts'
import { answerDispute, lapseDisputes } from './answer-dispute.ts'
import { approveBooking, proposeBooking } from './book-dispute.ts'
import { disputeFault, type Disputed, type DisputeRequest, type EarlierDispute } from './dispute-rules.ts'
import type { Dispute } from './dispute-schemas.ts'
import { bundleEvidence } from './evidence.ts'
import { raiseDispute, type RaisedDispute } from './raise-dispute.ts'
import { takeDisputeFile } from './take-dispute-file.ts'

describe('a dispute may be raised', () => {
  const publishedAt = new Date('2026-03-03T00:00:00Z')
  const now = new Date('2026-03-20T00:00:00Z')
  const original: Disputed = { acquirer: 1, issuer: 2, amount: 500, day: '2026-03-03' as BusinessDay, publishedAt }
  const terms = { raiseDays: 30, answerDays: 10, silence: 'agreed', feeRate: '0.01' } as const
  const request: DisputeRequest = { kind: 'chargeback', reason: '9101', adjustedAmount: 200, raisedBy: 2 }
  const booked: EarlierDispute = { kind: 'chargeback', state: 'booked' }

  it.each<
    [string, Partial<DisputeRequest>, Partial<Disputed> & { earlier?: EarlierDispute[]; at?: Date }, string | null]
  >([
    ['by the issuer for a chargeback', {}, {}, null],
    ['not by a third party', { raisedBy: 3 }, {}, '020017'],
    ['not by the acquirer for a chargeback', { raisedBy: 1 }, {}, '020029'],
    ['by the acquirer for a missing fare', { kind: 'missing-fare', raisedBy: 1, adjustedAmount: 700 }, {}, null],
    ['not for less, as a missing fare', { kind: 'missing-fare', raisedBy: 1, adjustedAmount: 300 }, {}, '020034'],
    ['not for more, as a chargeback', { adjustedAmount: 500 }, {}, '020034'],
    ['not for less than nothing', { adjustedAmount: -1 }, {}, '020034'],
    ['not with a reason nobody knows', { reason: '1234' }, {}, '020018'],
    ['not before the day is published', {}, { publishedAt: null }, '020075'],
    ['not after the deadline', {}, { at: new Date('2026-04-03T00:00:00Z') }, '020030'],
    ['not while another is under way', {}, { earlier: [{ kind: 'query', state: 'raised' }] }, '020025'],
    ['not twice as a chargeback', {}, { earlier: [booked] }, '020050'],
    ['as a negotiation, only after what it is about', { kind: 'negotiated-chargeback' }, {}, '020060'],
    ['as a negotiation of the acquirer likewise', { kind: 'negotiated-credit', raisedBy: 1 }, {}, '020055'],
    ['as a negotiation, after it', { kind: 'negotiated-chargeback' }, { earlier: [booked] }, null],
    ['as a query, without money', { kind: 'query', adjustedAmount: 500 }, {}, null],
    ['as a query, not with money', { kind: 'query' }, {}, '020034']
  ])('%s', (_, change, { earlier = [], at = now, ...other }, fault) => {
    expect(disputeFault({ ...request, ...change }, { ...original, ...other }, { terms, earlier, now: at })).toBe(fault)
  })
})

describe('on a published day', async () => {
  const { sql } = await createTestDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'dispute-'))
  const now = new Date('2026-03-03T02:30:00+08:00')
  const later = new Date('2026-03-05T10:00:00+08:00')
  const day = '2026-03-03' as BusinessDay
  const tacs = tacBatch(sampleTacRoots)
  let context: ClearingContext
  let lines: { id: string; acquirer: string; issuer: string; amount: number }[]

  beforeAll(async () => {
    await seedParticipants(sql)
    context = await openClearingContext({ sql, keys: 'in-process', dataFolder: folder, sample: true })
    const { files } = await fabricateCardDay(
      {
        transactions: 300,
        seed: 37,
        day: '2026-03-02' as BusinessDay,
        signTacs: (records, count) => tacs.stamp(records, count),
        acquirers: ['12215840'],
        troubles: { badTacs: 0, duplicates: 0, unknownIssuers: 0, hotlisted: 0, overdue: 0, late: 0 }
      },
      async (name, bytes) => await appendFile(join(folder, name), bytes)
    )
    for (const { name } of files) await ingestFile(context, { path: join(folder, name), name }, now)
    lines = await sql<typeof lines>`
      select file_id || ':' || line_number as id, acquirer.code as acquirer, issuer.code as issuer, amount
      from card_transaction
        join participant as acquirer on acquirer.id = acquirer
        join participant as issuer on issuer.id = issuer
      where amount > 100 order by file_id, line_number`
    await night(day)
  })
  afterAll(async () => {
    await context.keys.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function night(which: BusinessDay, at = now): Promise<void> {
    await closeDay(context, which, at)
    await settleDay(context, which, at)
    await publishDay(context, which, at)
  }

  function chargeback(n: number, change: Partial<RaisedDispute> = {}): RaisedDispute {
    const { id, issuer } = lines[n]!
    return { transaction: id, kind: 'chargeback', reason: '9102', adjustedAmount: 0, raisedBy: issuer, ...change }
  }
  const refused = (code: string) =>
    expect.objectContaining({ code: 'dispute-refused', facts: expect.objectContaining({ code }) })

  let first: Dispute

  it('is raised once, by a party to it, about a line that is there', async () => {
    const attempts = await Promise.allSettled([1, 2].map(async () => await raiseDispute(context, chargeback(0), later)))
    expect(attempts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    first = attempts.find((each) => each.status === 'fulfilled')!.value
    expect(first).toMatchObject({
      state: 'raised',
      amount: lines[0]!.amount,
      adjustedAmount: 0,
      answeredBy: '12215840'
    })
    expect((await findDay(sql, day))!.state).toBe('disputed')
    await expect(raiseDispute(context, chargeback(0), later)).rejects.toEqual(refused('020025'))
    await expect(raiseDispute(context, chargeback(1, { raisedBy: '99999999' }), later)).rejects.toMatchObject({
      code: 'participant-not-found'
    })
    await expect(raiseDispute(context, chargeback(1, { transaction: '1:999999' }), later)).rejects.toEqual(
      refused('020007')
    )
    await expect(raiseDispute(context, chargeback(1, { transaction: 'x' }), later)).rejects.toMatchObject({
      code: 'transaction-not-found'
    })
  })

  it('comes and is answered by files, each party told with the next day’s results', async () => {
    const ed = edRecord.write({
      clearingDay: compactDay(day),
      clearingSequence: String(Number(lines[1]!.id.split(':')[1])).padStart(12, '0'),
      acquirerSequence: '0'.repeat(12),
      acquirerDate: '00000000',
      retrievalReference: '',
      adjustment: '2',
      kind: '9003',
      ...(await cardOf(lines[1]!.id)),
      adjustedBusiness: '8451',
      adjustedAmount: 100,
      merchantCategory: '0000',
      channel: '00',
      date: '20260302',
      time: '080000',
      test: '0',
      reason: '9101',
      raisedBy: lines[1]!.issuer,
      issuer: lines[1]!.issuer,
      acquirer: '12215840'
    })
    const strange = Buffer.from(ed)
    strange.write('9999', edRecord.offset.kind, 'latin1')
    const wrongCard = Buffer.from(ed)
    wrongCard.write('000099', edRecord.offset.cardSequence, 'latin1')
    const name = `ED260305000000${lines[1]!.issuer}0000000001H`
    const file = { name, bytes: writeDisputeFile('ED', lines[1]!.issuer, [ed, strange, wrongCard]) }
    const { records } = await takeDisputeFile(context, file, later)
    expect(records.map(({ code }) => code)).toEqual(['000000', '020018', '020008'])
    expect((await takeDisputeFile(context, file, later)).records[0]!.code).toBe('020025')

    const next = addDays(day, 1)
    await night(next, later)
    const [edOut] = await published(next, 'ED', '12215840')
    const told = readEdFile(edOut!)
    expect(told.records.map((record) => [record.raisedBy, record.adjustedAmount])).toEqual([
      [lines[0]!.issuer, 0],
      [lines[1]!.issuer, 100]
    ])
    const answer = (n: number, code: string) => {
      const { acquirerSequence: _, acquirerDate: __, reason: ___, ...record } = told.records[n]!
      return cmRecord.write({ ...record, answer: code, answeredBy: '12215840' })
    }
    const cm = {
      name: 'CM260305000000122158400000000001H',
      bytes: writeDisputeFile('CM', '12215840', [answer(0, '01'), answer(1, '02'), answer(1, '77')])
    }
    expect((await takeDisputeFile(context, cm, later)).records.map(({ code }) => code)).toEqual([
      '000000',
      '000000',
      '020036'
    ])
    // Days on which nothing ran are passed over.
    const after = addDays(day, 3)
    await night(after, later)
    const answers = await published(after, 'CM')
    expect(answers.flatMap((bytes) => readCmFile(bytes).records.map((record) => record.answer)).sort()).toEqual([
      '01',
      '02'
    ])
  })

  it('is booked by two persons: a reversal and an adjusted row, settled and told to the parties alone', async () => {
    await expect(approveBooking(context, first.id, { checker: 'b', now: later })).rejects.toMatchObject({
      code: 'dispute-decided'
    })
    await expect(proposeBooking(context, 999, { maker: 'a', now: later })).rejects.toMatchObject({
      code: 'dispute-not-found'
    })
    await proposeBooking(context, first.id, { maker: 'a', now: later })
    await expect(approveBooking(context, first.id, { checker: 'a', now: later })).rejects.toMatchObject({
      code: 'second-person-needed'
    })
    const { adjustment } = await approveBooking(context, first.id, { checker: 'b', now: later })
    expect(adjustment).toBe(1)
    await settleAdjustment(context, day, { number: 1, now: later })
    const files = await publishAdjustment(context, day, { number: 1, now: later })
    expect(new Set(files.map((file) => file.participant)).size).toBe(3)
    const ad = files.filter((file) => file.kind === 'AD')
    expect(ad).toHaveLength(2)
    const { records } = readAdFile(await readFile(join(context.folders.published, ad[0]!.storedAs)))
    expect(records.map((record) => [record.adjustment, record.adjustedAmount])).toEqual([
      ['1', lines[0]!.amount],
      ['2', 0]
    ])
    expect(records[0]!.fee.startsWith('-')).toBe(true)
    const [sums] = await sql`
      select sum(net)::integer as net, count(*)::integer as parties, sum(abs(net))::integer as moved from adjustment_position`
    expect(sums).toMatchObject({ net: 0, parties: 3 })
    expect(sums!['moved']).toBeGreaterThan(2 * (lines[0]!.amount - 10))
    expect((await findDay(sql, day))!.state).toBe('published')
    expect((await verifyDay(context, day)).firstFault).toBeNull()
    const page = files.find((file) => file.kind === 'statement')!
    expect(await readFile(join(context.folders.published, page.storedAs), 'utf8')).toContain('退单')
  })

  it('is decided by the clock when nobody answers in time', async () => {
    const silent = await raiseDispute(context, chargeback(2), later)
    const late = new Date(silent.answerDue.getTime() + 1000)
    await expect(answerDispute(context, silent.id, { answer: 'declined', by: '12215840', now: late })).rejects.toEqual(
      refused('020031')
    )
    await expect(
      answerDispute(context, silent.id, { answer: 'agreed', by: lines[2]!.issuer, now: later })
    ).rejects.toEqual(refused('020017'))
    expect(await lapseDisputes(context, later)).toBe(0)
    expect(await lapseDisputes(context, late)).toBe(1)
    const query = await raiseDispute(context, chargeback(3, { kind: 'query', adjustedAmount: lines[3]!.amount }), later)
    expect(await answerDispute(context, query.id, { answer: 'agreed', by: '12215840', now: later })).toMatchObject({
      state: 'answered'
    })
  })

  it('has its evidence in one signed archive', async () => {
    const { bytes } = await bundleEvidence(context, first.id)
    const text = bytes.toString('utf8')
    for (const part of [
      'evidence.json.sig',
      'line.txt',
      '"event": "booked"',
      '"byteOffset"',
      'openssl dgst -sm3 -verify'
    ])
      expect(text).toContain(part)
    await expect(bundleEvidence(context, 999)).rejects.toMatchObject({ code: 'dispute-not-found' })
  })

  it('takes no file it cannot read, or of a sender nobody knows', async () => {
    const bytes = writeDisputeFile('ED', '12215840', [])
    const code = async (name: string, content: Buffer) =>
      await takeDisputeFile(context, { name, bytes: content }, later).then(
        () => 'taken',
        (error: { code: string; facts: { code: string } }) => `${error.code} ${error.facts.code}`
      )
    expect(await code('ED260305000000122158400000000009H', bytes)).toBe('taken')
    expect(await code('ED260305000000122158400000000009A', bytes)).toBe('dispute-file-refused 010007')
    expect(await code('ED260305000000999999990000000009H', bytes)).toBe('dispute-file-refused 010004')
    expect(await code('ED260305000000116160200000000009H', bytes)).toBe('dispute-file-refused 010009')
    expect(await code('ED9', bytes)).toBe('dispute-file-refused 010001')
    expect(await code('ED260305000000122158400000000009H', bytes.subarray(9))).toBe('dispute-file-refused 010010')
  })

  async function cardOf(id: string): Promise<{ cardNumber: string; cardSequence: number; balanceBefore: number }> {
    const [file, line] = id.split(':').map(Number)
    const [row] = await sql<{ cardNumber: string; cardSequence: number; balanceBefore: number }[]>`
      select card_number::text as card_number, card_sequence, balance_before from card_transaction
      where file_id = ${file!} and line_number = ${line!}`
    return row!
  }

  async function published(which: BusinessDay, kind: string, code?: string): Promise<Buffer[]> {
    const files = await sql<{ storedAs: string }[]>`
      select stored_as from published_file join participant on participant.id = participant
      where day = ${which} and kind = ${kind} and (${code ?? null}::text is null or participant.code = ${code ?? null})`
    return await Promise.all(files.map(async (file) => await readFile(join(context.folders.published, file.storedAs))))
  }
})
