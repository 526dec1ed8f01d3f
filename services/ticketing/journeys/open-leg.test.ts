import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { Refusal } from '../../../clearing/refusal.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { holdOrder, quoteOrder } from '../hold-order.ts'
import { cancelHold } from '../order-queries.ts'
import { payOrder } from '../pay-order.ts'
import { quoteRefunds, refundTickets } from '../refunds/refund-tickets.ts'
import { showOrder } from '../show-order.ts'
import { at, buyer, createTestSale, person, today } from '../test-sale.ts'
import { confirmDeparture } from './open-leg.ts'

const { sql, keys, paying, find, placesLeft } = await createTestSale()
const codeOf = (error: unknown): string => (error instanceof Refusal ? error.code : `bug: ${String(error)}`)
let out: Departure
let back: Departure
let price: number
beforeAll(async () => {
  out = (await find('天河客运站', '惠州汽车总站', addDays(today, 1))).find(({ line }) => line === 'SL001')!
  back = (await find('惠州汽车总站', '天河客运站', addDays(today, 5))).find(({ line }) => line === 'SL001R')!
  price = 2 * out.fullFare - 1400
})

const asked = () => ({
  legs: [{ departure: out.id, from: out.from.place, to: out.to.place }],
  product: 'SR01',
  openReturn: true as const
})
async function holdReturn() {
  const id = randomUUID()
  const request = { ...asked(), passengers: [person()], total: price }
  await holdOrder({ sql, keys }, { id, request, owner: buyer.owner }, at(6))
  return id
}
async function sellReturn() {
  const id = await holdReturn()
  await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
  const { coupons } = await showOrder({ sql, keys }, id, buyer)
  const [outTicket, backTicket] = coupons.map(({ ticketNo }) => ticketNo!)
  return { id, outTicket: outTicket!, backTicket: backTicket! }
}
const confirm = async (ticketNo: string, departure: number, seat?: number) =>
  await confirmDeparture(sql, { ticketNo, departure, ...(seat ? { seat } : {}) }, buyer, at(7)).then(
    () => 'confirmed',
    codeOf
  )

describe('a return ticket with an open way back', () => {
  test('is priced and shown with its last day before payment, and holds a seat on the way out only', async () => {
    const quote = await quoteOrder(sql, { ...asked(), fares: ['full'] }, at(6))
    expect(quote).toMatchObject({ total: price, contract: 'COMBINED', open: { until: addDays(today, 31) } })
    const order = await showOrder({ sql, keys }, await holdReturn(), buyer)
    expect(order.coupons.map(({ seat, fare }) => [seat !== null, fare])).toEqual([
      [true, price / 2],
      [false, price / 2]
    ])
    expect(order.legs[1]).toMatchObject({ departure: null, openUntil: addDays(today, 31) })
    expect(await cancelHold(sql, order.id)).toBe(true)
  })

  test('gets its departure and a seat of choice later, once', async () => {
    const { id, backTicket } = await sellReturn()
    const left = await placesLeft(back)
    expect(await confirm(backTicket, back.id, 12)).toBe('confirmed')
    expect(await confirm(backTicket, back.id)).toBe('confirmed')
    expect(await placesLeft(back)).toBe(left - 1)
    const order = await showOrder({ sql, keys }, id, buyer)
    expect(order.coupons[1]).toMatchObject({ seat: 12, state: 'ISSUED', ticketNo: backTicket })
    expect(order.legs[1]).toMatchObject({ departure: back.id, openUntil: null })
    const other = (await find('惠州汽车总站', '天河客运站', addDays(today, 5))).find(
      ({ id: one, line }) => one !== back.id && line === 'SL001R'
    )!
    expect(await confirm(backTicket, other.id)).toBe('leg-not-open')
  })

  test('goes by its own line, on a free seat, and until its last day', async () => {
    const { backTicket } = await sellReturn()
    const [long] = (await find('惠州汽车总站', '天河客运站', addDays(today, 5))).filter(({ line }) => line === 'SM001R')
    expect(await confirm(backTicket, long!.id)).toBe('product-mismatch')
    expect(await confirm(backTicket, out.id)).toBe('departure-not-found')
    expect(await confirm(backTicket, back.id, 12)).toBe('seat-taken')
    await transaction(
      sql,
      async (tx) => await tx`update coupon set open_until = ${addDays(today, 4)} where ticket_no = ${backTicket}`
    )
    expect(await confirm(backTicket, back.id)).toBe('open-leg-over')
  })

  test('with the way out used gives back what the price leaves after the single fare, less the fee', async () => {
    const { outTicket, backTicket } = await sellReturn()
    await transaction(sql, async (tx) => await tx`update coupon set state = 'USED' where ticket_no = ${outTicket}`)
    const worth = price - out.fullFare
    const quote = await quoteRefunds(sql, [backTicket], buyer, at(6))
    expect(quote).toMatchObject({ fee: worth / 10, amount: worth - worth / 10 })
    const request = { tickets: [backTicket], amount: quote.amount }
    expect((await refundTickets(paying, { id: randomUUID(), request }, buyer, at(6))).state).toBe('PAID')
    expect(await confirm(backTicket, back.id)).toBe('leg-not-open')
  })

  test('is over after its last day', async () => {
    const { outTicket, backTicket } = await sellReturn()
    await transaction(sql, async (tx) => await tx`update coupon set state = 'USED' where ticket_no = ${outTicket}`)
    expect(await quoteRefunds(sql, [backTicket], buyer, at(24 * 32)).then(String, codeOf)).toBe('refund-closed')
  })
})

test('openReturn is for return products that allow it', async () => {
  const { product: _product, ...without } = asked()
  expect(await quoteOrder(sql, { ...without, fares: ['full'] }, at(6)).then(String, codeOf)).toBe('product-mismatch')
  const through = { ...asked(), product: 'ST01' }
  expect(await quoteOrder(sql, { ...through, fares: ['full'] }, at(6)).then(String, codeOf)).toBe('product-mismatch')
})
