// SQL of settlement: the one group-by over a day's transactions, and the record of what the day came to.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'
import type { Fen } from '../money.ts'
import type { AgreementTotal, Netting, Obligation, Position, RatedTotal } from './net-rules.ts'

/**
 * Millions of rows never leave the database. Entries (passage 1) are counted, and are never money whatever they carry. The
 * range of file numbers lets the block-range index skip everything but the day's own stretch of each partition.
 */
export async function sumByAgreement(sql: Queryable, day: BusinessDay): Promise<AgreementTotal[]> {
  return await sql<AgreementTotal[]>`
    select row.acquirer, row.issuer, row.service,
      (count(*) filter (where row.passage <> 1))::integer as transactions,
      (count(*) filter (where row.passage = 1))::integer as entries,
      coalesce(sum(row.amount) filter (where row.passage <> 1), 0)::bigint as amount,
      coalesce(sum(row.price) filter (where row.passage <> 1), 0)::bigint as price
    from card_transaction as row join card_file as file on file.id = row.file_id
    where file.clearing_day = ${day} and file.state = 'accepted'
      and row.file_id between (select min(id) from card_file where clearing_day = ${day})
        and (select max(id) from card_file where clearing_day = ${day})
    group by row.acquirer, row.issuer, row.service
    order by row.acquirer, row.issuer, row.service`
}

/**
 * Beside the purchases: for loads of the day, whoever took the money owes it to the issuer of the card; for rides on codes, which are
 * paid afterwards, the issuer owes them to whoever took the passenger; for discounts it bears, by its claims of the day, to the operators.
 */
export async function listTransfers(sql: Queryable, day: BusinessDay): Promise<Obligation[]> {
  return await sql<Obligation[]>`
    with moved as (
      select operator as payer, issuer as payee, amount from card_load where clearing_day = ${day} and state = 'LOADED'
      union all
      select card.issuer, ride_trip.acquirer, ride_trip.amount from ride_trip join card on card.number = ride_trip.card_number
      where ride_trip.clearing_day = ${day}
      union all
      select case when leg.amount > 0 then claim.bearer else leg.payee end, case when leg.amount > 0 then leg.payee else claim.bearer end,
        abs(leg.amount)
      from subsidy_claim as claim join participant as bearer on bearer.id = claim.bearer and bearer.role = 'issuer'
      join subsidy_claim_leg as leg on leg.claim = claim.id
      where claim.day = ${day})
    select payer, payee, sum(amount)::bigint as amount from moved where payer <> payee
    group by payer, payee order by payer, payee`
}

export interface DaySums {
  files: number
  accepted: number
  amount: Fen
}

/** What ingestion counted while it took the files in. */
export async function sumFiles(sql: Queryable, day: BusinessDay): Promise<DaySums> {
  const [row] = await sql<DaySums[]>`
    select count(*)::integer as files, coalesce(sum(accepted_count), 0)::integer as accepted,
      coalesce(sum(amount), 0)::bigint as amount
    from card_file where clearing_day = ${day} and state = 'accepted'`
  return row!
}

/** The same, chunk by chunk. */
export async function sumChunks(sql: Queryable, day: BusinessDay): Promise<DaySums> {
  const [row] = await sql<DaySums[]>`
    select count(distinct chunk.file_id)::integer as files, coalesce(sum(chunk.accepted), 0)::integer as accepted,
      coalesce(sum(chunk.amount), 0)::bigint as amount
    from card_file_chunk as chunk join card_file as file on file.id = chunk.file_id
    where file.clearing_day = ${day} and file.state = 'accepted'`
  return row!
}

/** The lines behind one total of a day; what each was, where it stands and how it was proved tells explain-transaction.ts. */
export interface TotalLine {
  /** FILE:LINE */
  id: string
  occurredAt: Date
  amount: Fen
  price: Fen
  entry: boolean
}

export interface TotalLines {
  acquirer: number
  issuer: number
  service: number
  /** Lines behind this one; file 0 for the first page. */
  after: { file: number; line: number }
  limit: number
}

/** In the order of FILE:LINE. */
export async function listTotalLines(
  sql: Queryable,
  day: BusinessDay,
  { acquirer, issuer, service, after, limit }: TotalLines
): Promise<TotalLine[]> {
  return await sql<TotalLine[]>`
    select row.file_id || ':' || row.line_number as id, row.occurred_at, row.amount::bigint as amount,
      row.price::bigint as price, row.passage = 1 as entry
    from card_transaction as row join card_file as file on file.id = row.file_id
    where file.clearing_day = ${day} and file.state = 'accepted'
      and row.file_id between (select min(id) from card_file where clearing_day = ${day} and id >= ${after.file})
        and (select max(id) from card_file where clearing_day = ${day})
      and row.acquirer = ${acquirer} and row.issuer = ${issuer} and row.service = ${service}
      and (row.file_id, row.line_number) > (${after.file}, ${after.line})
    order by row.file_id, row.line_number limit ${limit}`
}

export async function insertTotals(tx: Transaction, day: BusinessDay, totals: readonly RatedTotal[]): Promise<void> {
  if (totals.length === 0) return
  const rows = totals.map((total) => ({ day, ...total }))
  await tx`insert into settlement_total ${tx(rows)}`
}

export async function insertPositions(tx: Transaction, day: BusinessDay, netting: Netting): Promise<void> {
  await tx`insert into position ${tx(netting.positions.map((position) => ({ day, ...position })))}`
  if (netting.obligations.length === 0) return
  await tx`insert into obligation ${tx(netting.obligations.map((obligation) => ({ day, ...obligation })))}`
}

export async function listTotals(sql: Queryable, day: BusinessDay): Promise<RatedTotal[]> {
  return await sql<RatedTotal[]>`
    select acquirer, issuer, service, agreement, transactions, entries, amount, price,
      trim_scale(fee)::text as fee, trim_scale(acquirer_fee)::text as acquirer_fee, trim_scale(issuer_fee)::text as issuer_fee
    from settlement_total where day = ${day} order by acquirer, issuer, service`
}

export async function listPositions(sql: Queryable, day: BusinessDay): Promise<Position[]> {
  return await sql<Position[]>`
    select participant, income, expense from position where day = ${day} order by participant`
}

export async function listObligations(sql: Queryable, day: BusinessDay): Promise<Obligation[]> {
  return await sql<Obligation[]>`
    select payer, payee, amount from obligation where day = ${day} order by payer, payee`
}
