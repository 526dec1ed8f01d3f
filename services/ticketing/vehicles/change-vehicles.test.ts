import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { Refusal } from '../../../clearing/refusal.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { changeTickets, quoteChange } from '../changes/change-tickets.ts'
import { holdOrder, quoteOrder } from '../hold-order.ts'
import { payOrder } from '../pay-order.ts'
import { quoteRefund, refundTickets } from '../refunds/refund-tickets.ts'
import { showOrder } from '../show-order.ts'
import { releaseExpiredHolds } from '../ticketing-jobs.ts'
import { at, buyer, createTestSale, person, today } from '../test-sale.ts'
import type { PassengerRequest } from '../ticketing-schemas.ts'
import type { VehicleRequest } from './vehicle-schemas.ts'

const { sql, keys, paying, find, assertSound } = await createTestSale()
const codeOf = (error: unknown): string => (error instanceof Refusal ? error.code : `bug: ${String(error)}`)
let sailings: Departure[]
let dearer: Departure[]
let next = 0
const fresh = (): Departure => sailings[next++]!
beforeAll(async () => {
  sailings = await find('徐闻港', '新海港', addDays(today, 1))
  dearer = await find('徐闻港', '新海港', addDays(today, 3))
  await sql`
    insert into vehicle_fare (line, from_position, to_position, kind, length_cm_max, valid_from, fare)
    select line, from_position, to_position, kind, length_cm_max, ${addDays(today, 3)}, fare + 2600 from vehicle_fare
    where kind = 'car'`
})

let plates = 20_000
const car = (changes: Partial<VehicleRequest> = {}): VehicleRequest => ({
  plate: `粤A${++plates}`,
  kind: 'car',
  lengthCm: 480,
  newEnergy: false,
  dangerousGoods: false,
  driver: 0,
  ...changes
})

async function sellAboard(sailing: Departure, vehicle = car(), passengers: PassengerRequest[] = [person(), person()]) {
  const id = randomUUID()
  const ride = { departure: sailing.id, from: sailing.from.place, to: sailing.to.place }
  const { plate: _plate, driver: _driver, ...described } = vehicle
  const fares = passengers.map(({ fare }) => fare)
  const { total } = await quoteOrder(sql, { ...ride, fares, vehicles: [described] }, at(6))
  const request = { ...ride, passengers, vehicles: [vehicle], total }
  await holdOrder({ sql, keys }, { id, request, owner: buyer.owner }, at(6))
  await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
  const { coupons } = await showOrder({ sql, keys }, id, buyer)
  return coupons.map(({ ticketNo }) => ticketNo!)
}
const target = ({ id, from, to }: Departure) => ({ departure: id, from: from.place, to: to.place })
const quote = async (tickets: string[], sailing: Departure, now = at(6)) =>
  await quoteChange({ sql, keys }, { tickets, ...target(sailing) }, buyer, now)
const change = async (tickets: string[], sailing: Departure, { due = 0, now = at(6) } = {}) =>
  await changeTickets({ sql, keys }, { id: randomUUID(), request: { tickets, ...target(sailing), due } }, buyer, now)
const taken = async ({ id }: Departure) =>
  Object.fromEntries(
    (
      await sql<{ pool: string; taken: number }[]>`
        select pool, taken from capacity_pool where departure = ${id} and taken > 0`
    ).map((row) => [row.pool, row.taken])
  )
const limit = async ({ id }: Departure, pool: string, capacity: number) =>
  await transaction(
    sql,
    async (tx) => await tx`update capacity_pool set capacity = ${capacity} where departure = ${id} and pool = ${pool}`
  )
const full = { passenger: 2, vehicle: 1, lane: 480, 'new-energy': 1 }

test('a car changes with its driver and companion: every pool moves at once, and the new tickets are bound as the old were', async () => {
  const [early, late] = [fresh(), fresh()]
  const vehicle = car({ newEnergy: true })
  const tickets = await sellAboard(early, vehicle)
  expect(await quote(tickets, late)).toMatchObject({ due: 0, tickets: [{ fee: 0 }, { fee: 0 }, { fee: 0 }] })
  const changed = await change(tickets, late)
  expect(changed).toMatchObject({ state: 'ISSUED', cause: 'passenger' })
  expect([await taken(early), await taken(late)]).toEqual([{}, full])
  const order = await showOrder({ sql, keys }, changed.id, buyer)
  expect(order.coupons.map(({ fareKind }) => fareKind)).toEqual(['full', 'full', 'vehicle'])
  expect(order.coupons[2]!.vehicle).toMatchObject({ plate: vehicle.plate, newEnergy: true })
  // The plate has its one place on the new sailing, and none on the old.
  expect(await sellAboard(late, vehicle).then(String, codeOf)).toBe('identity-holds-ticket')
  await sellAboard(early, vehicle)
  const [driver] = order.coupons.map(({ ticketNo }) => ticketNo!)
  const alone = { id: randomUUID(), request: { tickets: [driver!], amount: 4150 - 500 } }
  expect(await refundTickets(paying, alone, buyer, at(6)).then(String, codeOf)).toBe('vehicle-needs-driver')
})

test('neither goes without the other; a companion may, and so may the driver once his car is given back', async () => {
  const [early, late] = [fresh(), fresh()]
  const [driver, companion, vehicle] = await sellAboard(early)
  for (const parted of [[driver!], [vehicle!], [driver!, companion!], [companion!, vehicle!]])
    expect(await quote(parted, late).then(String, codeOf)).toBe('change-with-vehicle')
  expect(await change([companion!], late)).toMatchObject({ state: 'ISSUED' })
  const refund = { id: randomUUID(), request: { tickets: [vehicle!], amount: 37_400 } }
  await refundTickets(paying, refund, buyer, at(6))
  expect(await change([driver!], late)).toMatchObject({ state: 'ISSUED' })
  expect([await taken(early), await taken(late)]).toEqual([{}, { passenger: 2 }])
})

test('where the other deck is full, nothing moves', async () => {
  const cases: [string, number, string][] = [
    ['vehicle', 0, 'deck-full'],
    ['lane', 479, 'deck-full'],
    ['new-energy', 0, 'new-energy-quota-full'],
    ['passenger', 1, 'no-places-left']
  ]
  for (const [pool, capacity, code] of cases) {
    const [early, late] = [fresh(), fresh()]
    const tickets = await sellAboard(early, car({ newEnergy: true }))
    await limit(late, pool, capacity)
    expect(await change(tickets, late).then(String, codeOf)).toBe(code)
    expect([await taken(early), await taken(late)]).toEqual([full, {}])
  }
})

test('a dearer sailing is held until the difference is paid; unpaid, everybody stays where he was', async () => {
  const early = fresh()
  const [driver, companion, vehicle] = await sellAboard(early, car({ newEnergy: true }))
  const tickets = [driver!, companion!, vehicle!]
  const late = dearer[0]!
  expect(await quote(tickets, late)).toMatchObject({ due: 2600 })
  const lapsed = await change(tickets, late, { due: 2600 })
  expect(lapsed.state).toBe('LOCKED')
  expect([await taken(early), await taken(late)]).toEqual([full, full])
  await releaseExpiredHolds(sql, at(7))
  expect([await taken(early), await taken(late)]).toEqual([full, {}])
  const { id } = await change(tickets, late, { due: 2600 })
  await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
  expect([await taken(early), await taken(late)]).toEqual([{}, full])
  expect((await showOrder({ sql, keys }, id, buyer)).coupons[2]).toMatchObject({ state: 'ISSUED', fare: 40_000 })
})

test('the last slot goes to one of two cars, and each car is on one deck', async () => {
  const [one, two, late] = [fresh(), fresh(), fresh()]
  await limit(late, 'vehicle', 1)
  const both = await Promise.all(
    [await sellAboard(one), await sellAboard(two)].map(async (tickets) => {
      return await change(tickets, late).then(({ state }) => state, codeOf)
    })
  )
  expect(both.toSorted()).toEqual(['ISSUED', 'deck-full'])
  expect((await taken(late))['vehicle']).toBe(1)
  const stayed = [await taken(one), await taken(two)].filter((pools) => pools['vehicle'] === 1)
  expect(stayed).toHaveLength(1)
})

test('after sailing it costs what a late refund would, within two hours; a changed car is refunded at the late fee (琼州海峡)', async () => {
  const early = fresh()
  const tickets = await sellAboard(early)
  const after = (minutes: number) => new Date(early.departsAt.getTime() + minutes * 60_000)
  const later = sailings.find(({ departsAt }) => departsAt.getTime() > after(300).getTime())!
  expect(await quote(tickets, later, after(120))).toMatchObject({
    due: 500 + 500 + 3000,
    tickets: [{ fee: 500 }, { fee: 500 }, { fee: 3000 }]
  })
  expect(await quote(tickets, later, after(121)).then(String, codeOf)).toBe('change-closed')
  const soon = sailings.find(({ departsAt }) => departsAt.getTime() - after(0).getTime() === 60 * 60_000)!
  expect(await quote(tickets, soon, after(0)).then(String, codeOf)).toBe('vehicle-sale-closed')
  const changed = await change(tickets, later)
  const fees = await Promise.all(
    changed.tickets.map(async ({ new: ticketNo }) => (await quoteRefund(sql, ticketNo!, buyer, at(6))).fee)
  )
  expect(fees).toEqual([500, 500, 3000])
  await assertSound()
})
