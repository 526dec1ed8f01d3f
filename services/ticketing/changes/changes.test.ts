import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { decideAtCashier } from '../../payments/simulated-cashier.ts'
import { inquireCharge, payOrder } from '../pay-order.ts'
import { showOrder, type Viewer } from '../show-order.ts'
import { at, buyer, clerk, createTestSale, person, today } from '../test-sale.ts'
import type { ChangeRequest } from './change-schemas.ts'
import { changeTickets, quoteChange } from './change-tickets.ts'

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
  const quote = await quoteChange(sql, { tickets: [old], ...target(late) }, buyer, at(6))
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
