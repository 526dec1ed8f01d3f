import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, expect, inject, test } from 'vitest'
import { Redis } from 'ioredis'
import { connect } from '../../clearing/database.ts'
import { addDays } from '../../clearing/business-day.ts'
import { Refusal } from '../../clearing/refusal.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { holdOrder } from './hold-order.ts'
import { payOrder } from './pay-order.ts'
import { refundTickets } from './refunds/refund-tickets.ts'
import { showOrder } from './show-order.ts'
import { at, buyer, createTestSale, person, today, watchUncaught } from './test-sale.ts'
import type { OrderRequest } from './ticketing-schemas.ts'
import { releaseExpiredHolds } from './ticketing-jobs.ts'

const { sql, keys, paying, parts, find, request, hold, sell, placesLeft, assertSound } = await createTestSale()
let coaches: Departure[]
beforeAll(async () => {
  coaches = (await find('天河客运站', '惠州汽车总站', addDays(today, 3))).filter(({ line }) => line === 'SL001')
})

test('R1, short: 200 buyers at once for a coach of 45 seats buy exactly 45, and 155 hear why not', async () => {
  const coach = coaches[0]!
  const buy = async (): Promise<string> => {
    const id = randomUUID()
    await holdOrder({ sql, keys }, { id, request: request(coach, [person()]), owner: buyer.owner }, at(6))
    const { state } = await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
    return state
  }
  const answers = await Promise.all(
    Array.from({ length: 200 }, () =>
      buy().catch((error: unknown) => (error instanceof Refusal ? error.code : String(error)))
    )
  )
  expect(Object.fromEntries([...Map.groupBy(answers, String)].map(([answer, all]) => [answer, all.length]))).toEqual({
    SUCCEEDED: 45,
    'no-places-left': 155
  })
  const seats = await sql`select seat_number from coupon where departure = ${coach.id} and state = 'ISSUED'`
  expect(new Set(seats.map((row) => row['seatNumber'])).size).toBe(45)
  expect(await placesLeft(coach)).toBe(0)
  await assertSound()
})

test('R1, with stretches, parties, cancellations and refunds at once: no place is lost or sold twice', async () => {
  const whole = (await find('天河客运站', '汕头汽车站', addDays(today, 3))).find(({ line }) => line === 'SM001')!
  const part = async (from: string, to: string) =>
    (await find(from, to, addDays(today, 3))).find(({ id }) => id === whole.id)!
  const parts = [
    whole,
    await part('天河客运站', '海丰'),
    await part('惠州汽车总站', '汕头汽车站'),
    await part('海丰', '陆丰')
  ]
  let sold = 0
  const visit = async (turn: number): Promise<void> => {
    const journey = parts[turn % parts.length]!
    const party = Array.from({ length: 1 + (turn % 3) }, () => person())
    if (turn % 5 === 0) return void (await hold(journey, party))
    const { coupons } = await sell(journey, party)
    sold += 1
    if (turn % 2 === 0) return
    const tickets = coupons.map(({ ticketNo }) => ticketNo!)
    const amount = coupons.reduce((sum, { fare }) => sum + fare - Math.round(fare / 10), 0)
    await refundTickets(paying, { id: randomUUID(), request: { tickets, amount } }, { ...buyer }, at(6))
  }
  const outcomes = await Promise.allSettled(Array.from({ length: 150 }, (_, turn) => visit(turn)))
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []))
  expect(reasons.filter((reason) => !(reason instanceof Refusal && reason.code === 'no-places-left'))).toEqual([])
  expect(sold).toBeGreaterThan(10)
  await assertSound()
})

test('R2, short: with Redis wiped and then away, 300 holds end at their minute, none before', async () => {
  const redis = new Redis(inject('redisUrl'))
  const [, coach, other, third, ...more] = coaches
  const departures = [coach!, other!, third!, ...more].slice(0, 7)
  for (const departure of departures)
    await Promise.all(
      Array.from({ length: 9 }, () =>
        hold(
          departure,
          Array.from({ length: 5 }, () => person())
        )
      )
    )
  await redis.flushall()
  redis.disconnect()
  const lost = { ...parts, queue: { hint: () => undefined } }
  expect(await releaseExpiredHolds(lost.sql, new Date(at(6, 15).getTime() - 1))).toBe(0)
  expect(await placesLeft(departures[0]!)).toBe(0)
  expect(await releaseExpiredHolds(lost.sql, at(6, 15))).toBeGreaterThanOrEqual(63)
  for (const departure of departures) expect(await placesLeft(departure)).toBe(45)
  await assertSound()
})

test('R3, short: a backend killed at any moment of a sale leaves all of it or nothing', async () => {
  const uncaught = watchUncaught()
  const coach = coaches.at(-1)!
  const fragile = connect(parts.config.databaseUrl, { max: 4, name: 'fragile' })
  const selling = new AbortController()
  const killer = (async () => {
    while (!selling.signal.aborted) {
      // Not those still connecting: a connection that dies before its first query leaves postgres.js waiting for ever.
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'fragile' and xact_start is not null and query not like '%typarray%' and random() < 0.3`
      await setTimeout(20)
    }
  })()
  const weak = { sql: fragile, gateways: paying.gateways }
  const one = async (): Promise<void> => {
    const id = randomUUID()
    await holdOrder(
      { sql: fragile, keys },
      { id, request: request(coach, [person(), person()]), owner: buyer.owner },
      at(6)
    )
    await payOrder(weak, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
    const tickets = await sql<{ ticketNo: string }[]>`select ticket_no from coupon where order_id = ${id}`
    const asked = { tickets: tickets.map(({ ticketNo }) => ticketNo), amount: 2 * 6030 }
    await refundTickets(weak, { id: randomUUID(), request: asked }, buyer, at(6))
  }
  const outcomes: PromiseSettledResult<void>[] = []
  for (let round = 0; round < 12; round++) outcomes.push(...(await Promise.allSettled(Array.from({ length: 8 }, one))))
  selling.abort()
  await killer
  await fragile.end({ timeout: 1 })
  expect(uncaught()).toEqual([])
  expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true)
  const [halves] = await sql<{ count: number }[]>`
    select count(*)::integer as count from ticket_order as placed
    where ${coach.id} = any (departures) and (select count(*) from coupon where order_id = placed.id) <> 2
      or state = 'ISSUED' and exists (select from coupon where order_id = placed.id and state not in ('ISSUED', 'REFUNDING', 'REFUNDED'))
      or exists (select from coupon where order_id = placed.id and state = 'ISSUED'
        and not exists (select from ticket_event where ticket_event.ticket_no = coupon.ticket_no))`
  expect(halves!.count).toBe(0)
  await assertSound()
})

const tables = [
  'ticket_order',
  'seat_map',
  'capacity_pool',
  'coupon',
  'ticket_event',
  'charge',
  'refund',
  'refund_item'
]

// Once in some hundred runs on a busy machine a step of this never came back, and nobody has seen which: the watch says it.
test(
  'R3, at every table a ticket’s life writes to: all or nothing, and the same requests again finish it',
  { retry: 2 },
  async () => {
    await sql.unsafe(`
    create or replace function kill_me() returns trigger language plpgsql as $$
    begin
      if current_setting('application_name') = 'fragile' then perform pg_terminate_backend(pg_backend_pid()); end if;
      return null;
    end $$`)
    // What an earlier try may have left.
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'fragile'`
    for (const table of tables) await sql.unsafe(`drop trigger if exists killer on ${table}`)
    const uncaught = watchUncaught()
    const sailing = (await find('徐闻港', '新海港', addDays(today, 3)))[0]!
    const coach = coaches.at(-2)!
    const life = async (
      db: typeof sql,
      departure: Departure,
      ids: { order: string; refund: string },
      asked: OrderRequest
    ) => {
      await holdOrder({ sql: db, keys }, { id: ids.order, request: asked, owner: buyer.owner }, at(6))
      if ((await showOrder({ sql, keys }, ids.order, buyer)).state === 'LOCKED')
        await payOrder({ ...paying, sql: db }, { orderId: ids.order, gateway: 'cash', actor: buyer.owner }, at(6))
      const { coupons } = await showOrder({ sql, keys }, ids.order, buyer)
      const tickets = coupons.map(({ ticketNo }) => ticketNo!)
      const amount = departure.mode === 'coach' ? 6030 : departure.fullFare
      await refundTickets({ ...paying, sql: db }, { id: ids.refund, request: { tickets, amount } }, buyer, at(6))
    }
    let deaths = 0
    for (const table of tables)
      for (const moment of ['before', 'after'])
        for (const verb of ['insert', 'update']) {
          const departure = table === 'capacity_pool' ? sailing : coach
          const ids = { order: randomUUID(), refund: randomUUID() }
          const asked = request(departure, [person(), person('free', '20220101')])
          await watched(
            sql.unsafe(`create or replace trigger killer ${moment} ${verb} on ${table} execute function kill_me()`)
          )
          const fragile = connect(parts.config.databaseUrl, { max: 2, name: 'fragile' })
          await watched(life(fragile, departure, ids, asked).catch(() => void deaths++))
          await watched(fragile.end({ timeout: 0 }))
          await watched(sql.unsafe(`drop trigger killer on ${table}`))
          await assertSound()
          await watched(life(sql, departure, ids, asked))
          expect((await showOrder({ sql, keys }, ids.order, buyer)).state, `${moment} ${verb} ${table}`).toBe(
            'REFUNDED'
          )
          await assertSound()
        }
    expect(uncaught()).toEqual([])
    // Seats and pools are only ever updated, history and refunded tickets only ever inserted: 8 of the 32 never come to pass.
    expect(deaths).toBe(24)
  }
)

/** Fails, saying what the database was at, when something takes longer than any machine needs for it. */
async function watched<Result>(work: PromiseLike<Result>): Promise<Result> {
  const stuck = new AbortController()
  const watch = (async () => {
    await setTimeout(60_000, undefined, { signal: stuck.signal })
    const doing = await sql`
      select application_name, state, wait_event, left(query, 200) as query, pg_blocking_pids(pid) as blocked_by
      from pg_stat_activity where datname = current_database()`
    throw new Error(`stuck: ${JSON.stringify(doing)}`)
  })()
  try {
    return await Promise.race([work, watch])
  } finally {
    stuck.abort()
    watch.catch(() => undefined)
  }
}
