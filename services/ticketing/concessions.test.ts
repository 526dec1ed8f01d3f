import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { Refusal } from '../../clearing/refusal.ts'
import { holdOrder, quoteOrder } from './hold-order.ts'
import { showOrder } from './show-order.ts'
import { at, clerk, createTestSale, person } from './test-sale.ts'
import type { OrderRequest, PassengerRequest } from './ticketing-schemas.ts'

const { sql, keys, find, request } = await createTestSale()
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
