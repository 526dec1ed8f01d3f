// Retention clocks, and forgetting the identities of orders whose clock has run.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { AgeBand } from './retention-rules.ts'
import type { RetentionClock } from '../identity-schemas.ts'

/** The clocks in force on a day. */
export async function findRetentionClocks(sql: Queryable, day: BusinessDay): Promise<RetentionClock[]> {
  return await sql<RetentionClock[]>`
    select distinct on (subject) subject, valid_from, days, floor_days, source, published_at, published_by from retention_clock
    where valid_from <= ${day}
    order by subject, valid_from desc`
}

/** The day from which identities are kept, by the clock in force today. */
export async function findKeptDays(sql: Queryable, today: BusinessDay): Promise<number> {
  const clocks = await findRetentionClocks(sql, today)
  return clocks.find(({ subject }) => subject === 'identity')!.days
}

/** False when the subject has a clock from this day on already. */
export async function insertRetentionClock(sql: Queryable, clock: RetentionClock): Promise<boolean> {
  const rows = await sql`
    insert into retention_clock ${sql(clock, 'subject', 'validFrom', 'days', 'floorDays', 'source', 'publishedAt', 'publishedBy')}
    on conflict do nothing returning subject`
  return rows.length > 0
}

export async function isForgottenUntil(sql: Queryable, keptFrom: BusinessDay): Promise<boolean> {
  const [row] = await sql<{ done: boolean }[]>`
    select exists (select from retention_progress where forgotten_until >= ${keptFrom}) as done`
  return row!.done
}

export async function markForgotten(sql: Queryable, keptFrom: BusinessDay): Promise<void> {
  await sql`
    insert into retention_progress (forgotten_until) values (${keptFrom})
    on conflict (id) do update set forgotten_until = greatest(retention_progress.forgotten_until, excluded.forgotten_until)`
}

/** Notes the orders that travelled, or waited for a place, before the day and are not forgotten yet. */
export async function gatherDueOrders(sql: Queryable, keptFrom: BusinessDay): Promise<void> {
  await sql`
    with past as (
      select id from departure
      where day < ${keptFrom} and day >= coalesce((select forgotten_until from retention_progress), '-infinity'::date))
    insert into retention_due (order_id, since)
    select coupon.order_id, ${keptFrom}::date from past join coupon on coupon.departure = past.id
    where coupon.forgotten_at is null
    union
    select wish.entry, ${keptFrom}::date from past join waitlist_wish as wish on wish.departure = past.id
    where wish.hold <> '{}'
    on conflict do nothing`
}

/** Orders whose clock has run and of which nothing is open. */
export async function findOrdersToForget(sql: Queryable, keptFrom: BusinessDay, batch: number): Promise<string[]> {
  const rows = await sql<{ orderId: string }[]>`
    select order_id from retention_due where is_order_settled(order_id, ${keptFrom}) order by order_id limit ${batch}`
  return rows.map(({ orderId }) => orderId)
}

export interface SealedCoupon {
  position: number
  identity: Uint8Array
  day: BusinessDay
}

/** Locks the order; false when something of it was opened meanwhile. */
export async function lockSettledOrder(tx: Transaction, id: string, keptFrom: BusinessDay): Promise<boolean> {
  await tx`select from ticket_order where id = ${id} for update`
  const [row] = await tx<{ settled: boolean }[]>`select is_order_settled(${id}, ${keptFrom}) as settled`
  return row!.settled
}

export async function findSealedCoupons(tx: Transaction, id: string): Promise<SealedCoupon[]> {
  return await tx<SealedCoupon[]>`
    select coupon.position, coupon.identity, coalesce(departure.day, coupon.open_until) as day
    from coupon left join departure on departure.id = coupon.departure
    where coupon.order_id = ${id}
    order by coupon.position`
}

export async function forgetOrder(
  tx: Transaction,
  id: string,
  bands: Record<number, AgeBand | null>,
  now: Date
): Promise<void> {
  await tx`select forget_order(${id}, ${tx.json(bands)}, ${now})`
}
