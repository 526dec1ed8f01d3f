// SQL of what pricing left: its runs, what they came to, and the days that wait for theirs.
import type { BusinessDay } from '../../business-day.ts'
import type { Queryable, Transaction } from '../../database.ts'
import type { DiscountAgreement } from '../discounts/bearing-rules.ts'
import type { DiscountScheme } from '../discounts/discount-scheme.ts'
import { legsOfRides, type DiscountLeg, type RideSource } from './pricing-queries.ts'

export interface DiscountRun {
  id: number
  day: BusinessDay
  adjustment: number | null
  pricedAt: Date
  rides: number
  /** Rides of earlier runs that got another price. */
  repriced: number
}

export async function findDiscountRun(
  sql: Queryable,
  { day, adjustment }: RideSource
): Promise<DiscountRun | undefined> {
  const [row] = await sql<DiscountRun[]>`
    select * from discount_run where day = ${day} and adjustment is not distinct from ${adjustment}::integer`
  return row
}

export async function insertDiscountRun(tx: Transaction, run: DiscountRun): Promise<void> {
  const { id, day, adjustment, pricedAt, rides, repriced } = run
  await tx`
    insert into discount_run (id, day, adjustment, priced_at, rides, repriced) overriding system value
    values (${id}, ${day}, ${adjustment}, ${pricedAt}, ${rides}, ${repriced})`
}

export async function listLegs(sql: Queryable, run: number): Promise<DiscountLeg[]> {
  return await sql<DiscountLeg[]>`
    select month, scheme, bearer, payer, payee, rides, amount from discount_leg where run = ${run}
    order by month, scheme, bearer, payer, payee`
}

/** The same, summed from the single rides again. */
export async function sumLegs(sql: Queryable, run: number): Promise<DiscountLeg[]> {
  return await sql<DiscountLeg[]>`
    select month, scheme, bearer, payer, payee, rides, amount from (${legsOfRides(sql, run)}) as leg
    order by month, scheme, bearer, payer, payee`
}

/** Settled and not priced: days and adjustments, the earliest first. */
export async function listUnpriced(sql: Queryable): Promise<(RideSource & { number: number | null })[]> {
  return await sql<(RideSource & { number: number | null })[]>`
    select day, adjustment, number from (
      select day, null::integer as adjustment, null::smallint as number from clearing_day where settled_at is not null
      union all
      select day, id, number from adjustment_run where settled_at is not null) as settled
    where not exists (
      select from discount_run as run
      where run.day = settled.day and run.adjustment is not distinct from settled.adjustment)
    order by day, number nulls first limit 100`
}

export async function listSchemes(sql: Queryable): Promise<DiscountScheme[]> {
  return await sql<DiscountScheme[]>`
    select id, city, valid_from, valid_to, source, sample, terms from discount_scheme order by city, valid_from`
}

export async function listDiscountAgreements(sql: Queryable): Promise<DiscountAgreement[]> {
  return await sql<DiscountAgreement[]>`
    select id, city, acquirer, government, valid_from, valid_to, sample, shares from discount_agreement
    order by city, acquirer nulls first, valid_from`
}

/** Priced rides whose line says otherwise, or whose tier does not follow from the counter they were priced by. */
export async function countWrongPrices(sql: Queryable, run: number): Promise<number> {
  const [row] = await sql<{ wrong: number }[]>`
    select count(*)::integer as wrong
    from priced_ride as ride join discount_fare as fare on fare.id = ride.fare
    left join card_transaction as line on line.card_number = ride.card_number and line.card_sequence = ride.card_sequence
      and line.transaction_day = ride.transaction_day
    where ride.run = ${run} and (
      (line.price, line.amount, line.discount, line.service, line.acquirer, line.issuer, line.file_id, line.line_number)
        is distinct from (fare.price, ride.charged, fare.mark, fare.service, ride.acquirer, ride.issuer, ride.file_id, ride.line_number)
      or ride.tier <> case when fare.counted_by is null then 0 else
        width_bucket(case fare.counted_by when 'rides' then ride.rides_before else ride.paid_before end, fare.tier_from) end)`
  return row!.wrong
}
