import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { fen } from '../../../clearing/money.ts'
import { Refusal } from '../../../clearing/refusal.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { holdOrder, quoteOrder } from '../hold-order.ts'
import { payOrder } from '../pay-order.ts'
import { quoteRefund, refundTickets } from '../refunds/refund-tickets.ts'
import { showOrder } from '../show-order.ts'
import { at, buyer, createTestSale, person, today } from '../test-sale.ts'
import type { PassengerRequest } from '../ticketing-schemas.ts'
import { checkDrivers, checkVehicleSale } from './vehicle-rules.ts'
import type { VehicleRequest } from './vehicle-schemas.ts'

const { sql, keys, paying, find, hold, call } = await createTestSale()
const codeOf = (error: unknown): string => (error instanceof Refusal ? error.code : `bug: ${String(error)}`)
let sailings: Departure[]
let next = 0
const freshSailing = (): Departure => sailings[next++]!
beforeAll(async () => {
  sailings = await find('徐闻港', '新海港', addDays(today, 1))
})

let plates = 10_000
const car = (changes: Partial<VehicleRequest> = {}): VehicleRequest => ({
  plate: `粤A${++plates}`,
  kind: 'car',
  lengthCm: 480,
  newEnergy: false,
  dangerousGoods: false,
  driver: 0,
  ...changes
})

interface Aboard {
  passengers?: PassengerRequest[]
  vehicles?: VehicleRequest[]
}
async function holdAboard(sailing: Departure, { passengers = [person()], vehicles = [car()] }: Aboard = {}) {
  const id = randomUUID()
  const journey = { departure: sailing.id, from: sailing.from.place, to: sailing.to.place }
  const { total } = await quoteOrder(
    sql,
    {
      ...journey,
      fares: passengers.map(({ fare }) => fare),
      vehicles: vehicles.map(({ plate: _plate, driver: _driver, ...vehicle }) => vehicle)
    },
    at(6)
  )
  await holdOrder(
    { sql, keys },
    { id, request: { ...journey, passengers, vehicles, total }, owner: buyer.owner },
    at(6)
  )
  return await showOrder({ sql, keys }, id, buyer)
}
async function sellAboard(sailing: Departure, aboard: Aboard = {}) {
  const { id } = await holdAboard(sailing, aboard)
  await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
  return await showOrder({ sql, keys }, id, buyer)
}
const taken = async ({ id }: Departure) =>
  Object.fromEntries(
    (
      await sql<{ pool: string; taken: number }[]>`
        select pool, taken from capacity_pool where departure = ${id} and taken > 0`
    ).map((row) => [row.pool, row.taken])
  )
const limitPool = async ({ id }: Departure, pool: string, capacity: number) =>
  await transaction(
    sql,
    async (tx) => await tx`update capacity_pool set capacity = ${capacity} where departure = ${id} and pool = ${pool}`
  )
const before = ({ departsAt }: Departure, minutes: number) => new Date(departsAt.getTime() - minutes * 60_000)

describe('a vehicle', () => {
  test('sails with its driver and companions: 374 and 41.50, each with a ticket, from three pools at once (SW03)', async () => {
    const sailing = freshSailing()
    const order = await sellAboard(sailing, {
      passengers: [person(), person('half', '20160101'), person('free', '20240101')],
      vehicles: [car({ newEnergy: true })]
    })
    expect(order.total).toBe(37_400 + 4150 + 2250)
    expect(order.coupons.map(({ fareKind, fare }) => [fareKind, fare])).toEqual([
      ['full', 4150],
      ['half', 2250],
      ['free', 0],
      ['vehicle', 37_400]
    ])
    expect(order.coupons[3]!.vehicle).toMatchObject({ plate: expect.stringMatching(/^粤A/) as string, newEnergy: true })
    expect(await taken(sailing)).toEqual({ passenger: 3, vehicle: 1, lane: 480, 'new-energy': 1 })
  })

  test('is refused by the name of what is full, and then nothing is taken', async () => {
    const full: [string, number, Partial<VehicleRequest>, string][] = [
      ['vehicle', 0, {}, 'deck-full'],
      ['lane', 479, {}, 'deck-full'],
      ['new-energy', 0, { newEnergy: true }, 'new-energy-quota-full'],
      ['dangerous-goods', 0, { dangerousGoods: true }, 'dangerous-goods-not-carried'],
      ['passenger', 0, {}, 'no-places-left']
    ]
    for (const [pool, capacity, changes, code] of full) {
      const sailing = freshSailing()
      await limitPool(sailing, pool, capacity)
      expect(await holdAboard(sailing, { vehicles: [car(changes)] }).then(String, codeOf)).toBe(code)
      expect(await taken(sailing)).toEqual({})
    }
  })

  test('has one place on a sailing, whoever drives it', async () => {
    const sailing = freshSailing()
    const vehicle = car()
    await holdAboard(sailing, { vehicles: [vehicle] })
    expect(await holdAboard(sailing, { vehicles: [vehicle] }).then(String, codeOf)).toBe('identity-holds-ticket')
  })

  test('is not carried by a coach, nor by a line without its kind or length', async () => {
    const [coach] = await find('天河客运站', '惠州汽车总站')
    expect(await holdAboard(coach!).then(String, codeOf)).toBe('vehicle-not-carried')
    expect(await holdAboard(freshSailing(), { vehicles: [car({ lengthCm: 601 })] }).then(String, codeOf)).toBe(
      'vehicle-not-carried'
    )
  })
})

test.each<[number[], (object | undefined)[], string | null]>([
  [[0], [{}], null],
  [[0, 1], [{}, {}], null],
  [[0, 0], [{}], 'driver-taken'],
  [[1], [{}], 'driver-required'],
  [[0], [undefined], 'driver-required']
])('vehicles driven by %j of passengers with documents %j → %s', (drivers, documents, answer) => {
  const passengers = documents.map((document) => ({ fare: 'full' as const, document }))
  expect(
    checkDrivers(
      drivers.map((driver) => car({ driver })),
      passengers
    )
  ).toBe(answer)
})

test.each<[string, boolean, string | null]>([
  ['2026-12-01T10:29:59+08:00', false, null],
  ['2026-12-01T10:30:00+08:00', false, 'vehicle-sale-closed'],
  ['2026-11-24T12:00:00+08:00', true, null],
  ['2026-11-24T08:00:00+08:00', true, null],
  ['2026-11-24T07:59:59+08:00', true, 'new-energy-sale-not-open'],
  ['2026-11-23T12:00:00+08:00', true, 'new-energy-sale-not-open'],
  ['2026-11-23T12:00:00+08:00', false, null]
])('sold at %s, new energy %s, for noon of 1 December → %s', (now, newEnergy, answer) => {
  const terms = { fare: fen(37_400), saleClosesMinutes: 90, newEnergyPresaleDays: 7, newEnergyPresaleOpensMinute: 480 }
  expect(checkVehicleSale(terms, { newEnergy }, new Date('2026-12-01T12:00:00+08:00'), new Date(now))).toBe(answer)
})

describe('a refund (琼州海峡, facts §2.5)', () => {
  const worth = async (sailing: Departure, vehicles: VehicleRequest[], minutes: number) => {
    const { coupons } = await sellAboard(sailing, { vehicles })
    const quotes = await Promise.all(
      coupons.map(async ({ ticketNo }) => await quoteRefund(sql, ticketNo!, buyer, before(sailing, minutes)))
    )
    return quotes.map(({ fee, amount }) => [fee, amount])
  }
  test('of a car with its driver costs 30 and 5 within two hours: 380.50 come back; earlier it is free', async () => {
    expect(await worth(freshSailing(), [car()], 60)).toEqual([
      [500, 3650],
      [3000, 34_400]
    ])
    expect(await worth(freshSailing(), [car()], 120)).toEqual([
      [0, 4150],
      [0, 37_400]
    ])
  })

  test('of a truck costs nothing until it sails', async () => {
    expect((await worth(freshSailing(), [car({ kind: 'truck', lengthCm: 900 })], 1))[1]).toEqual([0, 88_000])
  })

  test('gives every pool back, and the driver may not leave his vehicle behind', async () => {
    const sailing = freshSailing()
    const { coupons } = await sellAboard(sailing, { vehicles: [car({ newEnergy: true })] })
    const [driver, vehicle] = coupons.map(({ ticketNo }) => ticketNo!)
    const give = async (tickets: string[], amount: number) =>
      await refundTickets(paying, { id: randomUUID(), request: { tickets, amount } }, buyer, at(6)).then(
        ({ state }) => state,
        codeOf
      )
    expect(await give([driver!], 4150)).toBe('vehicle-needs-driver')
    expect(await give([vehicle!], 37_400)).toBe('PAID')
    expect(await taken(sailing)).toEqual({ passenger: 1 })
    expect(await give([driver!], 4150)).toBe('PAID')
    expect(await taken(sailing)).toEqual({})
  })
})

describe('one sailing, three pools, everybody at once', () => {
  test('each pool is exactly full and never more', async () => {
    const sailing = freshSailing()
    await limitPool(sailing, 'passenger', 60)
    await limitPool(sailing, 'vehicle', 20)
    await limitPool(sailing, 'lane', 9600)
    await limitPool(sailing, 'new-energy', 5)
    const walk = async () => await hold(sailing, [person()]).then(() => 'held', codeOf)
    const drive = async (newEnergy: boolean) =>
      await holdAboard(sailing, { vehicles: [car({ newEnergy })] }).then(() => 'held', codeOf)
    const times = <Answer>(count: number, one: () => Promise<Answer>) => Array.from({ length: count }, one)
    // Room for every driver, so that the deck fills; then more walkers and cars than there is anything left for.
    const deck = await Promise.all([
      ...times(30, walk),
      ...times(15, async () => await drive(false)),
      ...times(60, async () => await drive(true))
    ])
    const rest = await Promise.all([...times(80, walk), ...times(40, async () => await drive(false))])
    expect(deck.filter((answer) => answer === 'held')).toHaveLength(50)
    expect(rest.filter((answer) => answer === 'held')).toHaveLength(10)
    expect([...new Set([...deck, ...rest])].toSorted()).toEqual(
      ['deck-full', 'held', 'new-energy-quota-full', 'no-places-left'].filter((answer) =>
        [...deck, ...rest].includes(answer)
      )
    )
    expect(await taken(sailing)).toEqual({ passenger: 60, vehicle: 20, lane: 9600, 'new-energy': 5 })
    const [sold] = await sql`
      select count(*) filter (where fare_kind = 'vehicle')::integer as vehicles,
        count(*) filter (where fare_kind <> 'vehicle')::integer as passengers
      from coupon where departure = ${sailing.id} and live`
    expect({ ...sold }).toEqual({ vehicles: 20, passengers: 60 })
  })
})

test('the deck says what it carries at which fare and what is left; a coach carries nothing', async () => {
  const deckOf = async ({ id, from, to }: Departure) =>
    (await call({ method: 'GET', url: `/v1/departures/${id}/deck?from=${from.place}&to=${to.place}` })).body
  const sailing = freshSailing()
  const empty = await deckOf(sailing)
  expect(empty.fares).toContainEqual({ kind: 'car', lengthCmMax: 600, fare: 37_400, sampleFare: false })
  expect(empty.left).toEqual({ vehicles: 60, laneCm: 36_000, newEnergy: 12, dangerousGoods: 0 })
  await holdAboard(sailing, { vehicles: [car({ newEnergy: true })] })
  expect((await deckOf(sailing)).left).toEqual({ vehicles: 59, laneCm: 35_520, newEnergy: 11, dangerousGoods: 0 })
  const [coach] = await find('广州', '珠海', addDays(today, 1))
  expect(await deckOf(coach!)).toMatchObject({ fares: [], left: { vehicles: 0 } })
  const { status } = await call({ method: 'GET', url: `/v1/departures/${sailing.id}/deck?from=440100001&to=440100003` })
  expect(status).toBe(404)
})
