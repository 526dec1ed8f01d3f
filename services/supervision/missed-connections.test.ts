import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { holdOrder } from '../ticketing/hold-order.ts'
import { payOrder } from '../ticketing/pay-order.ts'
import { showOrder } from '../ticketing/show-order.ts'
import { reviewConnections } from '../ticketing/connections/review-connections.ts'
import { at, buyer, createTestSale, person, today } from '../ticketing/test-sale.ts'
import { abandonedAfterMs, settleMissedConnectionsJob } from './missed-connections.ts'

const { sql, keys, paying, parts, find, assertSound } = await createTestSale()

/** A coach that was travelled and a sailing it no longer reaches. */
async function missedJourney() {
  const tomorrow = addDays(today, 1)
  const coach = (await find('湛江汽车总站', '徐闻汽车总站', tomorrow)).find(({ line }) => line === 'SL052')!
  const sailing = (await find('徐闻港', '新海港', tomorrow)).find(
    ({ line, departsAt }) => line === 'SW01' && departsAt.getTime() >= coach.arrivesAt.getTime() + 60 * 60_000
  )!
  const legs = [coach, sailing].map(({ id, from, to }) => ({ departure: id, from: from.place, to: to.place }))
  const id = randomUUID()
  const request = { legs, product: 'ST02', passengers: [person()], total: coach.fullFare + sailing.fullFare - 500 }
  await holdOrder({ sql, keys }, { id, request, owner: buyer.owner }, at(6))
  await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
  const late = new Date(coach.departsAt.getTime() + 90 * 60_000)
  await transaction(sql, async (tx) => {
    await tx`update coupon set state = 'CHECKED' where order_id = ${id} and leg = 0`
    await tx`update departure set departs_at = ${late}, state = 'DELAYED' where id = ${coach.id}`
  })
  await reviewConnections(sql, coach.id, late)
  return { id, sailing }
}

test('a connection missed through our delay is paid back without being asked, once, when nobody chose a way on', async () => {
  const { id, sailing } = await missedJourney()
  const work = async (now: Date) => {
    for (const due of await settleMissedConnectionsJob.due(parts, now))
      await settleMissedConnectionsJob.perform(parts, due, now)
  }
  const gone = sailing.departsAt.getTime() + abandonedAfterMs
  await work(new Date(gone - 1))
  expect((await showOrder({ sql, keys }, id, buyer)).coupons.map(({ state }) => state)).toEqual([
    'CHECKED',
    'SUSPENDED'
  ])
  await work(new Date(gone + 1))
  const { coupons, connections } = await showOrder({ sql, keys }, id, buyer)
  expect(coupons.map(({ state }) => state)).toEqual(['CHECKED', 'REFUNDED'])
  expect(connections).toMatchObject([{ state: 'REFUNDED' }])
  await work(new Date(gone + 2))
  const paid = await sql<{ amount: number; state: string }[]>`select amount, state from refund where order_id = ${id}`
  expect(paid).toEqual([{ amount: coupons[1]!.fare, state: 'PAID' }])
  await assertSound()
})
