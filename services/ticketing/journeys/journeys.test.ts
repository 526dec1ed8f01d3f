import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { transaction, type Transaction } from '../../../clearing/database.ts'
import { Refusal } from '../../../clearing/refusal.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { holdOrder, quoteOrder } from '../hold-order.ts'
import { cancelHold } from '../order-queries.ts'
import { payOrder } from '../pay-order.ts'
import { quoteRefunds, refundTickets } from '../refunds/refund-tickets.ts'
import { showOrder } from '../show-order.ts'
import { at, buyer, createTestSale, person, today } from '../test-sale.ts'
import { releaseExpiredHolds } from '../ticketing-jobs.ts'
import type { OrderRequest, PassengerRequest } from '../ticketing-schemas.ts'

const { sql, keys, paying, find, hold, placesLeft } = await createTestSale()
const codeOf = (error: unknown): string => (error instanceof Refusal ? error.code : `bug: ${String(error)}`)
const tomorrow = addDays(today, 1)
let coaches: Departure[]
let sailings: Departure[]
beforeAll(async () => {
  coaches = await find('滘口', '徐闻汽车总站', tomorrow)
  sailings = [...(await find('徐闻港', '新海港', tomorrow)), ...(await find('徐闻港', '新海港', addDays(tomorrow, 1)))]
})

const legOf = ({ id, from, to }: Departure) => ({ departure: id, from: from.place, to: to.place })
const sailingAfter = (coach: Departure, minutes = 60): Departure =>
  sailings.find(({ departsAt }) => departsAt.getTime() >= coach.arrivesAt.getTime() + minutes * 60_000)!
const fullTotal = (legs: Departure[], passengers: number) =>
  legs.reduce((total, { fullFare }) => total + fullFare * passengers, 0)

async function holdLegs(
  legs: Departure[],
  passengers: PassengerRequest[] = [person()],
  changes: Partial<OrderRequest> = {},
  now = at(6)
) {
  const id = randomUUID()
  const request = { legs: legs.map(legOf), passengers, total: fullTotal(legs, passengers.length), ...changes }
  await holdOrder({ sql, keys }, { id, request, owner: buyer.owner }, now)
  return await showOrder({ sql, keys }, id, buyer)
}

describe('an order of several legs', () => {
  test('holds a place for each passenger on each leg, under one journey number and a contract shown before', async () => {
    const coach = coaches[0]!
    const sailing = sailingAfter(coach)
    const quote = await quoteOrder(sql, { legs: [legOf(coach), legOf(sailing)], fares: ['full', 'full'] }, at(6))
    expect(quote).toMatchObject({ contract: 'COMBINED', total: fullTotal([coach, sailing], 2), holdMinutes: 15 })
    expect(quote.legs.map(({ refund }) => refund.code)).toEqual(['coach-10-20', 'strait-2024'])
    const order = await holdLegs([coach, sailing], [person(), person()])
    expect(order.journeyNumber).toMatch(/^J261201\d{9}$/)
    expect(order.contract).toBe('COMBINED')
    expect(order.legs.map(({ departure }) => departure)).toEqual([coach.id, sailing.id])
    expect(order.coupons.map(({ leg, seat, fare }) => [leg, seat, fare])).toEqual([
      [0, 1, coach.fullFare],
      [0, 2, coach.fullFare],
      [1, null, sailing.fullFare],
      [1, null, sailing.fullFare]
    ])
    await payOrder(paying, { orderId: order.id, gateway: 'cash', actor: buyer.owner }, at(6))
    const issued = await showOrder({ sql, keys }, order.id, buyer)
    expect(new Set(issued.coupons.map(({ ticketNo }) => ticketNo)).size).toBe(4)
  })

  test('holds nothing anywhere when one leg is full', async () => {
    const coach = coaches[1]!
    const sailing = sailingAfter(coach)
    for (let party = 0; party < 9; party++)
      await hold(
        coach,
        Array.from({ length: 5 }, () => person())
      )
    const before = await placesLeft(sailing)
    expect(await holdLegs([coach, sailing]).then(String, codeOf)).toBe('no-places-left')
    expect(await placesLeft(sailing)).toBe(before)
  })

  test('gives all of it back when it is given up, and when its time is over', async () => {
    const coach = coaches[2]!
    const sailing = sailingAfter(coach)
    const before = [await placesLeft(coach), await placesLeft(sailing)]
    const { id } = await holdLegs([coach, sailing])
    expect([await placesLeft(coach), await placesLeft(sailing)]).toEqual(before.map((left) => left - 1))
    expect(await cancelHold(sql, id)).toBe(true)
    expect([await placesLeft(coach), await placesLeft(sailing)]).toEqual(before)
    await holdLegs([coach, sailing])
    await releaseExpiredHolds(sql, at(6, 15))
    expect([await placesLeft(coach), await placesLeft(sailing)]).toEqual(before)
  })

  test('leaves an hour between coach and ferry, and no time at all would do where there is no way between two places', async () => {
    const coach = coaches[0]!
    const early = sailings.find(({ departsAt }) => departsAt.getTime() > coach.arrivesAt.getTime())!
    expect(early.departsAt.getTime()).toBeLessThan(coach.arrivesAt.getTime() + 3_600_000)
    expect(await holdLegs([coach, early]).then(String, codeOf)).toBe('connection-too-short')
    const [elsewhere] = await find('香洲港', '东澳岛', addDays(tomorrow, 1))
    expect(await holdLegs([coach, elsewhere!]).then(String, codeOf)).toBe('no-interchange')
  })

  test('is refused when the next leg leaves before the last arrives, or one is unclear', async () => {
    const coach = coaches[0]!
    expect(await holdLegs([coach, sailings[0]!]).then(String, codeOf)).toBe('connection-too-short')
    const both = { ...legOf(coach), legs: [legOf(coach)], fares: ['full' as const] }
    expect(await quoteOrder(sql, both, at(6)).then(String, codeOf)).toBe('journey-unclear')
    expect(await quoteOrder(sql, { fares: ['full'] }, at(6)).then(String, codeOf)).toBe('journey-unclear')
  })

  test('never waits in a circle for others over the same departures, though each frees what expired on all of them', async () => {
    const [one, other] = [coaches[3]!, coaches[4]!]
    const [early, late] = [sailingAfter(one), sailingAfter(other)]
    const ways = [[one, early], [one, late], [other, late], [one], [early], [late]]
    const before = await Promise.all([one, other, early, late].map(placesLeft))
    await Promise.all(Array.from({ length: 30 }, async (_, turn) => await holdLegs(ways[turn % 6]!)))
    const answers = await Promise.all(
      Array.from({ length: 90 }, (_, turn) =>
        holdLegs(ways[turn % 6]!, [person()], {}, at(6, 16)).then(async ({ id }) => await cancelHold(sql, id), codeOf)
      )
    )
    expect(new Set(answers)).toEqual(new Set([true]))
    await releaseExpiredHolds(sql, at(6, 16))
    expect(await Promise.all([one, other, early, late].map(placesLeft))).toEqual(before)
  })
})

describe('a through product', () => {
  test('ST01 takes 10 yuan off, says THROUGH before payment and splits the fare by what the legs cost', async () => {
    const coach = coaches.find(({ line }) => line === 'SL032')!
    const sailing = sailingAfter(coach)
    const legs = [legOf(coach), legOf(sailing)]
    const quote = await quoteOrder(sql, { legs, product: 'ST01', fares: ['full', 'half'] }, at(6))
    const full = coach.fullFare + sailing.fullFare - 1000
    const half = coach.halfFare + sailing.halfFare - 500
    expect(quote).toMatchObject({ contract: 'THROUGH', total: full + half })
    const order = await holdLegs([coach, sailing], [person()], { product: 'ST01', total: full })
    expect(order.contract).toBe('THROUGH')
    const shares = order.coupons.map(({ fare }) => fare)
    expect(shares[0]! + shares[1]!).toBe(full)
    expect(shares[0]).toBe(Math.round((full * coach.fullFare) / (coach.fullFare + sailing.fullFare)))
  })

  test('is only for its own legs', async () => {
    const [coach, other] = [coaches[0]!, coaches[1]!]
    expect(
      await quoteOrder(sql, { legs: [legOf(coach)], product: 'ST01', fares: ['full'] }, at(6)).then(String, codeOf)
    ).toBe('product-mismatch')
    const legs = [legOf(other), legOf(sailingAfter(other))]
    expect(await quoteOrder(sql, { legs, product: 'ST99', fares: ['full'] }, at(6)).then(String, codeOf)).toBe(
      'product-not-found'
    )
    expect(await quoteOrder(sql, { legs, product: 'ST03', fares: ['full'] }, at(6)).then(String, codeOf)).toBe(
      'product-mismatch'
    )
  })
})

describe('a refund of a journey', () => {
  const sellLegs = async (legs: Departure[], product: string, total: number) => {
    const { id } = await holdLegs(legs, [person()], { product, total })
    await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
    const { coupons } = await showOrder({ sql, keys }, id, buyer)
    return coupons.map(({ ticketNo, fare }) => ({ ticketNo: ticketNo!, fare }))
  }
  const through = async (coach: Departure) => {
    const sailing = sailingAfter(coach)
    return await sellLegs([coach, sailing], 'ST01', coach.fullFare + sailing.fullFare - 1000)
  }
  const change = async (statement: (tx: Transaction) => Promise<unknown>) =>
    await transaction(sql, async (tx) => void (await statement(tx)))

  test('before it begins is the sum of its legs, each by its own carrier’s rule', async () => {
    const [bus, ferry] = await through(coaches.find(({ line }) => line === 'SL032')!)
    const quote = await quoteRefunds(sql, [bus!.ticketNo, ferry!.ticketNo], buyer, at(6))
    expect(quote.items.map(({ fee }) => fee)).toEqual([Math.round(bus!.fare / 10), 0])
    expect(quote.amount).toBe(bus!.fare + ferry!.fare - Math.round(bus!.fare / 10))
    const asked = { tickets: [bus!.ticketNo, ferry!.ticketNo], amount: quote.amount }
    expect((await refundTickets(paying, { id: randomUUID(), request: asked }, buyer, at(6))).state).toBe('PAID')
  })

  test('with the first leg used leaves it at its prorated share; the rest goes by its own rule', async () => {
    const [bus, ferry] = await through(coaches.find(({ line }) => line === 'SL032')!)
    await change((tx) => tx`update coupon set state = 'USED' where ticket_no = ${bus!.ticketNo}`)
    const { items } = await quoteRefunds(sql, [ferry!.ticketNo], buyer, at(6))
    expect(items[0]).toMatchObject({ fee: 0, amount: ferry!.fare })
    await expect(quoteRefunds(sql, [bus!.ticketNo], buyer, at(6))).rejects.toThrow('已检')
  })

  test('under one contract is whole on every leg when one is cancelled', async () => {
    const coach = coaches.filter(({ line }) => line === 'SL032').at(-1)!
    const sailing = sailingAfter(coach)
    const tickets = await sellLegs([coach, sailing], 'ST01', coach.fullFare + sailing.fullFare - 1000)
    await change((tx) => tx`update departure set state = 'CANCELLED' where id = ${sailing.id}`)
    const { items } = await quoteRefunds(sql, [tickets[0]!.ticketNo], buyer, at(6))
    expect(items[0]).toMatchObject({ reason: 'carrier', fee: 0, amount: tickets[0]!.fare })
    await change((tx) => tx`update departure set state = 'ON_SALE' where id = ${sailing.id}`)
  })

  test('on a return ticket with the way out used gives what is left after its single fare', async () => {
    const [out] = (await find('天河客运站', '惠州汽车总站', tomorrow)).filter(({ line }) => line === 'SL001')
    const [back] = (await find('惠州汽车总站', '天河客运站', addDays(tomorrow, 1))).filter(
      ({ line }) => line === 'SL001R'
    )
    const price = 2 * out!.fullFare - 1400
    const tickets = await sellLegs([out!, back!], 'SR01', price)
    await change((tx) => tx`update coupon set state = 'USED' where ticket_no = ${tickets[0]!.ticketNo}`)
    const worth = price - out!.fullFare
    const { items } = await quoteRefunds(sql, [tickets[1]!.ticketNo], buyer, at(6))
    expect(items[0]).toMatchObject({ fee: worth / 10, amount: worth - worth / 10 })
  })
})
