import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { Refusal } from '../../../clearing/refusal.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { holdOrder } from '../hold-order.ts'
import { payOrder } from '../pay-order.ts'
import { quoteRefund } from '../refunds/refund-tickets.ts'
import { showOrder } from '../show-order.ts'
import { at, buyer, createTestSale, person } from '../test-sale.ts'
import { replaceVehicle } from './replace-vehicle.ts'

const { sql, keys, paying, find, request, hold, sell, placesLeft, call, as } = await createTestSale()
const codeOf = (error: unknown): string => (error instanceof Refusal ? error.code : `bug: ${String(error)}`)
const coaches: Departure[] = []
let next = 0
const freshCoach = (): Departure => coaches[next++]!
beforeAll(async () => {
  coaches.push(...(await find('天河客运站', '惠州汽车总站')).filter(({ line }) => line === 'SL001'))
})

async function choose(coach: Departure, ...seats: (number | null)[]) {
  const passengers = seats.map((seat) => ({ ...person(), seats: [seat] }))
  const id = randomUUID()
  await holdOrder({ sql, keys }, { id, request: request(coach, passengers), owner: buyer.owner }, at(6))
  const { coupons } = await showOrder({ sql, keys }, id, buyer)
  return coupons.map(({ seat }) => seat)
}
const seatMap = async ({ id, from, to }: Departure) => {
  const { body } = await call({ method: 'GET', url: `/v1/departures/${id}/seats?from=${from.place}&to=${to.place}` })
  const { seats } = body as { seats: { number: number; state: string }[] }
  return (state: string) => seats.filter((seat) => seat.state === state).map(({ number }) => number)
}

describe('a seat', () => {
  test('may be chosen from the map while it is free', async () => {
    const coach = freshCoach()
    expect(await choose(coach, 12, null, 14)).toEqual([12, expect.any(Number), 14])
    expect((await seatMap(coach))('taken')).toHaveLength(3)
    expect(await choose(coach, 14).then(String, codeOf)).toBe('seat-taken')
    expect(await choose(coach, 46).then(String, codeOf)).toBe('seat-taken')
    expect(await choose(coach, 20, 20).then(String, codeOf)).toBe('seat-taken')
    expect(await placesLeft(coach)).toBe(42)
  })

  test('is next to its party’s others, side by side rather than across the aisle', async () => {
    const coach = freshCoach()
    expect(await choose(coach, 1)).toEqual([1])
    expect(await choose(coach, null, null)).toEqual([3, 4])
    expect(await choose(coach, null)).toEqual([2])
    expect(await choose(coach, 6)).toEqual([6])
    expect(await choose(coach, null, null, null)).toEqual([7, 8, 9])
  })

  test('apart from the others is better than none', async () => {
    const coach = freshCoach()
    const odd = Array.from({ length: 23 }, (_, index) => 2 * index + 1)
    for (let from = 0; from < 23; from += 5) await choose(coach, ...odd.slice(from, from + 5))
    expect(await choose(coach, null, null)).toEqual([2, 4])
  })
})

test('a ship has no seat map', async () => {
  const [sailing] = await find('徐闻港', '新海港')
  expect((await seatMap(sailing!))('free')).toEqual([])
})

describe('the seats of a loading station (配载)', () => {
  const onDay = async (from: string, to: string, id?: number) =>
    (await find(from, to)).find((one) => one.line === 'SM002' && (id === undefined || one.id === id))!
  test('are its own passengers’ until they are released, then everybody’s', async () => {
    const whole = await onDay('滘口', '徐闻汽车总站')
    const onward = await onDay('茂名', '徐闻汽车总站', whole.id)
    expect([await placesLeft(whole), await placesLeft(onward)]).toEqual([41, 45])
    expect((await seatMap(whole))('closed')).toEqual([42, 43, 44, 45])
    expect(await choose(whole, 43).then(String, codeOf)).toBe('seat-taken')
    const [own] = (await sell(onward)).coupons
    expect(own!.seat).toBe(42)
    for (let party = 0; party < 8; party++)
      await sell(
        whole,
        Array.from({ length: 5 }, () => person())
      )
    await sell(whole)
    expect(await hold(whole).then(String, codeOf)).toBe('no-places-left')
    const released = new Date(onward.departsAt.getTime() - 30 * 60_000)
    const between = await onDay('湛江汽车总站', '徐闻汽车总站', whole.id)
    expect(await hold(between, [person()], buyer, new Date(released.getTime() - 60_000)).then(String, codeOf)).toBe(
      'no-places-left'
    )
    expect((await hold(between, [person()], buyer, released)).coupons[0]!.seat).toBeGreaterThan(42)
  })
})

describe('a smaller vehicle', () => {
  test('moves who sat on the last seats and lists who finds none: suspended, with all his money back', async () => {
    const coach = freshCoach()
    const first = Array.from({ length: 35 }, (_, index) => index + 1)

    for (let from = 0; from < 35; from += 5) await choose(coach, ...first.slice(from, from + 5))
    const id = randomUUID()
    const passengers = [44, 45, 40].map((seat) => ({ ...person(), seats: [seat] }))
    await holdOrder({ sql, keys }, { id, request: request(coach, passengers), owner: buyer.owner }, at(6))
    await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
    const { body, status } = await call({
      method: 'PUT',
      url: `/v1/departures/${coach.id}/vehicle`,
      headers: await as('operator'),
      payload: { places: 37 }
    })
    expect(status).toBe(200)
    const { moved, toRebook } = body as { moved: { movedTo: number }[]; toRebook: { ticketNo: string }[] }
    expect(moved.map(({ movedTo }) => movedTo)).toEqual([36, 37])
    expect(toRebook).toHaveLength(1)
    expect(await quoteRefund(sql, toRebook[0]!.ticketNo, buyer, at(6))).toMatchObject({ reason: 'carrier', fee: 0 })
    expect(await placesLeft(coach)).toBe(0)
    expect(await hold(coach).then(String, codeOf)).toBe('no-places-left')
  })

  test('gives up what was held without a seat; a larger one opens the seats again', async () => {
    const coach = freshCoach()
    const { id } = await hold(coach)
    await choose(coach, 45)
    await replaceVehicle(sql, { departure: coach.id, places: 1, actor: 'operator:one' }, at(6))
    expect((await showOrder({ sql, keys }, id, buyer)).state).toBe('LOCKED')
    expect(await placesLeft(coach)).toBe(0)
    await replaceVehicle(sql, { departure: coach.id, places: 45, actor: 'operator:one' }, at(6))
    expect(await placesLeft(coach)).toBe(44)
  })

  test('is nothing a ship can be replaced by here', async () => {
    const [sailing] = await find('徐闻港', '新海港')
    const asked = { departure: sailing!.id, places: 10, actor: 'operator:one' }
    expect(await replaceVehicle(sql, asked, at(6)).then(String, codeOf)).toBe('departure-without-seats')
  })
})
