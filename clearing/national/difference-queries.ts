// SQL of what we and the national centre hold against each other: the differences, and the two sides of the account.
import type { Queryable, Transaction } from '../database.ts'
import type { ExactFen, Fen } from '../money.ts'
import type { Difference } from './national-rules.ts'

/** Found again, a difference stays as it is. */
export async function insertDifferences(tx: Transaction, differences: readonly Difference[], now: Date): Promise<void> {
  if (differences.length === 0) return
  await tx`
    insert into national_difference ${tx(differences.map((each) => ({ ...each, foundAt: now })))}
    on conflict on constraint national_difference_once do nothing`
}

/** Lines sent so long ago that an answer was due. */
export async function listUnanswered(
  sql: Queryable,
  before: Date
): Promise<{ name: string; lines: number; amount: Fen }[]> {
  return await sql<{ name: string; lines: number; amount: Fen }[]>`
    select forwarding.name, count(*)::integer as lines, sum(line.amount)::bigint as amount
    from forwarding join forwarded_line as line on line.forwarding = forwarding.id
    where line.code is null and forwarding.sent_at < ${before}
    group by forwarding.name order by forwarding.name`
}

/** What was waited for and came; whose rejected line was taken back. */
export async function settleResolved(tx: Transaction, now: Date): Promise<void> {
  await tx`
    update national_difference as difference set settled_at = ${now}, settled_by = 'answered'
    where kind = 'unanswered' and settled_at is null and not exists (
      select from forwarding join forwarded_line as line on line.forwarding = forwarding.id
      where forwarding.name = difference.reference and line.code is null)`
  await tx`
    update national_difference as difference set settled_at = ${now}, settled_by = 'taken back'
    from dispute where dispute.id = difference.dispute and dispute.state = 'booked' and difference.settled_at is null`
}

export interface OpenDifference extends Difference {
  id: number
  foundAt: Date
  chasedAt: Date | null
  chases: number
  settledAt: Date | null
  settledBy: string | null
  dispute: number | null
}

export async function listDifferences(
  sql: Queryable,
  { open, limit }: { open: boolean; limit: number }
): Promise<OpenDifference[]> {
  return await sql<OpenDifference[]>`
    select id, kind, reference, amount, detail, found_at, chased_at, chases, settled_at, settled_by, dispute
    from national_difference where not ${open} or settled_at is null order by settled_at nulls first, id limit ${limit}`
}

/** Rejected there, and not yet before our own people as a correction. */
export async function listRejectedLines(sql: Queryable, limit: number): Promise<OpenDifference[]> {
  return await sql<OpenDifference[]>`
    select id, kind, reference, amount, detail, found_at, chased_at, chases, settled_at, settled_by, dispute
    from national_difference where kind = 'line-rejected' and dispute is null and settled_at is null order by id limit ${limit}`
}

export async function bindDispute(tx: Transaction, id: number, dispute: number): Promise<void> {
  await tx`update national_difference set dispute = ${dispute} where id = ${id}`
}

/** Those nobody was asked about yet, or long ago; marked as asked now. Rejected lines are ours to take back, not theirs to explain. */
export async function chaseDifferences(
  tx: Transaction,
  { now, before }: { now: Date; before: Date }
): Promise<OpenDifference[]> {
  return await tx<OpenDifference[]>`
    update national_difference set chased_at = ${now}, chases = chases + 1
    where settled_at is null and kind <> 'line-rejected' and (chased_at is null or chased_at < ${before})
    returning id, kind, reference, amount, detail, found_at, chased_at, chases, settled_at, settled_by, dispute`
}

export async function settleDifference(
  tx: Transaction,
  id: number,
  { by, now }: { by: string; now: Date }
): Promise<boolean> {
  const rows = await tx`
    update national_difference set settled_at = ${now}, settled_by = ${by}
    where id = ${id} and settled_at is null and kind <> 'line-rejected' returning id`
  return rows.length > 0
}

export interface AccountSides {
  ours: Fen
  theirs: Fen
  unanswered: ExactFen
  rejected: ExactFen
  feeDifferences: ExactFen
  notTaken: ExactFen
  days: number
}

/** Positive: they owe us. The ledger's account says what we owe its owner. */
export async function sumAccount(sql: Queryable, centre: number): Promise<AccountSides> {
  const [row] = await sql<AccountSides[]>`
    with line as (
      select sum(amount - expected_keep) filter (where code is null) as unanswered,
        sum(amount - expected_keep) filter (where code <> '000000' and not exists (
          select from dispute where dispute.file_id = forwarded_line.file_id
            and dispute.line_number = forwarded_line.line_number and dispute.state = 'booked'
            and exists (select from adjustment_run as run where run.id = dispute.run and run.settled_at is not null))) as rejected,
        sum(stated_keep - expected_keep) filter (where code = '000000') as fee_differences
      from forwarded_line
    )
    select
      -coalesce((select sum(entry.amount) from journal_entry as entry join account on account.id = entry.account
        where account.participant = ${centre} and account.kind = 'settlement'), 0)::bigint as ours,
      coalesce((select sum(net) from national_result where kind = 'BP'), 0)::bigint as theirs,
      trim_scale(coalesce(unanswered, 0))::text as unanswered, trim_scale(coalesce(rejected, 0))::text as rejected,
      trim_scale(coalesce(fee_differences, 0))::text as fee_differences,
      trim_scale(coalesce((select sum(-result.net) - sum(coalesce(taken.owed, 0))
        from national_result as result left join lateral (
          select sum(row.amount - row.amount * agreement.charge_rate * (1 - agreement.acquirer_share)) as owed
          from card_file as file join card_transaction as row on row.file_id = file.id
            join settlement_total as total on total.day = file.clearing_day and total.acquirer = row.acquirer
              and total.issuer = row.issuer and total.service = row.service
            join agreement on agreement.id = total.agreement
          where file.id = result.file_id and row.passage <> 1
        ) as taken on true
        where result.kind = 'CL'), 0))::text as not_taken,
      (select count(distinct day) from national_result where kind = 'BP')::integer
        + (select count(*) from forwarding)::integer as days
    from line`
  return row!
}
