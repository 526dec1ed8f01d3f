// A sample province in which rail journeys are sold, and what must hold of them however they came about: both legs or none, and the money right.
import { randomUUID } from 'node:crypto'
import { beforeAll } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import type { Database } from '../../../clearing/database.ts'
import { Refusal } from '../../../clearing/refusal.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { payOrder, payRefunds } from '../pay-order.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { at, buyer, createTestSale, person, today } from '../test-sale.ts'
import type { OrderRequest, PassengerRequest } from '../ticketing-schemas.ts'
import { drivePartnerLegs } from './drive-partner-legs.ts'
import { holdWithPartners } from './hold-with-partners.ts'
import { openPartners } from './open-partners.ts'
import { findDueOrders, findPartnerLegs } from './partner-leg-queries.ts'
import type { PartnerOffer } from './partner-leg-schemas.ts'
import { conducts, type Conduct } from './simulated-partner/conduct-rules.ts'
import { releaseExpiredHolds } from '../ticketing-jobs.ts'

export async function createPartnerSale() {
  const sale = await createTestSale()
  const { sql, keys, find, paying } = sale
  const partners = openPartners(sql, { sample: true })
  const tomorrow = addDays(today, 1)
  const trains = new Map<Conduct, PartnerOffer>()
  const ferries: Departure[] = []
  beforeAll(async () => {
    for (const offer of await partners['sim-rail']!.offers({ from: 'IZQ', to: 'ZWQ', day: tomorrow })) {
      const conduct = (Object.keys(conducts) as Conduct[]).find((one) => conducts[one] === offer.remark)!
      if (!trains.has(conduct)) trains.set(conduct, offer)
    }
    ferries.push(...(await find('徐闻港', '新海港', tomorrow)).filter(({ line }) => line === 'SW01'))
  })

  /** The first sailing that this train reaches. */
  const sailingOf = ({ arrivesAt }: PartnerOffer) =>
    ferries.find(({ departsAt }) => departsAt.getTime() >= arrivesAt.getTime() + 150 * 60_000)!

  const request = (conduct: Conduct, passengers: PassengerRequest[] = [person()]): OrderRequest => {
    const train = trains.get(conduct)!
    const { id, from, to, fullFare } = sailingOf(train)
    return {
      departure: id,
      from: from.place,
      to: to.place,
      partnerLegs: [{ side: 'before', partner: 'sim-rail', offer: train.id }],
      passengers,
      total: passengers.length * (train.fullFare + fullFare)
    }
  }
  const hold = async (asked: OrderRequest, { id = randomUUID(), now = at(6), through = partners, on = sql } = {}) => {
    await holdWithPartners({ sql: on, keys, partners: through }, { id, request: asked, owner: buyer.owner }, now)
    return id
  }
  const pay = async (orderId: string, { now = at(6), through = partners, on = sql } = {}) =>
    await payOrder(
      { sql: on, gateways: openGateways(on), partners: through },
      { orderId, gateway: 'cash', actor: buyer.owner },
      now
    )

  /** The worker's rounds while the clock goes on, until nothing is due any more. */
  const settle = async (from = at(6), hours = 4) => {
    for (let now = from.getTime(); now < from.getTime() + hours * 3_600_000; now += 15_000) {
      const moment = new Date(now)
      await releaseExpiredHolds(sql, moment)
      for (const order of await findDueOrders(sql, moment)) await drivePartnerLegs({ sql, partners }, order, moment)
      await payRefunds(paying, moment)
      const next = await nextDue(sql)
      if (next === null) break
      now = Math.max(now, next.getTime() - 15_000)
    }
  }
  return { ...sale, partners, trains, sailingOf, request, hold, pay, settle, judge: async () => await judgeAll(sql) }
}

async function nextDue(sql: Database): Promise<Date | null> {
  const [row] = await sql<{ at: Date | null }[]>`
    select least((select min(due_at) from partner_leg where due_at > '-infinity'),
      (select min(hold_until) from ticket_order where state = 'LOCKED' and id in (select order_id from partner_leg))) as at`
  return row!.at
}

/** By order: whether both legs came about, or none, as the books of both sides say; and what all of it leaves unbalanced. */
export async function judgeAll(
  sql: Database
): Promise<{ both: number; none: number; halfOpen: string[]; imbalanceFen: number }> {
  const rows = await sql<{ id: string; ours: boolean; theirs: boolean; paid: number; back: number; worth: number }[]>`
    select leg.order_id as id, coalesce(placed.state in ('ISSUED', 'PART_REFUNDED')
        and exists (select from coupon where order_id = leg.order_id and state in ('ISSUED', 'CHECKED', 'USED')), false) as ours,
      bool_and(leg.state = 'CONFIRMED' and booking.state = 'confirmed') as theirs,
      coalesce((select sum(amount) from charge where charge.order_id = leg.order_id and state = 'SUCCEEDED'), 0)::integer as paid,
      coalesce((select sum(amount) from refund where refund.order_id = leg.order_id and state = 'PAID'), 0)::integer as back,
      coalesce(max(placed.total), 0)::integer as worth
    from partner_leg as leg
    left join ticket_order as placed on placed.id = leg.order_id
    left join simulated_partner_booking as booking on booking.key = leg.key
    group by leg.order_id, placed.state`
  const [open] = await sql<{ open: number }[]>`
    select count(*)::integer as open from simulated_partner_booking as booking
    where booking.state <> 'cancelled' and not exists (
      select from partner_leg where partner_leg.key = booking.key and partner_leg.state = 'CONFIRMED')`
  const both = rows.filter(({ ours, theirs }) => ours && theirs)
  const none = rows.filter(({ ours, theirs }) => !ours && !theirs)
  const half = rows.filter(({ ours, theirs }) => ours !== theirs).map(({ id }) => id)
  const imbalance =
    both.reduce((sum, { paid, back, worth }) => sum + Math.abs(paid - back - worth), 0) +
    none.reduce((sum, { paid, back }) => sum + Math.abs(paid - back), 0)
  const orphans = Array.from({ length: open!.open }, (_, index) => `orphan ${index}`)
  return { both: both.length, none: none.length, halfOpen: [...half, ...orphans], imbalanceFen: imbalance }
}

export async function legsOfOrder(sql: Database, id: string) {
  return await findPartnerLegs(sql, [id])
}

export const codeOfRefusal = (error: unknown): string =>
  error instanceof Refusal ? error.code : `bug: ${String(error)}`
