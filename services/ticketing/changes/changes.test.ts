import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { lockTicket } from '../../boarding/boarding-queries.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { decideAtCashier } from '../../payments/simulated-cashier.ts'
import { holdOrder } from '../hold-order.ts'
import { inquireCharge, payOrder, payRefunds } from '../pay-order.ts'
import { quoteRefund, refundTickets } from '../refunds/refund-tickets.ts'
import { showOrder, type Viewer } from '../show-order.ts'
import { at, buyer, clerk, createTestSale, person, today } from '../test-sale.ts'
import { releaseExpiredHolds } from '../ticketing-jobs.ts'
import type { ChangeRequest } from './change-schemas.ts'
import { changeTickets, quoteChange, showChange } from './change-tickets.ts'

const world = await createTestSale()
const { sql, keys, paying, find, sell, hold, placesLeft } = world
let coaches: Departure[]
beforeAll(async () => {
  coaches = (await find('天河客运站', '惠州汽车总站')).filter(({ line }) => line === 'SL001')
})

const target = ({ id, from, to }: Departure) => ({ departure: id, from: from.place, to: to.place })
const refused = async (work: Promise<unknown>) =>
  await work.then(
    () => 'done',
    (error: { code: string }) => error.code
  )

const change = async (request: ChangeRequest, viewer: Viewer = buyer, now = at(6), id = randomUUID()) =>
  await changeTickets({ sql, keys }, { id, request }, viewer, now)

test('a ticket changes to a later coach at the same price: the old place is free, the new one taken, the history says so', async () => {
  const [early, late] = [coaches[0]!, coaches[1]!]
  const { id: orderId, coupons } = await sell(early)
  const old = coupons[0]!.ticketNo!
  const before = [await placesLeft(early), await placesLeft(late)]
  const quote = await quoteChange({ sql, keys }, { tickets: [old], ...target(late) }, buyer, at(6))
  expect(quote).toMatchObject({ cause: 'passenger', due: 0 })
  const request = { tickets: [old], ...target(late), due: 0 }
  const id = randomUUID()
  const changed = await change(request, buyer, at(6), id)
  expect(changed).toMatchObject({ state: 'ISSUED', fromOrder: orderId, due: 0 })
  expect(await change(request, buyer, at(6), id)).toEqual(changed)
  expect(await refused(change({ ...request, due: 1 }, buyer, at(6), id))).toBe('order-id-reused')
  expect([await placesLeft(early), await placesLeft(late)]).toEqual([before[0]! + 1, before[1]! - 1])
  expect((await showOrder({ sql, keys }, orderId, buyer)).coupons[0]!.state).toBe('CHANGED')
  const fresh = await showOrder({ sql, keys }, id, buyer)
  expect(fresh).toMatchObject({ state: 'ISSUED', ride: { departure: late.id }, coupons: [{ state: 'ISSUED' }] })
  const [digests] = await sql`
    select count(distinct document_digest)::integer as people, count(document_digest)::integer as named from coupon
    where order_id in (${id}, ${orderId})`
  expect(digests).toEqual({ people: 1, named: 2 })
  const again = changed.tickets[0]!.new!
  expect(await refused(change({ tickets: [again], ...target(coaches[2]!), due: 0 }))).toBe('changed-before')
  expect(await refused(change({ tickets: [old], ...target(coaches[2]!), due: 0 }))).toBe('ticket-not-changeable')
})

/** A dearer way along the same line on a later coach, from a cheaper one. */
const ways = async (day = addDays(today, 1)) => {
  const short = (await find('天河客运站', '海丰', day)).filter(({ line }) => line === 'SM001')
  const long = (await find('天河客运站', '汕头汽车站', day)).filter(({ line }) => line === 'SM001')
  return { short, long }
}

/** What was charged less what went back, over both orders of a change. */
const netPaid = async (...orders: string[]): Promise<number> => {
  const [row] = await sql<{ net: number }[]>`
    select (coalesce((select sum(amount) from charge where order_id = any (${orders}) and state = 'SUCCEEDED'), 0)
      - coalesce((select sum(amount) from refund where order_id = any (${orders}) and state = 'PAID'), 0))::integer as net`
  return row!.net
}

const sellAtCashier = async (departure: Departure) => {
  const { id } = await hold(departure)
  const { key } = await payOrder(paying, { orderId: id, gateway: 'simulated-cashier', actor: buyer.owner }, at(6))
  await decideAtCashier(sql, key, 'success', at(6))
  await inquireCharge(paying, key, at(6))
  return await showOrder({ sql, keys }, id, buyer)
}

const beginDearerChange = async (from = 0, to = 1) => {
  const { short, long } = await ways()
  const { id: orderId, coupons } = await sellAtCashier(short[from]!)
  const old = coupons[0]!.ticketNo!
  const due = long[to]!.fullFare - short[from]!.fullFare
  const begun = await change({ tickets: [old], ...target(long[to]!), due })
  return { orderId, old, due, begun, from: short[from]!, to: long[to]! }
}

const payChange = async (id: string, choice: 'success' | 'time-out' | 'late-success') => {
  const { key } = await payOrder(paying, { orderId: id, gateway: 'simulated-cashier', actor: buyer.owner }, at(6))
  await decideAtCashier(sql, key, choice, at(6))
  await inquireCharge(paying, key, at(6))
  return key
}

const stateOf = async (ticketNo: string): Promise<string> => {
  const [row] = await sql<{ state: string }[]>`select state from coupon where ticket_no = ${ticketNo}`
  return row!.state
}

test('a dearer ticket is held until the difference is paid; a silent bank is asked again; then it goes back over both payments', async () => {
  const { orderId, old, due, begun, to } = await beginDearerChange()
  expect(due).toBeGreaterThan(0)
  expect(begun).toMatchObject({ state: 'LOCKED', due, tickets: [{ new: null }] })
  expect(await stateOf(old)).toBe('ISSUED')
  const key = await payChange(begun.id, 'time-out')
  expect(await stateOf(old)).toBe('ISSUED')
  await inquireCharge(paying, key, new Date(at(6).getTime() + 21_000))
  expect(await stateOf(old)).toBe('CHANGED')
  const changed = await showChange(sql, begun.id, buyer)
  expect(changed).toMatchObject({ state: 'ISSUED' })
  await world.assertSound()
  const fresh = changed.tickets[0]!.new!
  const fee = Math.round(to.fullFare / 10)
  const request = { tickets: [fresh], amount: to.fullFare - fee }
  const refund = await refundTickets(paying, { id: randomUUID(), request }, buyer, at(6))
  expect(refund).toMatchObject({ state: 'PAID', amount: to.fullFare - fee })
  const paidBack = await sql`
    select charge.order_id, paid.amount from simulated_cashier_refund as paid join charge on charge.key = paid.charge_key
    where charge.order_id in (${orderId}, ${begun.id}) order by charge.order_id = ${orderId}`
  expect(paidBack).toEqual([
    { orderId: begun.id, amount: due },
    { orderId, amount: to.fullFare - fee - due }
  ])
  expect(await netPaid(orderId, begun.id)).toBe(fee)
  await world.assertSound()
})

test('an unpaid change lapses and the old ticket stays; money that comes late still makes the change, or goes back', async () => {
  const first = await beginDearerChange(0, 2)
  const key = await payChange(first.begun.id, 'late-success')
  await releaseExpiredHolds(sql, at(6, 15))
  expect(await showChange(sql, first.begun.id, buyer)).toMatchObject({ state: 'EXPIRED' })
  expect(await stateOf(first.old)).toBe('ISSUED')
  await inquireCharge(paying, key, at(6, 16))
  expect(await showChange(sql, first.begun.id, buyer)).toMatchObject({ state: 'ISSUED' })
  expect(await stateOf(first.old)).toBe('CHANGED')

  const second = await beginDearerChange(0, 2)
  const request = { tickets: [second.old], amount: second.from.fullFare - Math.round(second.from.fullFare / 10) }
  await refundTickets(paying, { id: randomUUID(), request }, buyer, at(6))
  await payChange(second.begun.id, 'success')
  expect(await showChange(sql, second.begun.id, buyer)).toMatchObject({ state: 'CANCELLED' })
  await payRefunds(paying, at(6, 1))
  expect(await netPaid(second.begun.id)).toBe(0)
  await world.assertSound()
})

test('who gets another ticket at that time before he pays keeps the old one, and the money goes back', async () => {
  const { short, long } = await ways(addDays(today, 3))
  const traveller = person()
  const { coupons } = await sell(short[0]!, [traveller])
  const due = long.at(-1)!.fullFare - short[0]!.fullFare
  const begun = await change({ tickets: [coupons[0]!.ticketNo!], ...target(long.at(-1)!), due })
  await sell(long.at(-1)!, [traveller])
  const { key } = await payOrder(paying, { orderId: begun.id, gateway: 'simulated-cashier', actor: buyer.owner }, at(6))
  await decideAtCashier(sql, key, 'success', at(6))
  await inquireCharge(paying, key, at(6))
  expect(await showChange(sql, begun.id, buyer)).toMatchObject({ state: 'CANCELLED' })
  expect(await stateOf(coupons[0]!.ticketNo!)).toBe('ISSUED')
  await payRefunds(paying, at(6))
  expect(await netPaid(begun.id)).toBe(0)
  await world.assertSound()
})

test('a cheaper ticket gives the difference back through the payment that bought the old one', async () => {
  const { short, long } = await ways()
  const { id: orderId, coupons } = await sellAtCashier(long[0]!)
  const due = short[2]!.fullFare - long[0]!.fullFare
  const changed = await change({ tickets: [coupons[0]!.ticketNo!], ...target(short[2]!), due })
  expect(changed).toMatchObject({ state: 'ISSUED', due, difference: due })
  await payRefunds(paying, at(6), changed.id)
  expect(await netPaid(orderId, changed.id)).toBe(short[2]!.fullFare)
  const fee = Math.round(short[2]!.fullFare / 10)
  const request = { tickets: [changed.tickets[0]!.new!], amount: short[2]!.fullFare - fee }
  expect(await refundTickets(paying, { id: randomUUID(), request }, buyer, at(6))).toMatchObject({ state: 'PAID' })
  expect(await netPaid(orderId, changed.id)).toBe(fee)
  await world.assertSound()
})

test('one passenger of several changes; the adult may not leave the free child behind', async () => {
  const [, , from, to] = coaches
  const { coupons } = await sell(from!, [person(), person(), person('free', '20220101')])
  const tickets = coupons.map(({ ticketNo }) => ticketNo!)
  await change({ tickets: [tickets[0]!], ...target(to!), due: 0 })
  expect(await Promise.all(tickets.map(stateOf))).toEqual(['CHANGED', 'ISSUED', 'ISSUED'])
  expect(await refused(change({ tickets: [tickets[1]!], ...target(to!), due: 0 }))).toBe('child-needs-adult')
  expect(await refused(change({ tickets: [tickets[2]!], ...target(to!), due: 0 }))).toBe('child-needs-adult')
  await change({ tickets: tickets.slice(1), ...target(to!), due: 0 })
  expect(await Promise.all(tickets.map(stateOf))).toEqual(['CHANGED', 'CHANGED', 'CHANGED'])
  await world.assertSound()
})

test('who holds a ticket on the new coach cannot change another one to it', async () => {
  const [, , , , from, to] = coaches
  const traveller = person()
  const { coupons } = await sell(from!, [traveller])
  await sql`alter table coupon disable trigger limits_of_new`
  await sell(to!, [traveller])
  await sql`alter table coupon enable trigger limits_of_new`
  const asked = { tickets: [coupons[0]!.ticketNo!], ...target(to!), due: 0 }
  expect(await refused(change(asked))).toBe('identity-holds-ticket')
  expect(await stateOf(coupons[0]!.ticketNo!)).toBe('ISSUED')
  await world.assertSound()
})

test('the strait: once, free, until two hours after sailing with the late fee; a changed ticket refunds as if late', async () => {
  const sailings = await find('徐闻港', '新海港')
  const [first, second] = [sailings[0]!, sailings.at(-1)!]
  const { coupons } = await sell(first)
  const changed = await change({ tickets: [coupons[0]!.ticketNo!], ...target(second), due: 0 })
  const fresh = changed.tickets[0]!.new!
  const early = new Date(second.departsAt.getTime() - 5 * 3_600_000)
  expect(await quoteRefund(sql, fresh, buyer, early)).toMatchObject({ fee: 500, amount: second.fullFare - 500 })

  const { coupons: missed } = await sell(first)
  const sailed = (minutes: number) => new Date(first.departsAt.getTime() + minutes * 60_000)
  const asked = { tickets: [missed[0]!.ticketNo!], ...target(second) }
  expect(await quoteChange({ sql, keys }, asked, buyer, sailed(120))).toMatchObject({
    due: 500,
    tickets: [{ fee: 500 }]
  })
  expect(await refused(quoteChange({ sql, keys }, asked, buyer, sailed(121)))).toBe('change-closed')
})

test('a cancelled coach is exchanged free, for a better one too, and that does not count', async () => {
  const { short, long } = await ways(addDays(today, 2))
  const { coupons } = await sell(short[0]!)
  await transaction(sql, async (tx) => await tx`update departure set state = 'CANCELLED' where id = ${short[0]!.id}`)
  const old = coupons[0]!.ticketNo!
  expect(await refused(quoteChange({ sql, keys }, { tickets: [old], ...target(long[1]!) }, buyer, at(6)))).toBe(
    'change-other-stops'
  )
  const changed = await change({ tickets: [old], ...target(short[1]!), due: 0 })
  expect(changed).toMatchObject({ cause: 'carrier', state: 'ISSUED' })
  const again = changed.tickets[0]!.new!
  expect(await change({ tickets: [again], ...target(short[2]!), due: 0 })).toMatchObject({ cause: 'passenger' })
})

test('a clerk sets the terms aside with a reason: changed and refunded free, and the reason is kept', async () => {
  const { short, long } = await ways(addDays(today, 2))
  const { coupons } = await sell(short[2]!)
  const overrule = { code: 'WEATHER', note: '台风，码头停航' } as const
  const late = new Date(short[2]!.departsAt.getTime() - 60_000)
  const asked = { tickets: [coupons[0]!.ticketNo!], ...target(long.at(-1)!), due: 0, overrule }
  const changed = await change(asked, clerk, late)
  expect(changed).toMatchObject({ cause: 'overrule', state: 'ISSUED' })
  const fresh = changed.tickets[0]!.new!
  const request = { tickets: [fresh], amount: short[2]!.fullFare, overrule }
  const refund = await refundTickets(paying, { id: randomUUID(), request }, clerk, late)
  expect(refund).toMatchObject({ reason: 'overrule', amount: short[2]!.fullFare, tickets: [{ fee: 0 }] })
  const events = await sql<{ detail: string }[]>`
    select detail from ticket_event where ticket_no in (${coupons[0]!.ticketNo}, ${fresh}) and event in ('change', 'refund')`
  expect(events.every(({ detail }) => detail.includes('WEATHER 台风，码头停航'))).toBe(true)
  await world.assertSound()
})

test('change, refund and check-in of one ticket at once: one of them happens, the others hear why not', async () => {
  const [, , , , , , from, to] = coaches
  const now = new Date(from!.departsAt.getTime() - 7_200_000)
  for (let round = 0; round < 12; round++) {
    const { id: orderId, coupons } = await sell(from!)
    const old = coupons[0]!.ticketNo!
    const gate = async () =>
      await transaction(sql, async (tx) => {
        await lockTicket(tx, old)
        const [row] = await tx<{ state: string }[]>`select state from coupon where ticket_no = ${old}`
        if (row!.state !== 'ISSUED') throw Object.assign(new Error('refused'), { code: row!.state })
        await tx`update coupon set state = 'CHECKED' where ticket_no = ${old}`
      })
    const amount = from!.fullFare - Math.round(from!.fullFare / 10)
    const answers = await Promise.all(
      [
        async () => await change({ tickets: [old], ...target(to!), due: 0 }, buyer, now),
        async () => await change({ tickets: [old], ...target(to!), due: 0 }, buyer, now),
        async () => await refundTickets(paying, { id: randomUUID(), request: { tickets: [old], amount } }, buyer, now),
        gate
      ]
        .toSorted(() => (round % 2 === 0 ? 1 : -1))
        .map(async (act) => await refused(act()))
    )
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(1)
    const live = await sql`
      select state from coupon where live and (order_id = ${orderId} or order_id in
        (select order_id from ticket_change where from_order = ${orderId}))`
    expect(live.length).toBe((await stateOf(old)).startsWith('REFUND') ? 0 : 1)
  }
  await world.assertSound()
})

test('a leg of a journey changes only so that its neighbour can still be reached', async () => {
  const coach = (await find('滘口', '徐闻', addDays(today, 1)))[0]
  const sailings = await find('徐闻港', '新海港', addDays(today, 1))
  const bus = (await find('湛江汽车总站', '徐闻汽车总站', addDays(today, 1)))[0] ?? coach
  const reach = (sailing: Departure) => sailing.departsAt.getTime() >= bus!.arrivesAt.getTime() + 60 * 60_000
  const [first, later] = sailings.filter(reach)
  const early = sailings.find((sailing) => !reach(sailing))!
  const id = randomUUID()
  const legs = [target(bus!), target(first!)]
  const asked = { legs, passengers: [person()], total: bus!.fullFare + first!.fullFare }
  await holdOrder({ sql, keys }, { id, request: asked, owner: buyer.owner }, at(6))
  await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
  const { coupons } = await showOrder({ sql, keys }, id, buyer)
  const tickets = [coupons[1]!.ticketNo!]
  expect(await refused(change({ tickets, ...target(early), due: 0 }))).toBe('connection-too-short')
  expect(await change({ tickets, ...target(later!), due: 0 })).toMatchObject({ state: 'ISSUED' })
  await world.assertSound()
})
