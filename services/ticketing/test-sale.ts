// A sample province with everything a test needs to sell in it: synthetic people, departures found by place, the flows on real keys.
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { isLostConnectionNoise, type Database } from '../../clearing/database.ts'
import { addDays, calendarDay, shanghaiInstant, type BusinessDay } from '../../clearing/business-day.ts'
import { mod11CheckCharacter } from '../identity/check-digits.ts'
import { seedProvince } from '../local/sample-province/seed-province.ts'
import { openGateways } from '../payments/open-gateways.ts'
import { createTestApp, type TestApp } from '../test-app.ts'
import { listDepartures } from '../timetable/departure-queries.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import type { FareKind } from './fare-rules.ts'
import { holdOrder } from './hold-order.ts'
import { payOrder } from './pay-order.ts'
import { showOrder, type Viewer } from './show-order.ts'
import type { OrderRequest, PassengerRequest } from './ticketing-schemas.ts'

export const today = '2026-12-01' as BusinessDay
export const at = (hours: number, minutes = 0): Date => shanghaiInstant(today, hours * 3600 + minutes * 60)
export const buyer: Viewer = { owner: 'passenger:one', seesAll: false }
export const clerk: Viewer = { owner: 'clerk:one', seesAll: true }

/** A valid resident number of nobody: one per serial, born on a day of your choice. */
export function residentNumber(serial: number, born = '19900307'): string {
  const first17 = `${440_100 + Math.floor(serial / 1000)}${born}${String(serial % 1000).padStart(3, '0')}`
  return first17 + mod11CheckCharacter(first17)
}

/** Waits until readers of ticket events may read all there are: other tests' transactions on the same server hold them back. */
export async function readable(sql: Database): Promise<void> {
  await expect
    .poll(
      async () => await sql`select from ticket_event where unit >= pg_snapshot_xmin(pg_current_snapshot()) limit 1`,
      { timeout: 30_000 }
    )
    .toEqual([])
}

let people = 0
/** Somebody who does not exist; a number for each, since one identity holds one ticket per departure. */
export function newIdentityNumber(born?: string): string {
  return residentNumber(++people, born)
}

export function person(fare: FareKind = 'full', born?: string): PassengerRequest {
  const birth = born ?? (fare === 'full' ? '19900307' : '20210307')
  return { name: '测试旅客', document: { kind: '01', number: newIdentityNumber(birth) }, fare }
}

export async function createTestSale() {
  const test: TestApp = await createTestApp(
    {},
    { name: 'province', fill: async (empty) => await seedProvince(empty, today) }
  )
  const { sql, keys } = test.parts
  const paying = { sql, gateways: openGateways(sql) }
  test.time.now = at(6)

  const find = async (from: string, to: string, day: BusinessDay = addDays(today, 1)): Promise<Departure[]> =>
    await listDepartures(sql, { from, to, day }, at(0))

  const request = (
    departure: Departure,
    passengers: PassengerRequest[],
    changes: Partial<OrderRequest> = {}
  ): OrderRequest => {
    const price = { full: departure.fullFare, half: departure.halfFare, free: 0 }
    return {
      departure: departure.id,
      from: departure.from.place,
      to: departure.to.place,
      passengers,
      total: passengers.reduce((total, { fare }) => total + price[fare], 0),
      ...changes
    }
  }

  const hold = async (
    departure: Departure,
    passengers: PassengerRequest[] = [person()],
    viewer = buyer,
    now = at(6)
  ) => {
    const id = randomUUID()
    await holdOrder({ sql, keys }, { id, request: request(departure, passengers), owner: viewer.owner }, now)
    return await showOrder({ sql, keys }, id, viewer)
  }

  /** Holds and pays in cash: issued tickets in one go. */
  const sell = async (
    departure: Departure,
    passengers: PassengerRequest[] = [person()],
    viewer = buyer,
    now = at(6)
  ) => {
    const { id } = await hold(departure, passengers, viewer, now)
    await payOrder(paying, { orderId: id, gateway: 'cash', actor: viewer.owner }, now)
    return await showOrder({ sql, keys }, id, viewer)
  }

  const placesLeft = async ({ id, from, to, departsAt }: Departure): Promise<number> => {
    const all = await listDepartures(sql, { from: from.place, to: to.place, day: calendarDay(departsAt) }, at(0))
    return all.find((departure) => departure.id === id)!.placesLeft
  }

  /** What a clerk does before he takes cash over HTTP. */
  const openShift = async (headers: { authorization: string }): Promise<void> => {
    const shift = { place: '440100003', window: 7, openingCash: 0 }
    const url = `/v1/counter/shifts/${randomUUID()}`
    expect((await test.call({ method: 'PUT', url, headers, payload: shift })).status).toBe(200)
  }

  const sound = async () => await assertSound(sql)
  return { ...test, sql, keys, paying, find, request, hold, sell, placesLeft, openShift, assertSound: sound }
}

/** What must hold after anything: places taken are live coupons, bit by bit and head by head; money is tickets or refunds. */
async function assertSound(sql: Database): Promise<void> {
  const [seats] = await sql<{ wrong: number }[]>`
    with touched as materialized (
      select * from seat_map where 0 <> any (occupied) or departure in (select departure from coupon))
    select count(*)::integer as wrong from touched
    cross join lateral unnest(occupied) with ordinality as seat(mask, number)
    left join lateral (
      select coalesce(bit_or(stretch_mask(lower(stops), upper(stops))), 0) as sold,
        coalesce(sum(bit_count(stretch_mask(lower(stops), upper(stops))::bit(32))), 0) as sections
      from coupon where coupon.departure = touched.departure and seat_number = seat.number and live) as coupons on true
    where coupons.sold <> mask or coupons.sections <> bit_count(mask::bit(32))`
  const [pools] = await sql<{ wrong: number }[]>`
    select count(*)::integer as wrong from capacity_pool where taken <> (
      select coalesce(sum((claims ->> capacity_pool.pool)::integer), 0) from coupon
      where coupon.departure = capacity_pool.departure and live)`
  const [money] = await sql<{ wrong: number }[]>`
    select count(*)::integer as wrong from charge
    join ticket_order as placed on placed.id = charge.order_id
    where charge.state = 'SUCCEEDED' and placed.state not in ('ISSUED', 'PART_REFUNDED', 'REFUNDED')
      and not exists (select from refund where refund.charge_key = charge.key and refund.amount = charge.amount)`
  expect({ seats: seats!.wrong, pools: pools!.wrong, money: money!.wrong }).toEqual({ seats: 0, pools: 0, money: 0 })
}

/** Stands in for the process's own crash policy; answers what would have ended the process, and steps aside. */
export function watchUncaught(): () => unknown[] {
  const fatal: unknown[] = []
  const judge = (error: unknown): void => {
    if (!isLostConnectionNoise(error)) fatal.push(error)
  }
  const events = ['uncaughtException', 'unhandledRejection'] as const
  const others = events.map((event) => process.listeners(event as 'uncaughtException'))
  for (const event of events) process.removeAllListeners(event).on(event, judge)
  return () => {
    for (const [index, event] of events.entries()) {
      process.removeAllListeners(event)
      for (const listener of others[index]!) process.on(event, listener)
    }
    return fatal
  }
}
