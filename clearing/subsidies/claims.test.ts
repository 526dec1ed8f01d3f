// Claims for discounts: by bearer and month, down to the single ride, signed, the same bytes whenever they are made, and the books empty
// of them once they are paid.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sm2VerifyFile } from '../../card-crypto/sm2-file.ts'
import type { BusinessDay } from '../business-day.ts'
import { openClearingContext, type ClearingContext } from '../context.ts'
import { transaction } from '../database.ts'
import { seedParticipants } from '../participants/seed-participants.ts'
import { seedDiscounts } from '../rating/discounts/seed-discounts.ts'
import { bring, price, type TestMonth } from '../rating/months/test-rides.ts'
import { listTransfers } from '../settlement/settlement-queries.ts'
import { statementKey } from '../statements/statement-schemas.ts'
import { createTestDatabase } from '../test-database.ts'
import { findPricedUntil, listClaimLegs, listUnclaimedMonths } from './claim-queries.ts'
import { issueClaims, recordClaimPayment } from './issue-claims.ts'

const { sql } = await createTestDatabase()
const folder = await mkdtemp(join(tmpdir(), 'claims-'))
const month = '2024-03-01' as BusinessDay
const guangzhou: TestMonth = { month, acquirer: '12205810', issuer: '02205810' }
const now = new Date('2041-03-03T12:00:00+08:00')
const ride = (card: number, sequence: number, charged = 1500) => ({
  card,
  sequence,
  minute: sequence * 30,
  price: 1500,
  charged,
  service: 2,
  mark: 0
})
const rides = (card: number) => [2, 4, 6, 8, 10, 12, 14, 16].map((sequence) => ride(card, sequence))
let context: ClearingContext

beforeAll(async () => {
  await seedParticipants(sql)
  await seedDiscounts(sql)
  context = await openClearingContext({ sql, keys: 'in-process', dataFolder: folder, sample: false })
  await price(sql, guangzhou, [...rides(1), ...rides(2)])
  await price(sql, { ...guangzhou, issuer: '02775880' }, rides(3))
})
afterAll(async () => {
  await context.keys.close()
  await rm(folder, { recursive: true, force: true })
})

/** What the ledger holds for a participant. */
async function balance(code: string, kind: string): Promise<number> {
  const [row] = await sql<{ sum: number }[]>`
    select coalesce(sum(entry.amount), 0)::integer as sum from journal_entry as entry join account on account.id = entry.account
    join participant on participant.id = account.participant where participant.code = ${code} and account.kind = ${kind}`
  return row!.sum
}

it('wait until the month’s days are priced', async () => {
  await bring(sql, guangzhou, [ride(9, 1)])
  const [open] = await sql<{ day: BusinessDay }[]>`select max(day)::text as day from clearing_day`
  expect(await findPricedUntil(sql)).toBe(open!.day)
  await expect(issueClaims(context, '2040-01-01' as BusinessDay, now)).rejects.toMatchObject({ code: 'month-not-over' })
  expect(await listUnclaimedMonths(sql, open!.day)).toEqual([month])
})

it('are made for each bearer, signed, with every ride behind them', async () => {
  const claims = await issueClaims(context, month, now)
  // Two rides of each card at 80 %: 300 fen each, of which the operator bears 90, the issuer 30 and the government 180.
  expect(claims.map(({ code, number, rides, amount, lines }) => ({ code, number, rides, amount, lines }))).toEqual([
    { code: '02205810', number: 1, rides: 4, amount: 120, lines: 4 },
    { code: '02775880', number: 1, rides: 2, amount: 60, lines: 2 },
    { code: 'authority-5810', number: 1, rides: 6, amount: 1080, lines: 6 }
  ])
  const publicKey = await context.keys.publicKey(statementKey)
  for (const { storedAs, signature } of claims) {
    const path = join(context.folders.published, storedAs!)
    expect(await sm2VerifyFile(publicKey, { path, signature: signature! })).toBe(true)
  }
  const text = await readFile(join(context.folders.published, claims[1]!.storedAs!), 'utf8')
  const lines = text.trimEnd().split('\r\n')
  expect(lines[1]).toMatch(
    /^\d+:7,2024-03-01 07:00:00,12205810,02775880,地铁,guangzhou-2023,ordinary,1500,1200,1500,6,9000,1,1,30$/
  )
  expect(lines.at(-1)).toBe('合计 sum 02775880,2024-03,1,,,,,,,,,,,,60')
  expect(await listUnclaimedMonths(sql, '2041-03-03' as BusinessDay)).toEqual([])
})

it('are made again, the same bytes under the same signature, when a file is gone, and change nothing else', async () => {
  const [before] = await issueClaims(context, month, now)
  const path = join(context.folders.published, before!.storedAs!)
  const bytes = [await readFile(path), await readFile(`${path}.sig`)]
  await rm(path)
  await rm(`${path}.sig`)
  const again = await issueClaims(context, month, new Date('2041-04-01T00:00:00Z'))
  expect(again).toHaveLength(3)
  expect(again[0]).toEqual(before)
  expect([await readFile(path), await readFile(`${path}.sig`)]).toEqual(bytes)
})

it('are paid: an issuer through the day’s settlement, an authority to the operators; what they bear themselves stays theirs', async () => {
  const [home, foshan, government] = await issueClaims(context, month, now)
  const transfers = await listTransfers(sql, home!.day)
  expect(transfers.filter(({ payer }) => [home!.bearer, foshan!.bearer].includes(payer))).toEqual(
    [home!, foshan!].map(({ bearer, amount }) => ({ payer: bearer, payee: transfers[0]!.payee, amount }))
  )
  expect(await listClaimLegs(sql, government!.id)).toEqual([{ payee: transfers[0]!.payee, amount: 1080 }])
  expect(await balance('02205810', 'discount')).toBe(0)
  expect(await balance('authority-5810', 'discount')).toBe(-1080)
  expect(await balance('12205810', 'subsidy')).toBe(540 + 1080)
  await recordClaimPayment(context, government!.id, now)
  expect(await balance('authority-5810', 'discount')).toBe(0)
  expect(await balance('12205810', 'subsidy')).toBe(540)
  // Its own share, and what its terminals charged too much.
  expect(await balance('12205810', 'discount')).toBe(-540 - 1800)
  await expect(recordClaimPayment(context, government!.id, now)).rejects.toMatchObject({ code: 'subsidy-claim-paid' })
  await expect(recordClaimPayment(context, 0, now)).rejects.toMatchObject({ code: 'subsidy-claim-not-found' })
})

it('that follow say only what came late changed, taken back rides with a minus', async () => {
  const [open] = await sql<{ day: BusinessDay }[]>`select min(day)::text as day from clearing_day
    where day not in (select day from discount_run)`
  await transaction(sql, async (tx) => {
    await tx`insert into discount_run (day, priced_at, rides, repriced) values (${open!.day}, now(), 0, 0)`
  })
  const { repriced } = await price(sql, guangzhou, [ride(1, 1)])
  expect(repriced).toBe(1)
  const claims = (await issueClaims(context, month, now)).filter(({ number }) => number === 2)
  expect(claims.map(({ code, rides, amount }) => ({ code, rides, amount }))).toEqual([
    { code: '02205810', rides: 1, amount: 30 },
    { code: 'authority-5810', rides: 1, amount: 180 }
  ])
})
