import { randomUUID } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { addDays } from '../../../../clearing/business-day.ts'
import { fen } from '../../../../clearing/money.ts'
import { showOrder } from '../../show-order.ts'
import { at, buyer, person, today } from '../../test-sale.ts'
import { quotePartnerRefund, refundPartnerLeg } from '../refund-partner-leg.ts'
import { conducts, type Conduct } from '../simulated-partner/conduct-rules.ts'
import { codeOfRefusal, createPartnerSale } from '../test-partner-sale.ts'
import { changePartnerLeg, findPartnerChoices, quotePartnerChange, showPartnerChange } from './change-partner-leg.ts'

const sale = await createPartnerSale()
const { sql, keys, paying, partners, trains, request, hold, pay, settle } = sale
const changing = { keys, ...paying, partners }
const side = 'before' as const
const tomorrow = addDays(today, 1)

/** A journey by an honest train whose ferry every other train reaches too. */
async function sell(): Promise<string> {
  const asked = request('answers-twice', [person(), person('half', '20150307')])
  const train = trains.get('honest')!
  const sailing = (await sale.find('徐闻港', '新海港')).find(({ id }) => id === asked.departure)!
  const total = train.fullFare + train.halfFare + sailing.fullFare + sailing.halfFare
  const id = await hold({ ...asked, partnerLegs: [{ side, partner: 'sim-rail', offer: train.id }], total })
  await pay(id)
  return id
}

async function change(orderId: string, conduct: Conduct, now = at(7)) {
  const offer = trains.get(conduct)!.id
  const { due } = await quotePartnerChange({ sql, partners }, { orderId, side, offer }, buyer, now)
  const id = randomUUID()
  const body = { orderId, side, offer, due }
  const placed = await changePartnerLeg(changing, { id, request: body }, buyer, now)
  if (placed.state === 'LOCKED') await pay(id, { now })
  return { id, body, placed }
}

/** What the passenger holds and paid, and what the partner thinks. */
async function outcome(orderId: string) {
  const { partnerLegs, coupons } = await showOrder({ sql, keys }, orderId, buyer)
  const standing = partnerLegs.filter(({ state }) => state === 'CONFIRMED')
  const [money] = await sql<{ paid: number; back: number; booked: number }[]>`
    with orders as (select ${orderId}::uuid as id union select order_id from partner_change where root = ${orderId})
    select coalesce((select sum(amount) from charge where order_id in (select id from orders) and state = 'SUCCEEDED'), 0)::integer as paid,
      coalesce((select sum(amount) from refund where order_id in (select id from orders) and state = 'PAID'), 0)::integer as back,
      (select count(*) from simulated_partner_booking as booking join partner_leg on partner_leg.key = booking.key
        where order_id in (select id from orders) and booking.state = 'confirmed')::integer as booked`
  const ours = coupons.filter(({ state }) => state === 'ISSUED')
  const kept = money!.paid - money!.back
  const worth = standing.reduce((sum, { price }) => sum + price, 0) + ours.reduce((sum, { fare }) => sum + fare, 0)
  return {
    rides: standing.map(({ offer }) => offer.number),
    booked: money!.booked,
    ours: ours.length,
    feeKept: kept - worth
  }
}

const numberOf = (conduct: Conduct) => trains.get(conduct)!.number

describe('a partner leg changed to another ride', () => {
  it('costs what its carrier keeps, is paid for before it is confirmed, and leaves one ride and the right money', async () => {
    const order = await sell()
    const choices = await findPartnerChoices({ sql, partners }, { orderId: order, side, day: tomorrow }, buyer, at(7))
    expect(choices.length).toBeGreaterThan(3)
    expect(choices.map(({ id }) => id)).not.toContain(trains.get('honest')!.id)
    const offer = trains.get('answers-twice')!.id
    const quote = await quotePartnerChange({ sql, partners }, { orderId: order, side, offer }, buyer, at(7))
    expect(quote).toMatchObject({ price: 33_000, fee: 3300, credit: 29_700, due: 3300 })
    const { id, body, placed } = await change(order, 'answers-twice')
    expect(placed).toMatchObject({ state: 'LOCKED', due: 3300, leg: { state: 'LOCKED' } })
    expect((await showPartnerChange(sql, id, buyer)).state).toBe('ISSUED')
    expect(await outcome(order)).toEqual({ rides: [numberOf('answers-twice')], booked: 1, ours: 2, feeKept: 3300 })
    expect((await changePartnerLeg(changing, { id, request: body }, buyer, at(7))).state).toBe('ISSUED')
    const other = { id, request: { ...body, due: fen(1) } }
    await expect(changePartnerLeg(changing, other, buyer, at(7))).rejects.toEqual(
      expect.objectContaining({ code: 'order-id-reused' })
    )

    // Given back afterwards, by the new ride's own table, over what was paid at both times.
    const { amount, fee } = await quotePartnerRefund(sql, { orderId: order, side }, buyer, at(8))
    expect([amount, fee]).toEqual([29_700, 3300])
    const refund = { id: randomUUID(), orderId: order, request: { side, amount } }
    await refundPartnerLeg({ ...paying, partners }, refund, buyer, at(8))
    await settle(at(8))
    expect(await outcome(order)).toEqual({ rides: [], booked: 0, ours: 2, feeKept: 6600 })
  })

  it('is refused by what the quote says: another sum, another way, a ride that misses ours', async () => {
    const order = await sell()
    const offer = trains.get('answers-twice')!.id
    const wrong = { id: randomUUID(), request: { orderId: order, side, offer, due: fen(1) } }
    const codeOf = async (work: Promise<unknown>) => await work.then(() => 'none', codeOfRefusal)
    expect(await codeOf(changePartnerLeg(changing, wrong, buyer, at(7)))).toBe('change-amount-changed')
    const late = (await partners['sim-rail']!.offers({ from: 'IZQ', to: 'ZWQ', day: tomorrow }))
      .filter(({ remark }) => remark === '')
      .at(-1)!
    const ask = async (id: string) =>
      await codeOf(quotePartnerChange({ sql, partners }, { orderId: order, side, offer: id }, buyer, at(7)))
    expect(await ask(late.id)).toBe('connection-too-short')
    expect(await ask(trains.get('honest')!.id)).toBe('partner-offer-not-found')
    expect(await codeOf(showPartnerChange(sql, randomUUID(), buyer))).toBe('change-not-found')
  })

  // The old ride is kept wherever the new one cannot be had; whatever is lost afterwards takes the whole journey with it.
  const table: [Conduct, 'new' | 'old' | 'nothing' | 'refused'][] = [
    ['lock-silent', 'new'],
    ['lock-dearer', 'refused'],
    ['confirm-silent', 'new'],
    ['confirm-lost', 'new'],
    ['confirm-late', 'new'],
    ['confirm-never', 'old'],
    ['fails', 'old'],
    ['fails-then-confirmed', 'old'],
    ['confirmed-then-absent', 'nothing'],
    ['confirmed-then-doubtful', 'new'],
    ['another-seat', 'new'],
    ['another-price', 'old'],
    ['cancel-silent', 'new'],
    ['cancel-fee', 'new']
  ]
  test.each(table)('when the new train %s: %s', async (conduct, expected) => {
    const order = await sell()
    const refusal = await change(order, conduct).then(() => null, codeOfRefusal)
    await settle(at(7))
    const { rides, booked, ours, feeKept } = await outcome(order)
    const fee = 3300
    const ends = {
      new: [[numberOf(conduct)], 1, 2, fee],
      old: [[numberOf('honest')], 1, 2, 0],
      refused: [[numberOf('honest')], 1, 2, 0],
      // The fee of the change is what its old carrier kept.
      nothing: [[], 0, 0, fee]
    }
    expect([rides, booked, ours, feeKept]).toEqual(ends[expected])
    expect(refusal).toBe(expected === 'refused' ? 'price-changed' : null)
    expect(conduct in conducts).toBe(true)
  })

  it('loses to a refund of the old ride that comes while the new one is being confirmed', async () => {
    const order = await sell()
    await change(order, 'confirm-late')
    const { amount } = await quotePartnerRefund(sql, { orderId: order, side }, buyer, at(7))
    const refund = { id: randomUUID(), orderId: order, request: { side, amount } }
    await refundPartnerLeg({ ...paying, partners }, refund, buyer, at(7))
    await settle(at(7, 1))
    expect(await outcome(order)).toEqual({ rides: [], booked: 0, ours: 2, feeKept: 3300 })
  })

  it('made twice at once ends with one ride', async () => {
    const order = await sell()
    const both = await Promise.allSettled([change(order, 'another-seat'), change(order, 'cancel-silent')])
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true)
    await settle(at(7, 1))
    const { rides, booked, ours, feeKept } = await outcome(order)
    expect([rides.length, booked, ours, feeKept]).toEqual([1, 1, 2, 3300])
  })
})
