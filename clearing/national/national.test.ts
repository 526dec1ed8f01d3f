// Levels, end to end: foreign cards here and our cards elsewhere, over the interface's own transfer, with a national centre that behaves, and
// with one that rejects, forgets and charges more. Whatever it does, the books are zero and the account with it is explained to the fen.
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tacBatch } from '../../card-crypto/tac-batch.ts'
import { publishAdjustment } from '../adjustments/publish-adjustment.ts'
import { settleAdjustment } from '../adjustments/settle-adjustment.ts'
import { addDays, type BusinessDay } from '../business-day.ts'
import { readFile as readInterfaceFile } from '../card-files/exchange/every-file.ts'
import { binRecord, writeListHeader } from '../card-files/result-layouts.ts'
import { openClearingContext, type ClearingContext } from '../context.ts'
import { transaction } from '../database.ts'
import { approveBooking, proposeBooking } from '../disputes/book-dispute.ts'
import { fabricateCardDay, type FabricationOptions } from '../fabrication/fabricate-card-day.ts'
import { sampleTacRoots } from '../fabrication/sample-keys.ts'
import { ingestFile } from '../ingestion/ingest-file.ts'
import { fen, sumFen } from '../money.ts'
import { findNationalCentre, findParticipant, listBins, listParticipants } from '../participants/participant-queries.ts'
import { accountsOf, atAccounts, routeOf } from '../participants/route-rules.ts'
import { seedParticipants } from '../participants/seed-participants.ts'
import { closeDay } from '../settlement/close-day.ts'
import { netOf } from '../settlement/net-rules.ts'
import { publishDay } from '../settlement/publish-day.ts'
import { settleDay } from '../settlement/settle-day.ts'
import { verifyDay } from '../settlement/verify-day.ts'
import { createTestDatabase } from '../test-database.ts'
import { listDifferences, settleDifference } from './difference-queries.ts'
import { exchangeWithNationalCentre, reconcileAccount } from './exchange.ts'
import { openNationalCentre, type NationalCentre } from './national-centre.ts'
import { listForwardings, listResults } from './national-queries.ts'
import { beijing, seedNationalCentre } from './seed-national-centre.ts'
import { startSimulatedCentre, type CentreConduct, type SimulatedCentre } from './simulated-centre.ts'
import { takeBins } from './take-bins.ts'

const tacs = tacBatch(sampleTacRoots)
const noTroubles = { badTacs: 0, duplicates: 0, unknownIssuers: 0, hotlisted: 0, overdue: 0, late: 0 }
const rideDay = '2026-03-02' as BusinessDay
const day = addDays(rideDay, 1)
const inTime = new Date('2026-03-03T02:30:00+08:00')
const morning = new Date('2026-03-03T05:00:00+08:00')

async function fabricate(folder: string, options: Partial<FabricationOptions>): Promise<string[]> {
  const { files } = await fabricateCardDay(
    {
      transactions: 400,
      seed: 5,
      day: rideDay,
      signTacs: (records, count) => tacs.stamp(records, count),
      troubles: noTroubles,
      ...options
    },
    async (name, bytes) => await appendFile(join(folder, name), bytes)
  )
  return files.map((file) => file.name)
}

interface Region {
  context: ClearingContext
  centre: NationalCentre
  simulated: SimulatedCentre
  stop(): Promise<void>
}

/** A cleared day with 60 rides of Beijing's cards here, and 90 of our cards in Beijing waiting with the national centre. */
async function region(conduct: CentreConduct): Promise<Region> {
  const { sql } = await createTestDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'national-'))
  await seedParticipants(sql)
  await seedNationalCentre(sql)
  const context = await openClearingContext({ sql, keys: 'in-process', dataFolder: folder, sample: true })
  const simulated = await startSimulatedCentre(join(folder, 'simulated'), { conduct })
  const counterpart = { host: '127.0.0.1', port: simulated.port, organisation: '30085800', shortName: '广东' }
  const [abroad] = await fabricate(folder, { transactions: 90, seed: 7, acquirers: [beijing.acquirer] })
  await simulated.takeAbroad(abroad!, await readFile(join(folder, abroad!)))
  const stranger = { code: beijing.issuer, bin: beijing.bin }
  const troubles = { ...noTroubles, unknownIssuers: 60, badTacs: 3 }
  for (const name of await fabricate(folder, { acquirers: ['12205810', '12215840'], stranger, troubles }))
    await ingestFile(context, { path: join(folder, name), name }, inTime)
  return {
    context,
    simulated,
    centre: openNationalCentre(counterpart, folder),
    async stop() {
      await simulated.stop()
      await context.keys.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function clear({ context }: Region, of: BusinessDay, now: Date) {
  await closeDay(context, of, now)
  const settlement = await settleDay(context, of, now)
  await publishDay(context, of, now)
  return settlement
}

describe('where a transaction is cleared', () => {
  const party = (id: number, company: string, settlesThrough: number | null = null) => ({ id, company, settlesThrough })
  it.each([
    ['one company', party(1, '220'), party(2, '220'), 'on-us'],
    ['two cities of the province', party(1, '220'), party(2, '221'), 'within-province'],
    ['a foreign card here', party(1, '220'), party(2, '101', 9), 'cross-province'],
    ['our card elsewhere', party(1, '101', 9), party(2, '220'), 'cross-province'],
    ['two companies that share digits, in two provinces', party(1, '220'), party(2, '220', 9), 'cross-province']
  ])('%s', (_, acquirer, issuer, route) => expect(routeOf({ acquirer, issuer })).toBe(route))

  it('and by whose account: the national centre’s, for whoever is behind it', () => {
    const accountOf = accountsOf([party(1, '220'), party(2, '101', 9)])
    expect(atAccounts([{ acquirer: 1, issuer: 2, amount: 5 }], accountOf)).toEqual([
      { acquirer: 1, issuer: 9, amount: 5 }
    ])
  })
})

describe('a national centre that behaves', () => {
  let here: Region
  let ids: Map<string, number>
  beforeAll(async () => {
    here = await region({})
    ids = new Map((await listParticipants(here.context.sql)).map((each) => [each.code, each.id]))
  })
  afterAll(async () => await here.stop())

  it('is one party of the day: its position stands for those behind it, and all of them sum to zero', async () => {
    const settlement = await clear(here, day, morning)
    const foreign = settlement.totals.filter((total) => total.issuer === ids.get(beijing.issuer))
    expect(foreign.reduce((sum, total) => sum + total.transactions, 0)).toBe(60)
    const positions = new Map(settlement.positions.map((each) => [each.participant, each]))
    expect(positions.has(ids.get(beijing.issuer)!)).toBe(false)
    const amount = sumFen(foreign.map((total) => total.amount))
    // Half of the fee of 0.35 % stays with it.
    expect(positions.get(ids.get('00000000')!)).toMatchObject({
      income: 0,
      expense: Math.round(amount * (1 - 0.0035 / 2))
    })
    expect(sumFen(settlement.positions.map(netOf))).toBe(0)
    expect(settlement.obligations.every(({ payer }) => payer !== ids.get(beijing.issuer))).toBe(true)
  })

  it('is sent every cross-province line as it came, once', async () => {
    const { context, centre } = here
    const { sent, taken, chased } = await exchangeWithNationalCentre(context, centre, morning)
    expect({ sent, taken, chased }).toEqual({ sent: 1, taken: 5, chased: [] })
    const [forwarding] = await listForwardings(context.sql, 10)
    expect(forwarding).toMatchObject({
      day,
      lines: 60,
      answerCode: '000000',
      name: 'CD260303030000300858000000000001A'
    })
    const bytes = await readFile(join(context.folders.published, forwarding!.storedAs))
    const file = readInterfaceFile('CD', bytes)
    expect(file).toMatchObject({ organisation: '30085800' })
    expect(file.rows).toHaveLength(60)
    expect(new Set(file.rows.map((row) => row['issuer']))).toEqual(new Set([beijing.issuer]))
    expect(await exchangeWithNationalCentre(context, centre, morning)).toMatchObject({ sent: 0, taken: 0, returned: 0 })
  })

  it('answers every line as we reckoned, and its sums are those of its lines', async () => {
    const { sql } = here.context
    expect(await listDifferences(sql, { open: false, limit: 10 })).toEqual([])
    expect(await sql`select code, count(*)::integer as lines from forwarded_line group by code`).toEqual([
      { code: '000000', lines: 60 }
    ])
    const results = await listResults(sql, 10)
    const lines = Object.fromEntries(results.map((each) => [each.kind, each.lines]))
    expect(lines).toMatchObject({ BP: 1, CL: 90, FB: 60, LD: 1 })
  })

  it('brings rides of our cards elsewhere: proved, re-rated and handed to their issuers', async () => {
    const { sql, folders } = here.context
    const clearing = (await listResults(sql, 10)).find(({ kind }) => kind === 'CL')!
    const next = addDays(day, 1)
    const settlement = await clear(here, next, new Date('2026-03-04T04:00:00+08:00'))
    const abroad = settlement.totals.filter((total) => total.acquirer === ids.get(beijing.acquirer))
    expect(abroad.reduce((sum, total) => sum + total.transactions + total.entries, 0)).toBe(90)
    expect(sumFen(abroad.map((total) => total.amount))).toBe(clearing.amount)
    expect(sumFen(settlement.positions.map(netOf))).toBe(0)
    const files = await sql<{ storedAs: string }[]>`
      select stored_as from published_file where day = ${next} and kind = 'CL'`
    const told = await Promise.all(
      files.map(async ({ storedAs }) => readInterfaceFile('CL', await readFile(join(folders.published, storedAs))).rows)
    )
    expect(told.flat()).toHaveLength(90)
    const [ride] = told.flat().filter((row) => row['amount'] === 200)
    // Our issuer gets a fifth of 0.7 fen; they said three tenths.
    expect(ride).toMatchObject({ acquirer: beijing.acquirer, fee: '0.7', issuerFee: '0.14', acquirerFee: '0.49' })
    for (const of of [day, next]) expect((await verifyDay(here.context, of)).firstFault).toBeNull()
  })

  it('and we hold the same account, to the rounding of a day', async () => {
    const account = (await reconcileAccount(here.context.sql))!
    expect(account).toMatchObject({ unanswered: '0', rejected: '0', feeDifferences: '0', unexplained: 0 })
    expect(account.ours).not.toBe(0)
    expect(Math.abs(account.ours - account.theirs)).toBeLessThanOrEqual(1)
  })

  it('gives out its BINs: what it no longer names ends, what is new begins, and ours stay ours', async () => {
    const { sql } = here.context
    const rows = [
      { issuer: '02012900', bin: '31042900' },
      { issuer: '02215840', bin: '31048704' }
    ]
    const from = '2026-04-01' as BusinessDay
    for (let twice = 0; twice < 2; twice++) await transaction(sql, async (tx) => await takeBins(tx, rows, from))
    const bins = await listBins(sql)
    expect(bins.find(({ bin }) => bin === beijing.bin)).toMatchObject({ validTo: '2026-03-31' })
    expect(bins.filter(({ bin }) => bin === '31042900')).toMatchObject([{ validFrom: from, validTo: null }])
    expect(bins.filter(({ bin }) => bin === '31048704')).toMatchObject([{ validFrom: '2018-01-01', validTo: null }])
    expect(await findParticipant(sql, '02012900')).toMatchObject({
      cityCode: '2900',
      settlesThrough: (await findNationalCentre(sql))!.id
    })
    expect(await findParticipant(sql, '02215840')).toMatchObject({ settlesThrough: null })
    expect(Buffer.concat([writeListHeader(0), binRecord.write({ issuer: '1', bin: '2' })]).length).toBe(32 + 23)
  })
})

describe('a national centre that rejects, forgets and charges more', () => {
  let here: Region
  beforeAll(async () => {
    here = await region({ rejectEvery: 10, forgetEvery: 12, chargeMoreEvery: 7 })
    await clear(here, day, morning)
    await exchangeWithNationalCentre(here.context, here.centre, morning)
  })
  afterAll(async () => await here.stop())

  const kinds = async () => {
    const open = await listDifferences(here.context.sql, { open: true, limit: 1000 })
    return Object.fromEntries([...Map.groupBy(open, (each) => each.kind)].map(([kind, list]) => [kind, list.length]))
  }

  it('is found out line by line, and the account says why it is not ours', async () => {
    // Of 60: 5 are forgotten, of those that are not 5 are rejected, 8 cost more.
    expect(await kinds()).toEqual({ 'line-rejected': 5, 'keep-differs': 8 })
    const account = (await reconcileAccount(here.context.sql))!
    expect(Number(account.unanswered)).toBeGreaterThan(0)
    expect(Number(account.rejected)).toBeGreaterThan(0)
    expect(Number(account.feeDifferences)).toBeGreaterThan(0)
    expect(account.unexplained).toBe(0)
  })

  it('is asked about it, and asked again, until somebody settles it', async () => {
    const { context, centre } = here
    const soon = await exchangeWithNationalCentre(context, centre, new Date('2026-03-03T06:00:00+08:00'))
    expect(soon.chased).toEqual([])
    const later = await exchangeWithNationalCentre(context, centre, new Date('2026-03-07T06:00:00+08:00'))
    expect(later.chased.map((each) => each.kind).sort()).toEqual([
      ...Array<string>(8).fill('keep-differs'),
      'unanswered'
    ])
    const unanswered = later.chased.find((each) => each.kind === 'unanswered')!
    expect(unanswered).toMatchObject({ detail: '5', chases: 1 })
    for (const { id } of later.chased.filter((each) => each.kind === 'keep-differs'))
      expect(
        await transaction(context.sql, async (tx) => await settleDifference(tx, id, { by: 'operator', now: morning }))
      ).toBe(true)
    const again = await exchangeWithNationalCentre(context, centre, new Date('2026-03-09T06:00:00+08:00'))
    expect(again.chased).toMatchObject([{ kind: 'unanswered', chases: 2 }])
  })

  it('has its rejected lines taken back from the acquirers by two persons, and then the account says so no more', async () => {
    const { context } = here
    const now = new Date('2026-03-09T10:00:00+08:00')
    const disputes = await context.sql<{ id: number; state: string }[]>`select id, state from dispute order by id`
    expect(disputes.map((each) => each.state)).toEqual(Array<string>(5).fill('agreed'))
    for (const { id } of disputes) {
      await proposeBooking(context, id, { maker: 'A', now })
      await approveBooking(context, id, { checker: 'B', now })
    }
    await settleAdjustment(context, day, { number: 1, now })
    const files = await publishAdjustment(context, day, { number: 1, now })
    const national = (await findNationalCentre(context.sql))!
    expect(files.filter((file) => file.kind === 'AD' && file.participant === national.id)).toHaveLength(1)
    const account = (await reconcileAccount(context.sql))!
    expect(account).toMatchObject({ rejected: '0', unexplained: 0 })
    await exchangeWithNationalCentre(context, here.centre, now)
    expect(await kinds()).toEqual({ unanswered: 1 })
    expect((await verifyDay(context, day)).firstFault).toBeNull()
    const [sum] = await context.sql<{ net: number }[]>`select sum(amount)::bigint as net from journal_entry`
    expect(sum!.net).toBe(fen(0))
  })
})
