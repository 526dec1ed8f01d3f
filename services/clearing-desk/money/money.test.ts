// The money behind a settled day, over HTTP and by the worker: two persons, the bank with its mistakes, suspense to zero, reserves.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, expect, it } from 'vitest'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { ingestFile } from '../../../clearing/ingestion/ingest-file.ts'
import { fen } from '../../../clearing/money.ts'
import { findClearingCentre } from '../../../clearing/participants/participant-queries.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { sumSuspense } from '../../../clearing/reconciliation/suspense-queries.ts'
import { verifyChain } from '../../../clearing/ledger/verify-chain.ts'
import { closeDay } from '../../../clearing/settlement/close-day.ts'
import { settleDay } from '../../../clearing/settlement/settle-day.ts'
import { laySamplePayments } from '../../local/sample-province/sample-payments.ts'
import { createTestApp } from '../../test-app.ts'
import { openBank } from './open-bank.ts'
import { paymentJobs } from './payment-jobs.ts'
import { sendToBank } from './simulated-bank.ts'

const { parts, time, as, call } = await createTestApp()
const { context, sql } = parts
const people: Record<string, { authorization: string }> = {}
let day: BusinessDay

const get = async (path: string) => (await call({ url: `/v1/clearing/${path}`, headers: people['operator']! })).body
const post = async (who: string, path: string, payload?: object) =>
  await call({ method: 'POST', url: `/v1/clearing/${path}`, headers: people[who]!, ...(payload ? { payload } : {}) })

/** Sessions do not last for days. */
async function goOn(to: string): Promise<void> {
  time.now = new Date(to)
  for (const who of ['operator', 'operator2'] as const) people[who] = await as(who)
}

/** Whatever is due, until nothing is. */
async function work(): Promise<void> {
  for (const job of paymentJobs) for (const id of await job.due(parts, time.now)) await job.perform(parts, id, time.now)
}

const ofAccount = async (kind: string) => {
  const [row] = await sql<{ sum: number }[]>`
    select coalesce(sum(amount), 0)::bigint as sum from journal_entry join account on account.id = account where kind = ${kind}`
  return row!.sum
}

beforeAll(async () => {
  await goOn('2026-03-03T01:00:00Z')
  await seedParticipants(sql)
  const packed = new URL('../../local/sample-province/shenzhen-tong-2018-09-01.csv.gz', import.meta.url)
  const rides = gunzipSync(await readFile(packed))
    .toString('utf8')
    .split('\n')
    .slice(0, 400)
    .join('\n')
  const path = join(context.folders.inbox, 'rides.csv')
  await writeFile(path, `${rides}\n`)
  day = (await ingestFile(context, { path, name: 'rides.csv' }, time.now)).clearingDay!
  await closeDay(context, day, time.now)
  await settleDay(context, day, time.now)
})

it('pays members by two persons, on the next banking day, and the bank confirms', async () => {
  await work()
  const [first] = await get(`payments/${day}`)
  expect(first).toMatchObject({ dueOn: '2026-03-05', bank: null, explanation: 'not-approved' })
  expect(await post('operator', 'payments/2020-01-01/release')).toMatchObject({ body: { code: 'payments-not-found' } })
  expect(await post('operator', `payments/${day}/approve`)).toMatchObject({ body: { code: 'payments-not-possible' } })
  expect((await post('operator', `payments/${day}/release`)).status).toBe(200)
  expect(await post('operator', `payments/${day}/approve`)).toMatchObject({ body: { code: 'second-person-needed' } })
  expect((await post('operator2', `payments/${day}/approve`)).body).toMatchObject({ approvedAt: expect.any(String) })
  await work()
  expect((await get(`payments/${day}`))[0]).toMatchObject({ explanation: 'not-due' })
  await goOn('2026-03-05T02:00:00Z')
  await work()
  const all: { instruction: number; amount: number; bank: number | null; ledger: number; explanation: string }[] =
    await get(`payments/${day}`)
  expect(all.every((each) => each.ledger === each.amount)).toBe(true)
  for (const { instruction, amount, bank, explanation } of all) {
    const mistake = String(instruction).at(-1)
    if (mistake === '7') expect([explanation, bank]).toEqual(['within-tolerance', amount + 2])
    else if (mistake === '9') expect([explanation, bank]).toEqual(['in-suspense', null])
    else if (mistake === '4') expect(bank).toBeNull()
    else expect([explanation, bank]).toEqual(['agrees', amount])
  }
})

it('keeps what nobody can place in suspense, tells its age, and takes it to zero by two persons', async () => {
  await sendToBank(sql, { purpose: '货款', counterparty: '某某商贸', amount: fen(128_800) }, time.now)
  await sendToBank(sql, { purpose: '尾款', counterparty: '某某商贸', amount: fen(66) }, time.now)
  await work()
  await goOn('2026-03-09T02:00:00Z')
  const items: { id: number; purpose: string; amount: number; alarm: boolean; ageDays: number; reason: string }[] =
    await get('suspense')
  expect(items.every((item) => item.alarm && item.ageDays === 4)).toBe(true)
  const centre = (await findClearingCentre(sql)).id
  expect(await sumSuspense(sql, centre)).toBe(items.reduce((sum, { amount }) => sum + amount, 0))
  const waiting: { instruction: number; bank: number | null }[] = (await get(`payments/${day}`)).filter(
    (each: { bank: number | null }) => each.bank === null
  )
  const [strange, little] = ['货款', '尾款'].map((purpose) => items.find((item) => item.purpose === purpose)!)
  const lost = items.filter((item) => item !== strange && item !== little)
  expect(lost).toHaveLength(waiting.length)
  const propose = async (id: number, payload: object) => await post('operator', `suspense/${id}/propose`, payload)
  expect(await propose(999, { action: 'return' })).toMatchObject({ body: { code: 'suspense-not-found' } })
  for (const payload of [{ action: 'write-off' }, { action: 'assign' }])
    expect(await propose(strange!.id, payload)).toMatchObject({ body: { code: 'suspense-not-possible' } })
  await propose(strange!.id, { action: 'return' })
  await propose(little!.id, { action: 'write-off' })
  for (const [index, item] of lost.entries())
    await propose(item.id, { action: 'assign', instruction: waiting[index]!.instruction })
  expect(await post('operator', `suspense/${strange!.id}/approve`)).toMatchObject({
    body: { code: 'second-person-needed' }
  })
  for (const { id } of items) expect((await post('operator2', `suspense/${id}/approve`)).status).toBe(200)
  await work()
  expect(await sumSuspense(sql, centre)).toBe(0)
  expect((await get('suspense')).every((item: { clearedAt: string | null }) => item.clearedAt !== null)).toBe(true)
  expect((await verifyChain(sql, parts.keys)).fault).toBeNull()
})

it('weighs reserves against what is asked for before a holiday, and tells who is short once a day', async () => {
  await laySamplePayments(sql, time.now)
  await work()
  const reserves: { balance: number; required: number; topUp: number; notifiedAt: string | null }[] =
    await get('reserves')
  expect(reserves.some(({ topUp }) => topUp > 0)).toBe(true)
  expect(reserves.some(({ topUp }) => topUp === 0)).toBe(true)
  expect(reserves.reduce((sum, { balance }) => sum + balance, 0)).toBe(await ofAccount('reserve'))
  expect(reserves.every(({ topUp, notifiedAt }) => topUp > 0 === (notifiedAt !== null))).toBe(true)
  await work()
  expect((await sql`select from top_up_notice`).length).toBe(reserves.filter(({ topUp }) => topUp > 0).length)
  // The last banking day before seven closed ones asks for eight times the reserve of a day.
  const [weekday] = reserves
  await goOn('2026-09-30T02:00:00Z')
  expect((await get('reserves'))[0]).toMatchObject({ required: 8 * 2_000_000 })
  expect(weekday!.required).toBe(2_000_000)
})

it('orders nothing where no bank is connected', async () => {
  const bank = openBank({ sql, config: { ...parts.config, sample: false } })
  const order = { key: 'P1', counterparty: '12215840', amount: fen(1), dueOn: day }
  await expect(bank.order(order)).rejects.toMatchObject({ code: 'bank-not-connected' })
  expect(await bank.listLines(null)).toEqual([])
})
