import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openSoftwareKeyStore, type KeyStore } from '../../card-crypto/key-store.ts'
import { addDays, type BusinessDay } from '../business-day.ts'
import { transaction, type Database } from '../database.ts'
import { anchorKey } from '../ledger/sign-anchor.ts'
import { verifyChain } from '../ledger/verify-chain.ts'
import { seedParticipants } from '../participants/seed-participants.ts'
import { findParticipant } from '../participants/participant-queries.ts'
import { createTestDatabase } from '../test-database.ts'
import { closeDay } from './close-day.ts'
import { findDay, openDay } from './clearing-day-queries.ts'
import { settleDay } from './settle-day.ts'

const { sql } = await createTestDatabase({ connections: 20 })
const folder = mkdtempSync(join(tmpdir(), 'settle-'))
// Before all the days of these tests, as when an operator closes early: the next day is always the following one.
const now = new Date('2025-12-30T22:00:00Z')
let context: { sql: Database; keys: KeyStore }
let acquirer: number
let issuer: number
let centre: number
let day = '2026-01-01' as BusinessDay
let sequence = 0

beforeAll(async () => {
  const keys = await openSoftwareKeyStore({ file: join(folder, 'keys'), masterKey: randomBytes(16), tacWorkers: 0 })
  await keys.generateKey(anchorKey)
  context = { sql, keys }
  await seedParticipants(sql)
  acquirer = (await findParticipant(sql, '12215840'))!.id
  issuer = (await findParticipant(sql, '02205810'))!.id
  centre = (await findParticipant(sql, '30085800'))!.id
})
afterAll(async () => {
  await context.keys.close()
  rmSync(folder, { recursive: true })
})
/** Every test has a day of its own, after all earlier ones are settled. */
beforeEach(async () => {
  day = addDays(day, 1)
  await transaction(sql, async (tx) => openDay(tx, day, now))
})

interface Ride {
  amount: number
  price?: number
  passage?: number
}

/** A file as ingestion leaves it: rows, chunk and sums. */
async function acceptFile(rides: readonly Ride[], into: BusinessDay | null = day): Promise<number> {
  const amount = rides.reduce((sum, ride) => sum + ride.amount, 0)
  return await transaction(sql, async (tx) => {
    const [file] = await tx<{ id: number }[]>`
      insert into card_file (name, format, sender, digest, size, stored_as, state, line_count, accepted_count, amount)
      values (${randomUUID()}, 'cttic', ${acquirer}, ${randomBytes(32)}, 1, 'x', 'loading', ${rides.length},
        ${rides.length}, ${amount}) returning id`
    const id = file!.id
    await tx`
      select open_card_transaction_days(array[day]), key_card_transaction_day(day, 'card'),
        key_card_transaction_day(day, 'terminal'), attach_card_transaction_day(day)
      from (values (date '2026-03-01')) as ridden (day)`
    const rows = rides.map((ride, line) => ({
      transaction_day: '2026-03-01',
      card_number: 3_104_870_300_000,
      card_sequence: ++sequence,
      terminal_number: 1,
      terminal_sequence: sequence,
      occurred_at: now,
      amount: ride.amount,
      price: ride.price ?? ride.amount,
      file_id: id,
      line_number: line + 2,
      issuer,
      acquirer,
      service: 1,
      kind: 6,
      passage: ride.passage ?? 0,
      algorithm: 3
    }))
    if (rows.length > 0) await tx`insert into card_transaction ${tx(rows)}`
    await tx`insert into card_file_chunk values (${id}, 0, 0, 1, ${rides.length}, ${rides.length}, 0, ${amount})`
    if (into)
      await tx`update card_file set state = 'accepted', clearing_day = ${into}, accepted_at = now() where id = ${id}`
    return id
  })
}

/** Accepts as ingestion does: into the first open day, whose row it holds while it commits. */
async function acceptIntoOpenDay(rides: readonly Ride[]): Promise<void> {
  const id = await acceptFile(rides, null)
  for (;;) {
    const done = await transaction(sql, async (tx) => {
      const [open] = await tx<{ day: BusinessDay }[]>`
        select day from clearing_day where state = 'open' and day >= ${day} order by day limit 1 for share`
      if (!open) return false
      await tx`update card_file set state = 'accepted', clearing_day = ${open.day} where id = ${id}`
      return true
    })
    if (done) return
  }
}

const ten = Array.from({ length: 10 }, () => ({ amount: 200, price: 250 }))

describe('closing a day', () => {
  it('opens the next one, and closing it again changes nothing', async () => {
    const closed = await closeDay(context, day, now)
    expect(closed).toMatchObject({ day, state: 'closed', closedAt: now })
    expect(await findDay(sql, addDays(day, 1))).toMatchObject({ state: 'open' })
    expect(await closeDay(context, day, new Date())).toEqual(closed)
    await settleDay(context, day, now)
  })

  it('passes over days nobody opened because nothing ran', async () => {
    const late = new Date(`${addDays(day, 9)}T00:00:00Z`)
    await closeDay(context, day, late)
    const rows = await sql<{ day: BusinessDay }[]>`select day from clearing_day where day > ${day} order by day`
    // 08:00 in Shanghai belongs to the next morning's day.
    expect(rows.map((row) => row.day)).toEqual([addDays(day, 10)])
    await settleDay(context, day, now)
    day = addDays(day, 9)
  })

  it('keeps the order of days', async () => {
    await transaction(sql, async (tx) => openDay(tx, addDays(day, 1), now))
    await expect(closeDay(context, addDays(day, 1), now)).rejects.toMatchObject({
      code: 'earlier-day-open',
      facts: { day }
    })
    await expect(closeDay(context, '2030-01-01' as BusinessDay, now)).rejects.toMatchObject({
      code: 'clearing-day-not-found'
    })
    await closeDay(context, day, now)
    await settleDay(context, day, now)
  })
})

describe('settling a day', () => {
  it('pays ten rides of 2.00 as the sample BP says, and counts entries without money', async () => {
    await acceptFile([...ten, { amount: 0, passage: 1 }, { amount: 0, passage: 1 }])
    await closeDay(context, day, now)
    const settlement = await settleDay(context, day, now)
    expect(settlement).toMatchObject({ files: 1, transactions: 10, entries: 2, amount: 2000, price: 2500 })
    expect(settlement.totals).toMatchObject([{ acquirer, issuer, fee: '7', acquirerFee: '3.5', issuerFee: '2.1' }])
    const byId = (a: { participant: number }, b: { participant: number }) => a.participant - b.participant
    expect(settlement.positions).toEqual(
      [
        { participant: issuer, income: 0, expense: 1998 },
        { participant: acquirer, income: 1997, expense: 0 },
        { participant: centre, income: 1, expense: 0 }
      ].sort(byId)
    )
  })

  it('settles once, however many ask at the same time', async () => {
    await acceptFile(ten)
    await closeDay(context, day, now)
    const results = await Promise.all(Array.from({ length: 8 }, async () => await settleDay(context, day, new Date())))
    for (const result of results) expect(result).toEqual(results[0])
    const [count] = await sql`select count(*)::int as n from journal where reference = ${day}`
    expect(count).toEqual({ n: 1 })
    expect((await verifyChain(sql, context.keys)).fault).toBeNull()
  })

  it('refuses a day that is open, unknown, or behind an earlier one', async () => {
    await expect(settleDay(context, day, now)).rejects.toMatchObject({ code: 'clearing-day-not-closed' })
    await expect(settleDay(context, '2031-01-01' as BusinessDay, now)).rejects.toMatchObject({
      code: 'clearing-day-not-found'
    })
    await closeDay(context, day, now)
    const next = addDays(day, 1)
    await closeDay(context, next, now)
    await expect(settleDay(context, next, now)).rejects.toMatchObject({ code: 'earlier-day-open', facts: { day } })
    await settleDay(context, day, now)
    await settleDay(context, next, now)
    day = next
  })

  // what somebody did since the file came in, and how
  it.each([
    ['lost a row', 'card_transaction set file_id = -file_id', 'abs(file_id) = $1 and line_number = 2'],
    ['changed an amount', 'card_transaction set amount = 401 - amount', 'file_id = $1 and line_number = 3'],
    ['changed a count', 'card_file set accepted_count = 19 - accepted_count', 'id = $1'],
    ['changed a chunk', 'card_file_chunk set amount = 3999 - amount', 'file_id = $1']
  ])('stops when somebody %s since the file came in, and goes on when that is mended', async (_, assignment, where) => {
    const id = await acceptFile(ten)
    await closeDay(context, day, now)
    // Each change is its own undoing.
    const change = async () =>
      await transaction(sql, async (tx) => tx.unsafe(`update ${assignment} where ${where}`, [id]))
    await change()
    await expect(settleDay(context, day, now)).rejects.toMatchObject({ code: 'settlement-sums-differ' })
    await change()
    expect(await settleDay(context, day, now)).toMatchObject({ amount: 2000 })
  })

  it('settles a day without files to nothing, on record', async () => {
    await closeDay(context, day, now)
    const settlement = await settleDay(context, day, now)
    expect(settlement).toMatchObject({ files: 0, totals: [], obligations: [] })
    expect(settlement.positions).toEqual([{ participant: centre, income: 0, expense: 0 }])
  })
})

describe('the database itself', () => {
  it('refuses positions that do not sum to zero, and obligations that do not add up to them', async () => {
    const insert = async (expense: number, paid: number) =>
      await transaction(sql, async (tx) => {
        await tx`insert into position (day, participant, income, expense)
          values (${day}, ${acquirer}, 100, 0), (${day}, ${issuer}, 0, ${expense})`
        await tx`insert into obligation values (${day}, ${issuer}, ${acquirer}, ${paid})`
      })
    await expect(insert(99, 99)).rejects.toMatchObject({ constraint_name: 'positions_balance' })
    await expect(insert(100, 99)).rejects.toMatchObject({ constraint_name: 'obligations_add_up' })
    await closeDay(context, day, now)
    await settleDay(context, day, now)
  })
})

it('puts every file into exactly one day while days are closed and settled under load (R4)', async () => {
  const before = await sql<{ n: number }[]>`select count(*)::int as n from card_file`
  const first = day
  const rush = { on: true }
  let files = 0
  const senders = Array.from({ length: 6 }, async (_unused, sender) => {
    while (rush.on) {
      await acceptIntoOpenDay([{ amount: 100 + sender }, { amount: 3 }, { amount: 0, passage: 1 }])
      files++
    }
  })
  const closing = async () => {
    for (let round = 0; round < 30; round++) {
      await Promise.all([closeDay(context, day, now), closeDay(context, day, now)])
      const [one, other] = await Promise.all([settleDay(context, day, now), settleDay(context, day, now)])
      expect(one).toEqual(other)
      day = addDays(day, 1)
    }
  }
  await Promise.all([closing().finally(() => (rush.on = false)), ...senders])
  await closeDay(context, day, now)
  await settleDay(context, day, now)
  const [sums] = await sql`
    select (select count(*)::int from card_file) as files,
      (select sum(transactions)::int from settlement_total where day >= ${first}) as transactions,
      (select sum(entries)::int from settlement_total where day >= ${first}) as entries,
      (select sum(amount)::bigint from settlement_total where day >= ${first}) as settled,
      (select sum(amount)::bigint from card_file where clearing_day >= ${first}) as accepted,
      (select sum(net)::bigint from position) as net,
      (select count(*)::int from card_file where state = 'accepted' and clearing_day is null) as lost`
  expect(sums).toMatchObject({ files: before[0]!.n + files, transactions: files * 2, entries: files, net: 0, lost: 0 })
  expect(sums!['settled']).toBe(sums!['accepted'])
  expect((await verifyChain(sql, context.keys)).fault).toBeNull()
})
