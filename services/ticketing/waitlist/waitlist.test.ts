import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { decideAtCashier } from '../../payments/simulated-cashier.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { holdOrder } from '../hold-order.ts'
import { inquireCharge, payOrder, payRefunds } from '../pay-order.ts'
import { refundTickets } from '../refunds/refund-tickets.ts'
import { showOrder, type Viewer } from '../show-order.ts'
import { at, buyer, createTestSale, person, today } from '../test-sale.ts'
import { releaseExpiredHolds } from '../ticketing-jobs.ts'
import { joinWaitlist, leaveWaitlist, showEntry } from './join-waitlist.ts'
import { endPastDeadline } from './waitlist-jobs.ts'
import { fillFreedPlaces } from './waitlist-queries.ts'
import type { WaitlistRequest } from './waitlist-schemas.ts'

const world = await createTestSale()
const { sql, keys, paying, find, sell, hold, request, placesLeft } = world
let coaches: Departure[]
beforeAll(async () => {
  coaches = (await find('天河客运站', '惠州汽车总站')).filter(({ line }) => line === 'SL001')
})

const refused = async (work: Promise<unknown>) =>
  await work.then(
    () => 'done',
    (error: { code: string }) => error.code
  )

const sellOut = async (coach: Departure) => {
  const orders = []
  for (let party = 0; party < 9; party++)
    orders.push(
      await sell(
        coach,
        Array.from({ length: 5 }, () => person())
      )
    )
  expect(await placesLeft(coach)).toBe(0)
  return orders
}

const wishFor = (coach: Departure, changes: Partial<WaitlistRequest> = {}): WaitlistRequest => ({
  from: coach.from.place,
  to: coach.to.place,
  departures: [coach.id],
  passengers: [person()],
  limit: 100_000,
  ...changes
})

const join = async (asked: WaitlistRequest, viewer: Viewer = buyer, now = at(6)) =>
  await joinWaitlist({ sql, keys }, { id: randomUUID(), request: asked }, viewer, now)

const prepay = async (id: string, now = at(6)) => {
  const { key } = await payOrder(paying, { orderId: id, gateway: 'simulated-cashier', actor: buyer.owner }, now)
  await decideAtCashier(sql, key, 'success', now)
  await inquireCharge(paying, key, now)
  return await showEntry(sql, id, buyer)
}

const wait = async (asked: WaitlistRequest) => await prepay((await join(asked)).id)

const giveBack = async (order: { coupons: { ticketNo: string | null; fare: number }[] }, seats = 1) => {
  const coupons = order.coupons.slice(0, seats)
  const amount = coupons.reduce((sum, { fare }) => sum + fare - Math.round(fare / 10), 0)
  const asked = { tickets: coupons.map(({ ticketNo }) => ticketNo!), amount }
  return await refundTickets(paying, { id: randomUUID(), request: asked }, buyer, at(6))
}

const paidBack = async (id: string): Promise<number> => {
  await payRefunds(paying, at(12))
  const [row] = await sql<{ back: number }[]>`
    select coalesce(sum(amount), 0)::integer as back from simulated_cashier_refund where charge_key like ${`${id}.%`}`
  return row!.back
}

test('a place that comes back is the first one’s in the same moment; the next waits, and a later buyer finds nothing', async () => {
  const coach = coaches[0]!
  const orders = await sellOut(coach)
  const [first, second] = [await wait(wishFor(coach)), await wait(wishFor(coach))]
  expect([first, second]).toMatchObject([
    { state: 'WAITING', ahead: 0, prepaid: coach.fullFare },
    { state: 'WAITING', ahead: 1 }
  ])
  await giveBack(orders[0]!)
  const filled = await showEntry(sql, first.id, buyer)
  expect(filled).toMatchObject({ state: 'FILLED', ahead: null })
  expect(await showEntry(sql, second.id, buyer)).toMatchObject({ state: 'WAITING', ahead: 0 })
  expect(await refused(sell(coach))).toBe('no-places-left')
  const order = await showOrder({ sql, keys }, filled.order!, buyer)
  expect(order).toMatchObject({ state: 'ISSUED', ride: { departure: coach.id }, coupons: [{ state: 'ISSUED' }] })
  await giveBack(order)
  expect(await showEntry(sql, second.id, buyer)).toMatchObject({ state: 'FILLED' })
  expect(await paidBack(first.id)).toBe(coach.fullFare - Math.round(coach.fullFare / 10))
  await world.assertSound()
})

test('who needs two seats keeps his turn when one comes back; it goes to the next who needs one', async () => {
  const coach = coaches[1]!
  const orders = await sellOut(coach)
  const pair = await wait(wishFor(coach, { passengers: [person(), person()] }))
  const single = await wait(wishFor(coach))
  await giveBack(orders[0]!)
  expect((await showEntry(sql, single.id, buyer)).state).toBe('FILLED')
  expect((await showEntry(sql, pair.id, buyer)).state).toBe('WAITING')
  await giveBack(orders[1]!, 2)
  expect((await showEntry(sql, pair.id, buyer)).state).toBe('FILLED')
  await world.assertSound()
})

test('several departures of a day: the dearest is prepaid, the filled one counts, the rest comes back', async () => {
  const day = addDays(today, 2)
  const [whole, part] = [await find('天河客运站', '汕头汽车站', day), await find('天河客运站', '海丰', day)]
  const ways = whole.filter(({ line }) => line === 'SM001')
  expect(part.length).toBeGreaterThan(0)
  const { from, to, fullFare } = ways[0]!
  const asked = { from: from.place, to: to.place, day, passengers: [person()], limit: fullFare }
  expect(await refused(join({ ...asked, limit: fullFare - 1 }))).toBe('waitlist-nothing-fits')
  const entry = await join(asked)
  expect(entry.wishes.length).toBeGreaterThan(1)
  expect(await prepay(entry.id)).toMatchObject({ state: 'FILLED' })
  expect(await paidBack(entry.id)).toBe(entry.prepaid - fullFare)
  expect(await refused(join({ ...asked, departures: [ways[0]!.id] }))).toBe('waitlist-unclear')
})

test('a lapsed hold goes to the list before the buyer who stumbles over it, and by the job without any buyer', async () => {
  const coach = coaches[2]!
  for (let party = 0; party < 8; party++)
    await sell(
      coach,
      Array.from({ length: 5 }, () => person())
    )
  await hold(coach, [person(), person(), person(), person()], buyer, at(6))
  await hold(coach, [person()], buyer, at(6, 5))
  const [first, second] = [await wait(wishFor(coach)), await wait(wishFor(coach))]
  const id = randomUUID()
  await holdOrder({ sql, keys }, { id, request: request(coach, [person(), person()]), owner: buyer.owner }, at(6, 16))
  const states = async () => [
    (await showEntry(sql, first.id, buyer)).state,
    (await showEntry(sql, second.id, buyer)).state
  ]
  expect(await states()).toEqual(['FILLED', 'FILLED'])
  const third = await wait(wishFor(coach))
  await releaseExpiredHolds(sql, at(6, 21))
  expect((await showEntry(sql, third.id, buyer)).state).toBe('FILLED')
  await world.assertSound()
})

test('unfilled at the deadline, or given up: all of it comes back; paid too late: too', async () => {
  const coach = coaches[3]!
  await sellOut(coach)
  const entry = await wait(wishFor(coach, { until: at(9).toISOString() }))
  expect(await endPastDeadline(sql, new Date(at(9).getTime() - 1))).toBe(0)
  expect(await endPastDeadline(sql, at(9))).toBe(1)
  expect((await showEntry(sql, entry.id, buyer)).state).toBe('UNFILLED')
  expect(await paidBack(entry.id)).toBe(coach.fullFare)
  const left = await wait(wishFor(coach))
  expect((await leaveWaitlist(sql, left.id, buyer, at(6))).state).toBe('CANCELLED')
  expect(await paidBack(left.id)).toBe(coach.fullFare)
  expect(await refused(leaveWaitlist(sql, entry.id, buyer, at(6)))).toBe('waitlist-over')

  const late = await join(wishFor(coach, { until: at(6, 10).toISOString() }))
  const { key } = await payOrder(paying, { orderId: late.id, gateway: 'simulated-cashier', actor: buyer.owner }, at(6))
  await decideAtCashier(sql, key, 'time-out', at(6))
  await inquireCharge(paying, key, at(6, 11))
  expect((await showEntry(sql, late.id, buyer)).state).toBe('CANCELLED')
  expect(await paidBack(late.id)).toBe(coach.fullFare)
  expect(await refused(join(wishFor(coach, { until: at(5).toISOString() })))).toBe('waitlist-closed')
})

test('who bought elsewhere for that time is passed over and keeps waiting; the place goes on', async () => {
  const coach = coaches[4]!
  const orders = await sellOut(coach)
  const traveller = person()
  const entry = await wait(wishFor(coach, { passengers: [traveller] }))
  const next = await wait(wishFor(coach))
  await sell(coaches[5]!, [traveller])
  await giveBack(orders[0]!)
  const states = [(await showEntry(sql, entry.id, buyer)).state, (await showEntry(sql, next.id, buyer)).state]
  expect(states).toEqual(['WAITING', 'FILLED'])
  await world.assertSound()
})

test('the same id with another body is refused, with the same it is the same entry; another’s is not found', async () => {
  const asked = wishFor(coaches[4]!)
  const id = randomUUID()
  const entry = await joinWaitlist({ sql, keys }, { id, request: asked }, buyer, at(6))
  expect(await joinWaitlist({ sql, keys }, { id, request: asked }, buyer, at(7))).toEqual(entry)
  const other = { ...asked, limit: 1 }
  expect(await refused(joinWaitlist({ sql, keys }, { id, request: other }, buyer, at(6)))).toBe('order-id-reused')
  expect(await refused(showEntry(sql, id, { owner: 'passenger:two', seesAll: false }))).toBe('waitlist-entry-not-found')
})

test('seats coming back, buyers at the door and forty in line, all at once: in order, nobody twice, the money right', async () => {
  const coach = coaches.at(-1)!
  const orders = await sellOut(coach)
  const entries: string[] = []
  for (let place = 0; place < 40; place++) entries.push((await wait(wishFor(coach))).id)
  const buy = async () => {
    const id = randomUUID()
    await holdOrder({ sql, keys }, { id, request: request(coach, [person()]), owner: buyer.owner }, at(6))
    await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
  }
  const acts = orders
    .slice(0, 6)
    .flatMap((order) => [
      ...order.coupons.slice(0, 4).map((coupon) => async () => await giveBack({ coupons: [coupon] })),
      buy,
      buy,
      async () => await fillFreedPlaces(sql, at(6))
    ])
  const outcomes = await Promise.all(acts.map(async (act) => await refused(act())))
  expect(new Set(outcomes)).toEqual(new Set(['done', 'no-places-left']))
  await fillFreedPlaces(sql, at(6))
  const states = await Promise.all(entries.map(async (id) => (await showEntry(sql, id, buyer)).state))
  expect(states).toEqual([...Array<string>(24).fill('FILLED'), ...Array<string>(16).fill('WAITING')])
  expect(outcomes.filter((outcome) => outcome === 'no-places-left')).toHaveLength(12)
  expect(await placesLeft(coach)).toBe(0)
  const [money] = await sql`
    select count(*)::integer as wrong from waitlist_entry as entry join charge on charge.order_id = entry.order_id
    left join ticket_order as filled on filled.id = filled_order
    where filled.total is distinct from case when entry.state = 'FILLED' and filled.state = 'ISSUED' then charge.amount end
      and entry.state = 'FILLED' and filled.state = 'ISSUED'`
  expect(money).toEqual({ wrong: 0 })
  await world.assertSound()
})
