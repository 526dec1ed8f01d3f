import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { fen } from '../../clearing/money.ts'
import type { PaymentGateway } from '../payments/gateway.ts'
import type { CashierChoice } from '../payments/payment-schemas.ts'
import { decideAtCashier } from '../payments/simulated-cashier.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { cancelHold } from './order-queries.ts'
import { inquireCharge, payOrder, payRefunds, resolveUnknownPayments } from './pay-order.ts'
import { quoteRefund, refundTickets } from './refunds/refund-tickets.ts'
import { showOrder } from './show-order.ts'
import { at, buyer, clerk, createTestSale, person, today } from './test-sale.ts'
import { releaseExpiredHolds } from './ticketing-jobs.ts'

const { sql, keys, paying, find, hold, sell, placesLeft } = await createTestSale()
const coaches: Departure[] = []
let next = 0
const freshCoach = (): Departure => coaches[next++]!
beforeAll(async () => {
  for (const days of [1, 2, 3])
    coaches.push(
      ...(await find('天河客运站', '惠州汽车总站', addDays(today, days))).filter(({ line }) => line === 'SL001')
    )
})

const open = async (orderId: string, now = at(6, 1)) =>
  (await payOrder(paying, { orderId, gateway: 'simulated-cashier', actor: buyer.owner }, now)).key
/** Holds a seat, goes to the cashier and chooses there; the cashier's message, if it sends one, arrives at once. */
const choose = async (choice: CashierChoice, coach = freshCoach(), people = [person()]) => {
  const { id } = await hold(coach, people)
  const key = await open(id)
  await decideAtCashier(sql, key, choice, at(6, 2))
  if (choice === 'success' || choice === 'failure') await inquireCharge(paying, key, at(6, 2))
  return { id, key, coach }
}
const stateOf = async (id: string) => (await showOrder({ sql, keys }, id, buyer)).state
const paidBack = async (id: string) =>
  (
    await sql<{ reason: string; amount: number; state: string }[]>`
    select reason, amount, state from refund where order_id = ${id}`
  ).map((row) => ({ ...row }))
const money = async () =>
  (await sql`select (select coalesce(sum(amount), 0)::bigint from simulated_cashier_refund) as refunded`)[0]![
    'refunded'
  ] as number

describe('a payment', () => {
  test('that succeeds makes tickets with numbers of 20 characters', async () => {
    const { id } = await choose('success')
    const order = await showOrder({ sql, keys }, id, buyer)
    expect(order).toMatchObject({ state: 'ISSUED', issuedAt: at(6, 2) })
    expect(order.coupons[0]).toMatchObject({
      state: 'ISSUED',
      ticketNo: expect.stringMatching(/^44010000200A\d{8}$/) as string
    })
  })

  test('that fails leaves the seat held, and another attempt may succeed', async () => {
    const { id, key, coach } = await choose('failure')
    expect(await stateOf(id)).toBe('LOCKED')
    const second = await open(id, at(6, 3))
    expect(second).not.toBe(key)
    await decideAtCashier(sql, second, 'success', at(6, 4))
    await inquireCharge(paying, second, at(6, 4))
    expect(await stateOf(id)).toBe('ISSUED')
    expect(await placesLeft(coach)).toBe(44)
  })

  test('is opened once, however often it is asked for, and decided once', async () => {
    const { id } = await hold(freshCoach())
    const attempts = await Promise.all(Array.from({ length: 10 }, () => open(id)))
    expect(new Set(attempts).size).toBe(1)
    await decideAtCashier(sql, attempts[0]!, 'success', at(6, 2))
    await expect(decideAtCashier(sql, attempts[0]!, 'failure', at(6, 2))).rejects.toThrow('已有结果')
  })

  test('reported twenty times at once issues once', async () => {
    const { id } = await hold(freshCoach())
    const key = await open(id)
    await decideAtCashier(sql, key, 'success', at(6, 2))
    await Promise.all(Array.from({ length: 20 }, () => inquireCharge(paying, key, at(6, 2))))
    const [{ coupons }] = [await showOrder({ sql, keys }, id, buyer)]
    const events = await sql`select from ticket_event where ticket_no = ${coupons[0]!.ticketNo}`
    expect(events).toHaveLength(1)
    expect(await paidBack(id)).toEqual([])
  })

  test('whose answer does not come is asked for until it is known', async () => {
    const { id, key } = await choose('time-out')
    expect((await inquireCharge(paying, key, at(6, 2))).state).toBe('UNKNOWN')
    expect(await stateOf(id)).toBe('LOCKED')
    await resolveUnknownPayments(paying, at(6, 3))
    expect(await stateOf(id)).toBe('ISSUED')
  })

  test('told of twice, and differently, ends in one ticket; money on top of it goes back', async () => {
    const { id, key } = await choose('failure')
    const said = (outcome: 'succeeded' | 'failed'): typeof paying => ({
      ...paying,
      gateways: {
        ...paying.gateways,
        'simulated-cashier': { ...paying.gateways['simulated-cashier'], inquire: async () => outcome }
      }
    })
    const second = await open(id, at(6, 3))
    expect(second).not.toBe(key)
    await decideAtCashier(sql, second, 'success', at(6, 3))
    await inquireCharge(paying, second, at(6, 3))
    expect(await stateOf(id)).toBe('ISSUED')
    // The gateway takes the first answer back: that money was paid too, and the passenger gets it.
    await inquireCharge(said('succeeded'), key, at(6, 4))
    await inquireCharge(said('succeeded'), key, at(6, 5))
    expect(await paidBack(id)).toMatchObject([{ reason: 'late-payment' }])
    // And of the second it now says that it failed: what was issued stays.
    await inquireCharge(said('failed'), second, at(6, 6))
    expect(await stateOf(id)).toBe('ISSUED')
    expect(await paidBack(id)).toHaveLength(1)
  })

  test('nobody makes is closed when the hold is over', async () => {
    const { id } = await hold(freshCoach())
    const key = await open(id)
    await releaseExpiredHolds(sql, at(6, 15))
    await resolveUnknownPayments(paying, at(6, 40))
    const [charge] = await sql`select state from charge where key = ${key}`
    expect(charge!['state']).toBe('FAILED')
    expect(await stateOf(id)).toBe('EXPIRED')
  })

  test('of an order that is not waiting for money is refused', async () => {
    const { id } = await choose('success')
    await expect(open(id)).rejects.toThrow('待支付')
    await expect(open(randomUUID())).rejects.toThrow('待支付')
    const late = await hold(freshCoach())
    await expect(open(late.id, at(6, 15))).rejects.toThrow('待支付')
  })
})

test('an order that costs nothing is issued without any payment', async () => {
  const [local] = await find('湛江汽车总站', '徐闻汽车总站', addDays(today, 1))
  await sql`update fare set full_fare = 0, half_fare = 0 where line = (select line from departure where id = ${local!.id})`
  const { id } = await hold({ ...local!, fullFare: fen(0) }, [{ name: '测试旅客', fare: 'full' }])
  const answer = await payOrder(paying, { orderId: id, gateway: 'simulated-cashier', actor: buyer.owner }, at(6, 1))
  expect(answer).toEqual({ key: '', state: 'SUCCEEDED', payAt: null })
  const { state, coupons } = await showOrder({ sql, keys }, id, buyer)
  expect(state).toBe('ISSUED')
  const refund = { id: randomUUID(), request: { tickets: [coupons[0]!.ticketNo!], amount: 0 } }
  expect(await refundTickets(paying, refund, buyer, at(7))).toMatchObject({ state: 'PAID', amount: 0 })
})

describe('money that comes after the hold has expired', () => {
  const late = async (coach = freshCoach(), people = [person()]) => {
    const { id } = await choose('late-success', coach, people)
    await releaseExpiredHolds(sql, at(6, 15))
    expect(await stateOf(id)).toBe('EXPIRED')
    expect(await placesLeft(coach)).toBe(45)
    return id
  }

  test('still makes tickets while places are free', async () => {
    const coach = freshCoach()
    const id = await late(coach, [person(), person(), person('free')])
    await resolveUnknownPayments(paying, at(6, 40))
    const order = await showOrder({ sql, keys }, id, buyer)
    expect(order.state).toBe('ISSUED')
    expect(order.coupons.map(({ seat, state }) => [seat, state])).toEqual([
      [1, 'ISSUED'],
      [2, 'ISSUED'],
      [null, 'ISSUED']
    ])
    expect(await placesLeft(coach)).toBe(43)
  })

  test('makes tickets although every other place is in a hold that has expired, too', async () => {
    const coach = freshCoach()
    const id = await late(coach)
    for (let group = 0; group < 9; group++)
      await hold(
        coach,
        Array.from({ length: 5 }, () => person()),
        buyer,
        at(6, 16)
      )
    expect(await placesLeft(coach)).toBe(0)
    await resolveUnknownPayments(paying, at(6, 40))
    expect(await stateOf(id)).toBe('ISSUED')
    expect(await placesLeft(coach)).toBe(44)
  })

  test('goes back in full when the coach is full meanwhile', async () => {
    const coach = freshCoach()
    const id = await late(coach)
    for (let group = 0; group < 9; group++)
      await sell(
        coach,
        Array.from({ length: 5 }, () => person()),
        buyer,
        at(6, 16)
      )
    const before = await money()
    await resolveUnknownPayments(paying, at(6, 40))
    expect(await paidBack(id)).toEqual([{ reason: 'late-payment', amount: coach.fullFare, state: 'PAYING' }])
    await payRefunds(paying, at(6, 40))
    await payRefunds(paying, at(7))
    expect(await paidBack(id)).toEqual([{ reason: 'late-payment', amount: coach.fullFare, state: 'PAID' }])
    expect((await money()) - before).toBe(coach.fullFare)
    expect(await placesLeft(coach)).toBe(0)
  })

  test('goes back when the passenger has bought again meanwhile', async () => {
    const coach = freshCoach()
    const passenger = person()
    const id = await late(coach, [passenger])
    await sell(coach, [passenger], buyer, at(6, 16))
    await resolveUnknownPayments(paying, at(6, 40))
    expect(await paidBack(id)).toMatchObject([{ reason: 'late-payment' }])
    expect(await placesLeft(coach)).toBe(44)
  })

  test('goes back when the order was given up, or the departure cancelled', async () => {
    const given = await hold(freshCoach())
    const key = await open(given.id)
    await cancelHold(sql, given.id)
    await decideAtCashier(sql, key, 'success', at(6, 2))
    await inquireCharge(paying, key, at(6, 2))
    expect(await paidBack(given.id)).toMatchObject([{ reason: 'late-payment' }])

    const coach = freshCoach()
    const lost = await hold(coach)
    await transaction(sql, async (tx) => await tx`update departure set state = 'CANCELLED' where id = ${coach.id}`)
    const second = await open(lost.id)
    await decideAtCashier(sql, second, 'success', at(6, 2))
    await inquireCharge(paying, second, at(6, 2))
    expect(await stateOf(lost.id)).toBe('EXPIRED')
    expect(await paidBack(lost.id)).toMatchObject([{ reason: 'late-payment' }])
  })
})

describe('a refund', () => {
  const ask = async (tickets: string[], amount: number, now: Date, viewer = buyer) =>
    await refundTickets(paying, { id: randomUUID(), request: { tickets, amount } }, viewer, now)
  const codeOf = (error: unknown): string => (error as { code: string }).code

  test('follows the policy, frees the seat and lets the same passenger buy again', async () => {
    const coach = freshCoach()
    const passenger = person()
    const { id, coupons } = await sell(coach, [passenger])
    const ticketNo = coupons[0]!.ticketNo!
    const early = await quoteRefund(sql, ticketNo, buyer, new Date(coach.departsAt.getTime() - 7_200_000))
    expect(early).toMatchObject({ fee: 670, amount: 6030, reason: 'passenger', terms: { code: 'coach-10-20' } })
    const lateTime = new Date(coach.departsAt.getTime() - 7_199_000)
    expect(await quoteRefund(sql, ticketNo, buyer, lateTime)).toMatchObject({ fee: 1340, amount: 5360 })
    expect(await ask([ticketNo], 6030, lateTime).catch(codeOf)).toBe('refund-amount-changed')
    expect(await ask([ticketNo], 5360, lateTime)).toMatchObject({ state: 'PAID', tickets: [{ ticketNo, fee: 1340 }] })
    expect(await stateOf(id)).toBe('REFUNDED')
    expect(await placesLeft(coach)).toBe(45)
    await sell(coach, [passenger])
  })

  test('asked for again is the same refund; asked for anew it was refunded before', async () => {
    const { coupons } = await choose('success').then(({ id }) => showOrder({ sql, keys }, id, buyer))
    const request = { tickets: [coupons[0]!.ticketNo!], amount: 6030 }
    const id = randomUUID()
    const before = await money()
    const same = await Promise.all(
      Array.from({ length: 8 }, () => refundTickets(paying, { id, request }, buyer, at(7)))
    )
    expect(new Set(same.map((refund) => refund.id))).toEqual(new Set([id]))
    expect((await money()) - before).toBe(6030)
    const changed = { ...request, amount: 1 }
    expect(await refundTickets(paying, { id, request: changed }, buyer, at(7)).catch(codeOf)).toBe('refund-id-reused')
    expect(await ask(request.tickets, 6030, at(7)).catch(codeOf)).toBe('already-refunded')
  })

  test('of one of a party leaves the others; the adult may not leave a free child behind', async () => {
    const coach = freshCoach()
    const { id, coupons } = await sell(coach, [person(), person('half'), person('free')])
    const [adult, half, free] = coupons.map(({ ticketNo }) => ticketNo!)
    expect(await ask([adult!], 6030, at(7)).catch(codeOf)).toBe('child-needs-adult')
    expect(await ask([half!], 3015, at(7))).toMatchObject({ amount: 3015 })
    expect(await stateOf(id)).toBe('PART_REFUNDED')
    expect(await ask([adult!, free!], 6030, at(7))).toMatchObject({ amount: 6030 })
    expect(await stateOf(id)).toBe('REFUNDED')
    expect(await placesLeft(coach)).toBe(45)
  })

  test('after departure is closed; of a cancelled departure it is free of charge', async () => {
    const [gone, cancelled] = [freshCoach(), freshCoach()]
    const lost = (await sell(gone)).coupons[0]!.ticketNo!
    const after = new Date(gone.departsAt.getTime() + 1000)
    expect(await ask([lost], 0, after).catch(codeOf)).toBe('refund-closed')
    const free = (await sell(cancelled)).coupons[0]!.ticketNo!
    await transaction(sql, async (tx) => await tx`update departure set state = 'CANCELLED' where id = ${cancelled.id}`)
    expect(await ask([free], 6700, at(7))).toMatchObject({ reason: 'carrier', amount: 6700 })
  })

  test("of somebody else's ticket does not find it; a clerk's does", async () => {
    const ticketNo = (await sell(freshCoach())).coupons[0]!.ticketNo!
    expect(await ask([ticketNo], 6030, at(7), { owner: 'passenger:two', seesAll: false }).catch(codeOf)).toBe(
      'ticket-not-found'
    )
    expect(await ask([ticketNo], 6030, at(7), clerk)).toMatchObject({ state: 'PAID' })
  })

  test('of a held place is no ticket', async () => {
    const { id } = await hold(freshCoach())
    const [row] = await sql<{ ticketNo: string }[]>`select ticket_no from coupon where order_id = ${id}`
    expect(await ask([row!.ticketNo], 6030, at(7)).catch(codeOf)).toBe('ticket-not-found')
  })

  test('is paid once although the gateway first does not answer', async () => {
    const { id } = await choose('success')
    const { coupons } = await showOrder({ sql, keys }, id, buyer)
    let silent = true
    const real = paying.gateways['simulated-cashier']
    const moody: PaymentGateway = {
      ...real,
      refund: async (refund, now) => {
        const answer = await real.refund(refund, now)
        return silent ? 'unknown' : answer
      }
    }
    const gateways = { ...paying.gateways, 'simulated-cashier': moody }
    const request = { tickets: [coupons[0]!.ticketNo!], amount: 6030 }
    const before = await money()
    const refund = await refundTickets({ sql, gateways }, { id: randomUUID(), request }, buyer, at(7))
    expect(refund.state).toBe('PAYING')
    expect((await showOrder({ sql, keys }, id, buyer)).coupons[0]!.state).toBe('REFUNDING')
    silent = false
    await payRefunds({ sql, gateways }, at(8), refund.id)
    expect((await showOrder({ sql, keys }, id, buyer)).coupons[0]!.state).toBe('REFUNDED')
    expect((await money()) - before).toBe(6030)
  })
})

describe('a void', () => {
  const cancel = async (ticketNo: string, viewer: typeof clerk, now: Date) =>
    await refundTickets(
      paying,
      { id: randomUUID(), request: { tickets: [ticketNo], amount: 6700, void: true } },
      viewer,
      now
    ).catch((error: { code: string }) => error.code)

  test('is for the seller himself, for half an hour, at no cost', async () => {
    const ticket = async () => (await sell(freshCoach(), [person()], clerk)).coupons[0]!.ticketNo!
    expect(await cancel(await ticket(), { ...clerk, owner: 'clerk:two' }, at(6, 10))).toBe('void-closed')
    expect(await cancel(await ticket(), clerk, new Date(at(6, 30).getTime() + 1))).toBe('void-closed')
    expect(await cancel(await ticket(), clerk, at(6, 30))).toMatchObject({
      reason: 'void',
      amount: 6700,
      state: 'PAID'
    })
  })
})

test('the cashier hears one decision, while it is open, about a charge it knows', async () => {
  const { key } = await choose('success')
  const decide = async (about: string, now: Date) =>
    await decideAtCashier(sql, about, 'failure', now).catch((error: { code: string }) => error.code)
  expect(await decide(key, at(6, 3))).toBe('charge-decided')
  const { id } = await hold(freshCoach())
  expect(await decide(await open(id), at(7))).toBe('charge-decided')
  expect(await decide(`${randomUUID()}.1`, at(6, 3))).toBe('charge-not-found')
  await expect(inquireCharge(paying, `${randomUUID()}.1`, at(6, 3))).rejects.toMatchObject({ code: 'charge-not-found' })
})

test('the cashier pays back no more than it took', async () => {
  const { key } = await choose('success')
  const gateway = paying.gateways['simulated-cashier']
  const pay = (id: string, amount: number) => gateway.refund({ key: id, chargeKey: key, amount: fen(amount) }, at(7))
  const [first, second] = [randomUUID(), randomUUID()]
  expect(await pay(first, 6000)).toBe('paid')
  expect(await pay(second, 701)).toBe('unknown')
  expect(await pay(first, 6000)).toBe('paid')
  expect(await pay(second, 700)).toBe('paid')
})
