// SQL of adjustments: their runs, what belongs to a run, and the record of what it came to.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'
import type { Fen } from '../money.ts'
import type { AgreementTotal, RatedTotal } from '../settlement/net-rules.ts'
import type { DayFile } from '../statements/statement-schemas.ts'
import type { AdjustmentRun } from './adjustment-schemas.ts'

export async function findRun(sql: Queryable, day: BusinessDay, number: number): Promise<AdjustmentRun | undefined> {
  const [run] = await sql<AdjustmentRun[]>`select * from adjustment_run where day = ${day} and number = ${number}`
  return run
}

export async function listRuns(sql: Queryable, day: BusinessDay): Promise<AdjustmentRun[]> {
  return await sql<AdjustmentRun[]>`select * from adjustment_run where day = ${day} order by number`
}

/** Runs that were opened before the last cut and take things in still, and those not yet published. */
export async function listDueRuns(sql: Queryable): Promise<AdjustmentRun[]> {
  return await sql<AdjustmentRun[]>`
    select * from adjustment_run
    where state in ('closing', 'settled')
      or (state = 'open' and opened_at < (select max(closed_at) from clearing_day))
    order by day, number`
}

/** Held by others it does not wait for: those who accept into it hold it `for key share`. */
export async function lockRunAgainstClosers(tx: Transaction, run: number): Promise<AdjustmentRun> {
  const [row] = await tx<AdjustmentRun[]>`select * from adjustment_run where id = ${run} for no key update`
  return row!
}

/** Waits for whoever accepts into it. */
export async function lockRun(tx: Transaction, run: number): Promise<AdjustmentRun> {
  const [row] = await tx<AdjustmentRun[]>`select * from adjustment_run where id = ${run} for update`
  return row!
}

/** The day's open run, held until we commit; the next one is opened when there is none. The caller knows the day is published. */
export async function holdOpenRun(
  tx: Transaction,
  day: BusinessDay,
  { reason, now }: { reason: string; now: Date }
): Promise<AdjustmentRun> {
  for (;;) {
    const [open] = await tx<AdjustmentRun[]>`
      select * from adjustment_run where day = ${day} and state = 'open' for key share`
    if (open) return open
    await tx`
      insert into adjustment_run (day, number, reason, opened_at)
      select ${day}, coalesce(max(number), 0) + 1, ${reason}, ${now} from adjustment_run where day = ${day}
      on conflict do nothing`
  }
}

export async function markRun(
  tx: Transaction,
  run: number,
  state: 'closing' | { settledAt: Date } | { publishedAt: Date }
): Promise<void> {
  if (state === 'closing') await tx`update adjustment_run set state = 'closing' where id = ${run}`
  else if ('settledAt' in state)
    await tx`update adjustment_run set state = 'settled', settled_at = ${state.settledAt} where id = ${run}`
  else await tx`update adjustment_run set state = 'published', published_at = ${state.publishedAt} where id = ${run}`
}

export async function listRunFiles(sql: Queryable, run: number): Promise<DayFile[]> {
  return await sql<DayFile[]>`
    select id, name, format, sender, digest, size, stored_as, line_count, accepted_count, rejected_count, amount
    from card_file where adjustment = ${run} and state = 'accepted' order by id`
}

/** The same sums as of a clearing day, over the files of a run. */
export async function sumRunByAgreement(sql: Queryable, run: number): Promise<AgreementTotal[]> {
  return await sql<AgreementTotal[]>`
    select row.acquirer, row.issuer, row.service,
      (count(*) filter (where row.passage <> 1))::integer as transactions,
      (count(*) filter (where row.passage = 1))::integer as entries,
      coalesce(sum(row.amount) filter (where row.passage <> 1), 0)::bigint as amount,
      coalesce(sum(row.price) filter (where row.passage <> 1), 0)::bigint as price
    from card_transaction as row join card_file as file on file.id = row.file_id
    where file.adjustment = ${run} and file.state = 'accepted'
      and row.file_id between (select min(id) from card_file where adjustment = ${run})
        and (select max(id) from card_file where adjustment = ${run})
    group by row.acquirer, row.issuer, row.service
    order by row.acquirer, row.issuer, row.service`
}

export async function insertRunTotals(tx: Transaction, run: number, totals: readonly RatedTotal[]): Promise<void> {
  if (totals.length === 0) return
  await tx`insert into adjustment_total ${tx(totals.map((total) => ({ run, ...total })))}`
}

export async function listRunTotals(sql: Queryable, run: number): Promise<RatedTotal[]> {
  return await sql<RatedTotal[]>`
    select acquirer, issuer, service, agreement, transactions, entries, amount, price,
      trim_scale(fee)::text as fee, trim_scale(acquirer_fee)::text as acquirer_fee, trim_scale(issuer_fee)::text as issuer_fee
    from adjustment_total where run = ${run} order by acquirer, issuer, service`
}

export interface RunPosition {
  participant: number
  net: Fen
}

export async function insertRunPositions(tx: Transaction, run: number, nets: readonly RunPosition[]): Promise<void> {
  if (nets.length === 0) return
  await tx`insert into adjustment_position ${tx(nets.map((position) => ({ run, ...position })))}`
}

export async function listRunPositions(sql: Queryable, run: number): Promise<RunPosition[]> {
  return await sql<RunPosition[]>`
    select participant, net from adjustment_position where run = ${run} order by participant`
}
