import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { Refusal } from '../../clearing/refusal.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { changeTickets, quoteChange } from './changes/change-tickets.ts'
import { layProducts } from './journeys/journey-queries.ts'
import { confirmDeparture } from './journeys/open-leg.ts'
import { payOrder } from './pay-order.ts'
import { refundTickets } from './refunds/refund-tickets.ts'
import { holdOrder, quoteOrder } from './hold-order.ts'
import { showOrder } from './show-order.ts'
import { releaseExpiredHolds } from './ticketing-jobs.ts'
import { at, buyer, createTestSale, person, today } from './test-sale.ts'
import type { LegRequest, PassengerRequest } from './ticketing-schemas.ts'
import { joinWaitlist, showEntry } from './waitlist/join-waitlist.ts'

const { sql, keys, paying, find, call, as, assertSound } = await createTestSale()
const codeOf = (error: unknown): string => (error instanceof Refusal ? error.code : `bug: ${String(error)}`)
let sailings: Departure[]
let next = 0
const freshSailing = (): Departure => sailings[next++]!
beforeAll(async () => {
  sailings = [
    ...(await find('蛇口', '九洲')),
    ...(await find('蛇口', '九洲', addDays(today, 2))),
    ...(await find('蛇口', '九洲', addDays(today, 3)))
  ]
})

const leg = ({ id, from, to }: Departure, cabin?: string): LegRequest => ({
  departure: id,
  from: from.place,
  to: to.place,
  ...(cabin === undefined ? {} : { cabin })
})
const quote = async (sailing: Departure, cabin?: string, fares: ('full' | 'half' | 'free')[] = ['full']) =>
  await quoteOrder(sql, { ...leg(sailing, cabin), fares }, at(6))
async function holdIn(sailing: Departure, cabin?: string, passengers: PassengerRequest[] = [person()]) {
  const id = randomUUID()
  const fares = passengers.map(({ fare }) => fare)
  const { total } = await quote(sailing, cabin, fares)
  const request = { ...leg(sailing, cabin), passengers, total }
  await holdOrder({ sql, keys }, { id, request, owner: buyer.owner }, at(6))
  return await showOrder({ sql, keys }, id, buyer)
}
async function sellIn(sailing: Departure, cabin?: string, passengers?: PassengerRequest[]) {
  const { id } = await holdIn(sailing, cabin, passengers)
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
const limit = async ({ id }: Departure, pool: string, capacity: number) =>
  await transaction(
    sql,
    async (tx) => await tx`update capacity_pool set capacity = ${capacity} where departure = ${id} and pool = ${pool}`
  )
const shown = async ({ id, number, departsAt }: Departure) => {
  const day = addDays(today, 1 + Math.floor((departsAt.getTime() - at(24).getTime()) / 86_400_000))
  const one = (await find('蛇口', '九洲', day)).find((departure) => departure.id === id && departure.number === number)
  return one!.cabins.map(({ code, placesLeft, fullFare, halfFare }) => [code, placesLeft, fullFare, halfFare])
}

describe('a sailing with classes', () => {
  test('shows each with its price and places left, the cheapest first', async () => {
    const sailing = freshSailing()
    expect(sailing).toMatchObject({ fullFare: 12_000, halfFare: 6000, placesLeft: 300 })
    expect(sailing.cabins[1]).toMatchObject({ name: '头等舱', nameEn: 'Deluxe class', places: 60 })
    await holdIn(sailing, 'deluxe', [person(), person()])
    expect(await shown(sailing)).toEqual([
      ['standard', 240, 12_000, 6000],
      ['deluxe', 58, 18_000, 9000]
    ])
  })

  test('is bought by class, and no other departure is', async () => {
    const sailing = freshSailing()
    const [without] = await find('九洲', '氹仔')
    expect(await quote(sailing).then(String, codeOf)).toBe('cabin-required')
    expect(await quote(sailing, 'vip').then(String, codeOf)).toBe('cabin-not-offered')
    expect(await quote(without!, 'standard').then(String, codeOf)).toBe('cabin-not-offered')
    expect(await quote(sailing, 'deluxe', ['full', 'half', 'free'])).toMatchObject({ total: 27_000 })
  })

  test('counts every passenger in his class and against the licensed number, infants too; the ticket names the class', async () => {
    const sailing = freshSailing()
    const family = [person(), person('half', '20160101'), person('free', '20240101')]
    const order = await sellIn(sailing, 'deluxe', family)
    expect(order.coupons.map(({ fare, cabin }) => [fare, cabin?.name])).toEqual([
      [18_000, '头等舱'],
      [9000, '头等舱'],
      [0, '头等舱']
    ])
    expect(await taken(sailing)).toEqual({ passenger: 3, 'cabin-deluxe': 3 })
    await sellIn(sailing, 'standard')
    expect(await taken(sailing)).toEqual({ passenger: 4, 'cabin-deluxe': 3, 'cabin-standard': 1 })
  })

  test('is full class by class, and never above the licensed number; a refusal takes nothing', async () => {
    const sailing = freshSailing()
    await limit(sailing, 'cabin-deluxe', 1)
    await limit(sailing, 'passenger', 2)
    expect(await holdIn(sailing, 'deluxe', [person(), person()]).then(String, codeOf)).toBe('cabin-full')
    expect(await taken(sailing)).toEqual({})
    await holdIn(sailing, 'deluxe')
    expect(await holdIn(sailing, 'standard', [person(), person()]).then(String, codeOf)).toBe('no-places-left')
    await holdIn(sailing, 'standard')
    expect(await taken(sailing)).toEqual({ passenger: 2, 'cabin-deluxe': 1, 'cabin-standard': 1 })
  })

  test('with everybody at once each class is exactly full', async () => {
    const sailing = freshSailing()
    await limit(sailing, 'cabin-deluxe', 7)
    await limit(sailing, 'passenger', 20)
    const buy = async (cabin: string) => await holdIn(sailing, cabin).then(() => 'held', codeOf)
    const deluxe = await Promise.all(Array.from({ length: 25 }, async () => await buy('deluxe')))
    const rest = await Promise.all(Array.from({ length: 25 }, async () => await buy('standard')))
    expect(deluxe.filter((answer) => answer === 'held')).toHaveLength(7)
    expect(new Set(deluxe)).toEqual(new Set(['held', 'cabin-full']))
    expect(rest.filter((answer) => answer === 'held')).toHaveLength(13)
    expect(await taken(sailing)).toEqual({ passenger: 20, 'cabin-deluxe': 7, 'cabin-standard': 13 })
  })

  test('gives a place back to its class when the hold lapses or the ticket is refunded', async () => {
    const sailing = freshSailing()
    const { coupons, total } = await sellIn(sailing, 'deluxe')
    await holdIn(sailing, 'deluxe')
    await releaseExpiredHolds(sql, at(7))
    expect(await taken(sailing)).toEqual({ passenger: 1, 'cabin-deluxe': 1 })
    const request = { tickets: [coupons[0]!.ticketNo!], amount: total - total / 10 }
    await refundTickets(paying, { id: randomUUID(), request }, buyer, at(6))
    expect(await taken(sailing)).toEqual({})
  })
})

describe('a ticket of a class', () => {
  const target = (sailing: Departure, cabin?: string) => ({ ...leg(sailing, cabin) })

  test('changes to the same class unless another is named; the better one costs the difference', async () => {
    const [early, late, later] = [freshSailing(), freshSailing(), freshSailing()]
    const { coupons } = await sellIn(early, 'deluxe')
    const tickets = [coupons[0]!.ticketNo!]
    expect(await quoteChange({ sql, keys }, { tickets, ...target(late) }, buyer, at(6))).toMatchObject({ due: 0 })
    const cheaper = { tickets, ...target(late, 'standard') }
    expect(await quoteChange({ sql, keys }, cheaper, buyer, at(6))).toMatchObject({ due: -6000 })
    const absent = { tickets, ...target(late, 'vip') }
    expect(await quoteChange({ sql, keys }, absent, buyer, at(6)).then(String, codeOf)).toBe('cabin-not-offered')
    const id = randomUUID()
    const request = { tickets, ...target(late), due: 0 }
    await changeTickets({ sql, keys }, { id, request }, buyer, at(6))
    expect((await showOrder({ sql, keys }, id, buyer)).coupons[0]).toMatchObject({ cabin: { code: 'deluxe' } })
    expect([await taken(early), await taken(late)]).toEqual([{}, { passenger: 1, 'cabin-deluxe': 1 }])

    const simple = await sellIn(early, 'standard')
    const upwards = { tickets: [simple.coupons[0]!.ticketNo!], ...target(later, 'deluxe') }
    expect(await quoteChange({ sql, keys }, upwards, buyer, at(6))).toMatchObject({ due: 6000 })
    await limit(later, 'cabin-deluxe', 0)
    const placement = { id: randomUUID(), request: { ...upwards, due: 6000 } }
    expect(await changeTickets({ sql, keys }, placement, buyer, at(6)).then(String, codeOf)).toBe('cabin-full')
  })

  test('may be waited for', async () => {
    const sailing = freshSailing()
    await limit(sailing, 'cabin-deluxe', 1)
    const { coupons, total } = await sellIn(sailing, 'deluxe')
    const wish = { from: sailing.from.place, to: sailing.to.place, departures: [sailing.id], limit: 20_000 }
    const join = async (cabin?: string) => {
      const request = { ...wish, passengers: [person()], ...(cabin ? { cabin } : {}) }
      return await joinWaitlist({ sql, keys }, { id: randomUUID(), request }, buyer, at(6))
    }
    expect(await join().then(String, codeOf)).toBe('cabin-required')
    const entry = await join('deluxe')
    await payOrder(paying, { orderId: entry.id, gateway: 'cash', actor: buyer.owner }, at(6))
    expect((await showEntry(sql, entry.id, buyer)).state).toBe('WAITING')
    const request = { tickets: [coupons[0]!.ticketNo!], amount: total - total / 10 }
    await refundTickets(paying, { id: randomUUID(), request }, buyer, at(6))
    await releaseExpiredHolds(sql, at(6))
    const filled = await showEntry(sql, entry.id, buyer)
    expect(filled.state).toBe('FILLED')
    const order = await showOrder({ sql, keys }, filled.order!, buyer)
    expect(order.coupons[0]).toMatchObject({ state: 'ISSUED', cabin: { code: 'deluxe' }, fare: 18_000 })
  })

  test('comes from an open way back only at what was paid', async () => {
    const [out] = (await find('九洲', '蛇口')).filter(({ line }) => line === 'SW04R')
    const [there, back] = [out!.from.place, out!.to.place]
    const legs = [
      { line: 'SW04R', from: there, to: back, fixedShare: null },
      { line: 'SW04', from: back, to: there, fixedShare: null }
    ]
    const product = {
      code: 'SR09',
      name: '往返',
      kind: 'return',
      contract: 'COMBINED',
      discount: 0,
      openDays: 30
    } as const
    await layProducts(sql, [{ ...product, legs }], today)
    const asked = { legs: [leg(out!, 'standard')], product: 'SR09', openReturn: true as const }
    const { total } = await quoteOrder(sql, { ...asked, fares: ['full'] }, at(6))
    const id = randomUUID()
    await holdOrder(
      { sql, keys },
      { id, request: { ...asked, passengers: [person()], total }, owner: buyer.owner },
      at(6)
    )
    await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
    const open = (await showOrder({ sql, keys }, id, buyer)).coupons[1]!.ticketNo!
    const sailing = freshSailing()
    const confirm = async (cabin?: string) =>
      await confirmDeparture(
        sql,
        { ticketNo: open, departure: sailing.id, ...(cabin ? { cabin } : {}) },
        buyer,
        at(6)
      ).then(() => 'confirmed', codeOf)
    expect(await confirm()).toBe('cabin-required')
    expect(await confirm('deluxe')).toBe('open-leg-costs-more')
    expect(await confirm('standard')).toBe('confirmed')
    expect(await taken(sailing)).toEqual({ passenger: 1, 'cabin-standard': 1 })
  })
})

describe('the fare of a class', () => {
  const publish = async (payload: object) =>
    await call({ method: 'POST', url: '/v1/lines/SW04/fares', payload, headers: await as('operator') })

  test('is published with the notice of its line, holds from its day on, and explains itself', async () => {
    const validFrom = addDays(today, 15)
    const stretches = [{ from: sailings[0]!.from.place, to: sailings[0]!.to.place, fullFare: 19_000, halfFare: 9500 }]
    const fares = { validFrom, source: 'set', stretches, cabin: 'deluxe' }
    expect((await publish({ ...fares, cabin: 'gold' })).body.code).toBe('cabin-unknown')
    expect((await publish({ ...fares, validFrom: today })).body.code).toBe('fare-too-early')
    expect((await publish(fares)).status).toBe(201)
    expect((await publish(fares)).body.code).toBe('fare-exists')
    const { body } = await call({ url: '/v1/lines/SW04/fares' })
    expect(body[0]).toMatchObject({ cabin: 'deluxe', fullFare: 19_000, ceiling: null })
    const [later] = await find('蛇口', '九洲', validFrom)
    expect(later!.cabins.map(({ fullFare }) => fullFare)).toEqual([12_000, 19_000])

    const { departure, from, to } = leg(later!)
    const explain = async (cabin: string) =>
      await call({
        url: `/v1/fares/explanations?departure=${departure}&from=${from}&to=${to}&birthDay=2016-01-01${cabin}`
      })
    expect((await explain('')).body.code).toBe('cabin-required')
    expect((await explain('&cabin=deluxe')).body).toMatchObject({ fareKind: 'half', fare: 9500 })
  })
})

test('after all of it every place taken is a live coupon', async () => {
  await assertSound()
})
