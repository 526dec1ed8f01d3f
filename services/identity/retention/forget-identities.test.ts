import { describe, expect, test } from 'vitest'
import { hex } from '../../../card-crypto/bytes.ts'
import { addDays, calendarDay, shanghaiInstant } from '../../../clearing/business-day.ts'
import { at, buyer, clerk, createTestSale, person, today } from '../../ticketing/test-sale.ts'
import { showOrder } from '../../ticketing/show-order.ts'
import { digestDocument } from '../seal-identity.ts'
import { forgetIdentities, forgetIdentitiesJob } from './forget-identities.ts'
import { ageBandOf, keptFrom } from './retention-rules.ts'

const { sql, keys, parts, find, hold, sell, call, as } = await createTestSale()
const travelDay = addDays(today, 1)
/** The last day on which tickets of the travel day are kept, and the first on which they are not. */
const lastKept = shanghaiInstant(addDays(travelDay, 395), 12 * 3600)
const firstGone = shanghaiInstant(addDays(travelDay, 396), 12 * 3600)
const nextGone = new Date(firstGone.getTime() + 86_400_000)
const afterNext = new Date(nextGone.getTime() + 86_400_000)
const coach = async (day = travelDay) => (await find('天河客运站', '惠州', day))[0]!

/** Every row of every table that holds this text, as `table`. */
async function tablesWith(text: string): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select quote_ident(table_name) as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`
  const found: string[] = []
  for (const { name } of tables) {
    const rows = await sql.unsafe(`select 1 from ${name} as t where strpos(lower(t::text), lower($1)) > 0 limit 1`, [
      text
    ])
    if (rows.length > 0) found.push(name)
  }
  return found
}

test('kept to the last day of the clock, then nothing of the person can be found or recovered', async () => {
  const passenger = { ...person(), name: '欧阳忘川' }
  const order = await sell(await coach(), [passenger, person('half', '20180101')])
  const ticketNo = order.coupons[0]!.ticketNo!
  await call({ method: 'POST', url: `/v1/tickets/${ticketNo}/code`, headers: await as('clerk') })
  const digest = await digestDocument(keys, passenger.document!)
  const [sealed] = await sql<{ identity: Uint8Array; requestDigest: Uint8Array }[]>`
    select coupon.identity, placed.request_digest from coupon join ticket_order as placed on placed.id = coupon.order_id
    where coupon.ticket_no = ${ticketNo}`
  await sql`
    insert into identity_verdict (order_id, document_kind, document_digest, verdict, decision, answered_in_ms, asked_at)
    values (${order.id}, '01', ${digest}, 'match', 'sold', 5, ${at(6)})`
  const waited = await hold(await coach(), [person()])
  await sql.begin(async (tx) => {
    await tx`select set_config('app.tx', 'test', true)`
    await tx`select cancel_order(${waited.id})`
    await tx`insert into waitlist_entry (order_id, state, queue_number, deadline, filled_order)
      values (${waited.id}, 'FILLED', 1, ${at(8)}, ${order.id})`
    await tx`insert into waitlist_wish (entry, rank, departure, closes_at, hold)
      values (${waited.id}, 0, ${(await coach()).id}, ${at(8)}, ${tx.json({ document_digest: hex(digest) })})`
  })
  const traces = [hex(digest), hex(digest.subarray(0, 6)), hex(sealed!.identity), hex(sealed!.requestDigest)]
  expect(await tablesWith(traces[0]!)).toEqual(expect.arrayContaining(['coupon', 'identity_verdict', 'waitlist_wish']))

  expect(await forgetIdentities({ sql, keys }, lastKept)).toBe(0)
  expect((await showOrder({ sql, keys }, order.id, clerk)).coupons[0]!.passenger.name).toBe('欧阳忘川')

  expect(await forgetIdentities({ sql, keys }, firstGone)).toBe(2)
  for (const trace of [...traces, passenger.name, passenger.document!.number])
    expect(await tablesWith(trace)).toEqual([])

  const [kept] = await sql`
    select ticket_no, fare, document_kind, age_band, lower(stops) as stop from coupon where ticket_no = ${ticketNo}`
  expect(kept).toEqual({ ticketNo, fare: order.coupons[0]!.fare, documentKind: '01', ageBand: '18-59', stop: 0 })
  const shown = await showOrder({ sql, keys }, order.id, buyer)
  expect(shown.coupons[0]!.passenger).toEqual({ name: '*', documentKind: null, documentNumber: null })
  const reveal = await call({
    method: 'POST',
    url: `/v1/tickets/${ticketNo}/identity-reveals`,
    payload: { reason: 'police', note: '公函〔2028〕1号' },
    headers: await as('clerk')
  })
  expect(reveal.body.code).toBe('identity-forgotten')
  expect(await forgetIdentities({ sql, keys }, firstGone)).toBe(0)
})

test('the digest that stays is chance: the same document bought the same seat again meets nothing', async () => {
  const [rows] = await sql<{ different: number; all: number }[]>`
    select count(distinct document_digest)::integer as different, count(document_digest)::integer as all from coupon
    where forgotten_at is not null`
  expect(rows!.different).toBe(rows!.all)
})

describe('an order waits while something of it is open', () => {
  test('a hold that nobody ended; it goes once it is', async () => {
    const order = await hold(await coach(addDays(travelDay, 1)), [person()])
    expect(await forgetIdentities({ sql, keys }, nextGone)).toBe(0)
    await sql`select cancel_order(${order.id})`
    expect(await forgetIdentities({ sql, keys }, nextGone)).toBe(1)
  })

  test('a ticket of a suspended sailing, which stays valid', async () => {
    const order = await sell(await coach(addDays(travelDay, 2)), [person()])
    await sql.begin(async (tx) => {
      await tx`select set_config('app.tx', 'test', true)`
      await tx`update coupon set state = 'SUSPENDED' where order_id = ${order.id}`
    })
    expect(await forgetIdentities({ sql, keys }, afterNext)).toBe(0)
    expect((await showOrder({ sql, keys }, order.id, clerk)).coupons[0]!.passenger.documentKind).toBe('01')
  })
})

test('the job is due once a day, and not before the next', async () => {
  expect(await forgetIdentitiesJob.due(parts, afterNext)).toEqual([])
  const next = shanghaiInstant(addDays(calendarDay(afterNext), 1), 3600)
  expect(await forgetIdentitiesJob.due(parts, next)).toEqual([calendarDay(next)])
  await forgetIdentitiesJob.perform(parts, calendarDay(next), next)
  expect(await forgetIdentitiesJob.due(parts, next)).toEqual([])
})

describe('clocks', () => {
  const publish = async (payload: object) =>
    await call({
      method: 'POST',
      url: '/v1/retention-clocks',
      payload: { source: '测试', ...payload },
      headers: await as('operator')
    })

  test.each([
    ['retention-below-law', { subject: 'identity', validFrom: '2030-01-01', days: 364 }],
    ['retention-below-law', { subject: 'orders', validFrom: '2030-01-01', days: 1094 }],
    ['retention-too-early', { subject: 'identity', validFrom: '2026-12-01', days: 400 }],
    ['clock-exists', { subject: 'identity', validFrom: '2030-01-01', days: 400 }]
  ])('%s: %j', async (code, request) => {
    if (code === 'clock-exists') expect((await publish(request)).status).toBe(201)
    expect((await publish(request)).body.code).toBe(code)
  })

  test('all of the table of facts §9 are there', async () => {
    const { body } = await call({ url: '/v1/retention-clocks' })
    expect(Object.fromEntries(body.map((row: { subject: string; days: number }) => [row.subject, row.days]))).toEqual({
      identity: 395,
      video: 90,
      orders: 1095,
      invoices: 1825,
      'security-log': 365,
      'sharing-records': 1095,
      'idempotency-keys': 30
    })
  })
})

test.each([
  ['440100199003072033', travelDay, '18-59'],
  ['44520019991231102X', travelDay, '18-59'],
  ['11010519491231002X', travelDay, '60+'],
  ['E12345678', travelDay, null]
])('%s on %s → %s', (number, day, band) => {
  const kind = number.startsWith('E') ? '02' : '01'
  expect(ageBandOf({ name: '', document: { kind, number } }, day)).toBe(band)
})

test('395 days after travel is the last day', () => {
  expect(keptFrom(addDays(travelDay, 395), 395)).toBe(travelDay)
  expect(keptFrom(addDays(travelDay, 396), 395) > travelDay).toBe(true)
})
