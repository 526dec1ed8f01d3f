// SQL of pricing a day's rides, set-wise. The rides are gathered into tables of the transaction, priced by one window over each card's
// month, and only what differs from what stands is written.
import type { BusinessDay } from '../../business-day.ts'
import type { Queryable, Transaction } from '../../database.ts'
import type { Fen } from '../../money.ts'
import type { FareTable, RecordedRide } from './fare-table-rules.ts'

const pricingLock = 7_236_185

/** Counters are carried from one run to the next: one prices at a time, and its sorts stay in memory. */
export async function lockPricing(tx: Transaction): Promise<void> {
  await tx`select pg_advisory_xact_lock(${pricingLock}), set_config('work_mem', '64MB', true)`
}

/** A settled clearing day, or one of its settled adjustments. */
export interface RideSource {
  day: BusinessDay
  /** Row of adjustment_run. */
  adjustment: number | null
}

/** The rides of the source's files that some city's scheme may have a word on. */
export async function gatherRides(tx: Transaction, { day, adjustment }: RideSource): Promise<void> {
  await tx`
    create temporary table gathered_ride on commit drop as
    select row.card_number, row.occurred_at, row.transaction_day, date_trunc('month', row.transaction_day)::date as month,
      row.card_sequence, row.file_id, row.line_number, row.amount as charged, row.price, row.discount as mark,
      row.issuer, row.acquirer, row.service, operator.city_code as city, false as again
    from card_file as file join card_transaction as row on row.file_id = file.id
    join participant as operator on operator.id = row.acquirer
    where file.state = 'accepted'
      and (${adjustment}::integer is null and file.clearing_day = ${day} or file.adjustment = ${adjustment})
      and row.file_id between (select min(id) from card_file where clearing_day = ${day} or adjustment = ${adjustment})
        and (select max(id) from card_file where clearing_day = ${day} or adjustment = ${adjustment})
      and row.passage <> 1 and row.price > 0
      and operator.city_code in (select city from discount_scheme)`
  await tx`analyze gathered_ride`
}

/**
 * Cards that brought a ride from before their last counted one: all the month's rides that were priced before are gathered with it,
 * because the tiers of the later ones may have changed. Nobody else's are looked at.
 */
export async function gatherLateMonths(tx: Transaction): Promise<void> {
  await tx`
    create temporary table late_month on commit drop as
    select distinct ride.card_number, ride.month, ride.city
    from gathered_ride as ride join discount_counter as counter
      on counter.card_number = ride.card_number and counter.month = ride.month and counter.city = ride.city
    where (ride.occurred_at, ride.card_sequence) < (counter.last_at, counter.last_sequence)`
  await tx`
    insert into gathered_ride
    select row.card_number, row.occurred_at, row.transaction_day, late.month, row.card_sequence, row.file_id, row.line_number,
      row.amount, row.price, row.discount, row.issuer, row.acquirer, row.service, late.city, true
    from late_month as late
    cross join lateral (
      select * from card_transaction
      where card_number = late.card_number and transaction_day >= late.month
        and transaction_day < late.month + interval '1 month' and passage <> 1 and price > 0
      offset 0) as row
    join participant as operator on operator.id = row.acquirer and operator.city_code = late.city
    join card_file as file on file.id = row.file_id and file.state = 'accepted'
    where exists (
      select from discount_run as earlier
      where earlier.adjustment = file.adjustment or earlier.adjustment is null and earlier.day = file.clearing_day)`
}

/** Which scheme and agreement each operator's rides of each day come under. Answers the operators that have no agreement. */
export async function applySchemes(tx: Transaction): Promise<{ acquirer: string; day: BusinessDay }[]> {
  await tx`
    create temporary table applied_scheme on commit drop as
    select dealt.acquirer, dealt.day, scheme.id as scheme, agreement.id as agreement
    from (select distinct acquirer, city, transaction_day as day from gathered_ride) as dealt
    cross join lateral (
      select id from discount_scheme
      where city = dealt.city and valid_from <= dealt.day and (valid_to is null or valid_to >= dealt.day)
      order by valid_from desc limit 1) as scheme
    left join lateral (
      select id from discount_agreement
      where city = dealt.city and coalesce(acquirer, dealt.acquirer) = dealt.acquirer
        and valid_from <= dealt.day and (valid_to is null or valid_to >= dealt.day)
      order by acquirer is null, valid_from desc limit 1) as agreement on true`
  return await tx<{ acquirer: string; day: BusinessDay }[]>`
    select participant.code as acquirer, day from applied_scheme join participant on participant.id = acquirer
    where agreement is null order by 1, 2 limit 1`
}

export interface UnknownFare extends RecordedRide {
  scheme: string
  agreement: number
}

/** Kinds of rides that nobody has worked out yet. */
export async function listUnknownFares(tx: Transaction): Promise<UnknownFare[]> {
  return await tx<UnknownFare[]>`
    select scheme, agreement, service, price::bigint as price, mark
    from (
      select distinct scheme, agreement, service, price, mark
      from gathered_ride as ride join applied_scheme as applied
        on applied.acquirer = ride.acquirer and applied.day = ride.transaction_day) as kind
    where not exists (
      select from discount_fare as fare
      where fare.scheme = kind.scheme and fare.agreement = kind.agreement and fare.service = kind.service
        and fare.price = kind.price and fare.mark = kind.mark)
    order by 1, 2, 3, 4, 5`
}

export async function insertFares(tx: Transaction, fares: readonly (UnknownFare & FareTable)[]): Promise<void> {
  if (fares.length > 0) await tx`insert into discount_fare ${tx(fares as never)}`
}

/**
 * One window over each card's month: a ride's tier follows from what the rides before it made of the counter. A card whose rides all
 * come after its last counted one goes on from its counter.
 */
export async function priceGathered(tx: Transaction): Promise<void> {
  await tx`
    create temporary table fresh_ride on commit drop as
    with kind as (
      select ride.*, fare.id as fare, fare.counted_by, fare.tier_from, fare.due,
        case when counter.card_number is null or late.card_number is not null then '{0,0}'
          else array[counter.rides, counter.paid] end as base
      from gathered_ride as ride
      join applied_scheme as applied on applied.acquirer = ride.acquirer and applied.day = ride.transaction_day
      join discount_fare as fare on fare.scheme = applied.scheme and fare.agreement = applied.agreement
        and fare.service = ride.service and fare.price = ride.price and fare.mark = ride.mark
      left join discount_counter as counter on fare.counted_by is not null
        and counter.card_number = ride.card_number and counter.month = ride.month and counter.city = ride.city
      left join late_month as late
        on late.card_number = ride.card_number and late.month = ride.month and late.city = ride.city),
    counted as (
      select kind.*, coalesce(ride_counter(base, counted_by = 'paid', tier_from, due) over (
          partition by card_number, month, city order by occurred_at, card_sequence
          rows between unbounded preceding and 1 preceding), base) as before
      from kind where counted_by is not null)
    select card_number, occurred_at, transaction_day, month, card_sequence, file_id, line_number, fare, charged, price, issuer,
      acquirer, city, again, true as counts, before[1] as rides_before, before[2] as paid_before,
      width_bucket(before[1 + (counted_by = 'paid')::integer], tier_from) as tier, due
    from counted
    union all
    select card_number, occurred_at, transaction_day, month, card_sequence, file_id, line_number, fare, charged, price, issuer,
      acquirer, city, again, false, 0, 0, 0, due
    from kind where counted_by is null`
}

/** Takes back what an earlier run said of rides whose fare or tier is another now. */
export async function takeBackChanged(tx: Transaction, run: number): Promise<void> {
  await tx`
    create temporary table standing_ride on commit drop as
    select distinct on (card_number, transaction_day, card_sequence) stood.*
    from (select distinct card_number, transaction_day, card_sequence from fresh_ride where again) as ride
    join priced_ride as stood using (card_number, transaction_day, card_sequence)
    order by card_number, transaction_day, card_sequence, stood.run desc, stood.sign desc`
  await tx`
    insert into priced_ride (card_number, occurred_at, transaction_day, card_sequence, run, file_id, line_number, fare, charged,
      rides_before, paid_before, issuer, acquirer, tier, sign)
    select stood.card_number, stood.occurred_at, stood.transaction_day, stood.card_sequence, ${run}, stood.file_id, stood.line_number,
      stood.fare, stood.charged, stood.rides_before, stood.paid_before, stood.issuer, stood.acquirer, stood.tier, -1
    from standing_ride as stood join fresh_ride as fresh using (card_number, transaction_day, card_sequence)
    where stood.sign = 1 and (stood.fare, stood.tier) <> (fresh.fare, fresh.tier)`
}

/** Writes every ride that costs other than its price and does not stand so already. */
export async function insertPriced(tx: Transaction, run: number): Promise<void> {
  await tx`
    insert into priced_ride (card_number, occurred_at, transaction_day, card_sequence, run, file_id, line_number, fare, charged,
      rides_before, paid_before, issuer, acquirer, tier, sign)
    select fresh.card_number, fresh.occurred_at, fresh.transaction_day, fresh.card_sequence, ${run}, fresh.file_id, fresh.line_number,
      fresh.fare, fresh.charged, fresh.rides_before, fresh.paid_before, fresh.issuer, fresh.acquirer, fresh.tier, 1
    from fresh_ride as fresh
    where (fresh.due[1 + fresh.tier] <> fresh.price or fresh.due[1 + fresh.tier] < fresh.charged)
      and not exists (
        select from standing_ride as stood
        where (stood.card_number, stood.transaction_day, stood.card_sequence)
            = (fresh.card_number, fresh.transaction_day, fresh.card_sequence)
          and stood.sign = 1 and (stood.fare, stood.tier) = (fresh.fare, fresh.tier))`
}

export async function saveCounters(tx: Transaction): Promise<void> {
  await tx`
    insert into discount_counter (card_number, month, city, rides, paid, last_at, last_sequence)
    select distinct on (card_number, month, city) card_number, month, city, rides_before + 1, paid_before + due[1 + tier],
      occurred_at, card_sequence
    from fresh_ride where counts
    order by card_number, month, city, occurred_at desc, card_sequence desc
    on conflict (card_number, month, city) do update
    set rides = excluded.rides, paid = excluded.paid, last_at = excluded.last_at, last_sequence = excluded.last_sequence`
}

export async function countFresh(tx: Transaction, run: number): Promise<{ rides: number; repriced: number }> {
  const [row] = await tx<{ rides: number; repriced: number }[]>`
    select (select count(*)::integer from fresh_ride where not again) as rides,
      (select count(distinct (card_number, transaction_day, card_sequence))::integer from fresh_ride
        join priced_ride using (card_number, transaction_day, card_sequence)
        where again and priced_ride.run = ${run}) as repriced`
  return row!
}

/** The next number of a run; its row is written when it is known what it came to. */
export async function takeRunNumber(tx: Transaction): Promise<number> {
  const [row] = await tx<{ id: number }[]>`
    select nextval(pg_get_serial_sequence('discount_run', 'id'))::integer as id`
  return row!.id
}

export interface DiscountLeg {
  month: BusinessDay
  scheme: string
  bearer: 'operator' | 'issuer' | 'government' | 'overcharge'
  payer: number
  payee: number
  rides: number
  amount: Fen
}

/** What a run's rides come to, summed by who owes whom. */
export function legsOfRides(sql: Queryable, run: number) {
  return sql`
    select ride.run, date_trunc('month', ride.transaction_day)::date as month, fare.scheme, leg.bearer, leg.payer, leg.payee,
      sum(ride.sign)::integer as rides, sum(ride.sign * leg.amount)::bigint as amount
    from priced_ride as ride join discount_fare as fare on fare.id = ride.fare
    join discount_agreement as agreement on agreement.id = fare.agreement
    cross join lateral (values
      ('operator', ride.acquirer, ride.acquirer, fare.operator_part[1 + ride.tier]),
      ('issuer', ride.issuer, ride.acquirer, fare.issuer_part[1 + ride.tier]),
      ('government', agreement.government, ride.acquirer, fare.government_part[1 + ride.tier]),
      ('overcharge', ride.acquirer, ride.issuer, greatest(ride.charged - fare.due[1 + ride.tier], 0))
    ) as leg (bearer, payer, payee, amount)
    where ride.run = ${run} and leg.amount <> 0
    group by 1, 2, 3, 4, 5, 6
    having sum(ride.sign) <> 0 or sum(ride.sign * leg.amount) <> 0`
}

export async function insertLegs(tx: Transaction, run: number): Promise<DiscountLeg[]> {
  return await tx<DiscountLeg[]>`
    insert into discount_leg (run, month, scheme, bearer, payer, payee, rides, amount) ${legsOfRides(tx, run)}
    order by 1, 2, 3, 4, 5, 6
    returning month, scheme, bearer, payer, payee, rides, amount`
}
