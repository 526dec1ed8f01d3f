// SQL behind one fare's explanation: the ride, its card's month, and what the runs said of it.
import type { BusinessDay } from '../../business-day.ts'
import type { Queryable } from '../../database.ts'
import type { Fen } from '../../money.ts'
import type { MonthRide } from './replay-month-rules.ts'

export interface FoundRide extends MonthRide {
  file: number
  line: number
  transactionDay: BusinessDay
  charged: Fen
  issuer: number
  acquirer: number
}

/** A fare-bearing line whose source has been priced, with the priced rides of its card in that city and month; empty when it is none. */
export async function listMonthOf(sql: Queryable, file: number, line: number): Promise<FoundRide[]> {
  return await sql<FoundRide[]>`
    with asked as (
      select row.card_number, date_trunc('month', row.transaction_day)::date as month, operator.city_code as city
      from card_transaction as row join participant as operator on operator.id = row.acquirer
      where row.file_id = ${file} and row.line_number = ${line} and row.passage <> 1 and row.price > 0)
    select row.file_id as file, row.line_number as line, row.occurred_at, row.card_sequence, row.transaction_day, row.service,
      row.price::bigint as price, row.amount::bigint as charged, row.discount as mark, row.issuer, row.acquirer
    from asked
    cross join lateral (
      select * from card_transaction
      where card_number = asked.card_number and transaction_day >= asked.month
        and transaction_day < asked.month + interval '1 month' and passage <> 1 and price > 0
      offset 0) as row
    join participant as operator on operator.id = row.acquirer and operator.city_code = asked.city
    join card_file as source on source.id = row.file_id and source.state = 'accepted'
    where exists (
      select from discount_run as run
      where run.adjustment = source.adjustment or run.adjustment is null and run.day = source.clearing_day)
    order by row.occurred_at, row.card_sequence`
}

export interface PricedEntry {
  /** The clearing day, or the one that was adjusted, whose run said so. */
  day: BusinessDay
  adjustment: boolean
  takenBack: boolean
  due: Fen
  tier: number
  ridesBefore: number
  paidBefore: Fen
}

/** What the runs said of a ride, the first first: priced, taken back, priced anew. */
export async function listEntries(
  sql: Queryable,
  file: number,
  { line, transactionDay }: Pick<FoundRide, 'line' | 'transactionDay'>
): Promise<PricedEntry[]> {
  return await sql<PricedEntry[]>`
    select run.day, run.adjustment is not null as adjustment, ride.sign < 0 as taken_back, fare.due[1 + ride.tier]::bigint as due,
      ride.tier, ride.rides_before, ride.paid_before::bigint as paid_before
    from card_transaction as row
    join priced_ride as ride using (card_number, transaction_day, card_sequence)
    join discount_fare as fare on fare.id = ride.fare join discount_run as run on run.id = ride.run
    where row.file_id = ${file} and row.line_number = ${line} and row.transaction_day = ${transactionDay}
    order by run.id, ride.sign`
}
