import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { Refusal } from '../../clearing/refusal.ts'
import { holdOrder, quoteOrder } from './hold-order.ts'
import { payOrder } from './pay-order.ts'
import { quoteRefunds } from './refunds/refund-tickets.ts'
import { showOrder } from './show-order.ts'
import { at, clerk, createTestSale, person } from './test-sale.ts'
import type { OrderRequest, PassengerRequest } from './ticketing-schemas.ts'

const { sql, keys, find, request, paying } = await createTestSale()
const certificate = { kind: 'disabled-serviceman', number: '粤军A0001' } as const
const counter = { place: '440800P01', window: 1 }

async function buy(passenger: PassengerRequest, changes: Partial<OrderRequest> = {}) {
  const [sailing] = await find('徐闻港', '海口')
  const id = randomUUID()
  const placement = { id, request: request(sailing!, [passenger], changes), owner: clerk.owner }
  await holdOrder({ sql, keys }, placement, at(6))
  return await showOrder({ sql, keys }, id, clerk)
}
const codeOf = async (work: Promise<unknown>) =>
  await work.then(
    () => null,
    (error: unknown) => (error instanceof Refusal ? error.code : error)
  )
const adultAtHalf = (changes: Partial<PassengerRequest>): PassengerRequest => ({
  ...person(),
  fare: 'half',
  ...changes
})

test('a disabled serviceman pays half of the published price, is quoted so, and his certificate is seen at the gate', async () => {
  const [sailing] = await find('徐闻港', '海口')
  const journey = { departure: sailing!.id, from: sailing!.from.place, to: sailing!.to.place }
  const quote = await quoteOrder(sql, { ...journey, fares: ['half'], certificates: ['disabled-serviceman'] }, at(6))
  expect(quote.total).toBe(2075)
  const order = await buy(adultAtHalf({ certificate }), { total: quote.total })
  expect(order.coupons[0]).toMatchObject({
    fare: 2075,
    fareKind: 'half',
    passenger: { certificate: 'disabled-serviceman' }
  })
})

test.each([
  ['without the certificate', {}, {}, 'fare-not-entitled'],
  [
    'with one that gives nothing here',
    { certificate: { kind: 'student', number: 'S1' } as const },
    {},
    'fare-not-entitled'
  ],
  ['measured by nobody', { heightCm: 119 }, {}, 'counter-required'],
  ['measured at the window', { heightCm: 149 }, { counter }, null],
  ['measured at the window, too tall', { heightCm: 151 }, { counter }, 'fare-not-entitled']
])('half fare, %s → %s', async (...[, passenger, order, code]) => {
  expect(await codeOf(buy(adultAtHalf(passenger), order))).toBe(code)
})

test('a party of twelve pays the group fare, is told how it ends, and whoever leaves is counted with those who stay', async () => {
  const departures = await find('省汽车站', '佛山')
  const coach = departures.find(({ line }) => line === 'SL014')!
  const party = Array.from({ length: 12 }, () => person())
  const fares = party.map(() => 'full' as const)
  const journey = { departure: coach.id, from: coach.from.place, to: coach.to.place }
  const quote = await quoteOrder(sql, { ...journey, fares }, at(6))
  const each = Math.round(coach.fullFare * 0.9)
  expect(quote.total).toBe(12 * each)
  expect(quote.refund.lines.map(({ zh }) => zh).join()).toContain('同单全票 10 人及以上按票价的 90%')
  expect((await quoteOrder(sql, { ...journey, fares: fares.slice(0, 9) }, at(6))).total).toBe(9 * coach.fullFare)
  const id = randomUUID()
  await holdOrder(
    { sql, keys },
    { id, request: request(coach, party, { total: quote.total }), owner: clerk.owner },
    at(6)
  )
  await payOrder(paying, { orderId: id, gateway: 'cash', actor: clerk.owner }, at(6))
  const tickets = (await showOrder({ sql, keys }, id, clerk)).coupons.map(({ ticketNo }) => ticketNo!)
  const two = await quoteRefunds(sql, tickets.slice(0, 2), clerk, at(6))
  expect(two.fee + two.amount).toBe(2 * each)
  const three = await quoteRefunds(sql, tickets.slice(0, 3), clerk, at(6))
  expect(three.fee + three.amount).toBe(12 * each - 9 * coach.fullFare)
})
