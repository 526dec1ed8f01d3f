// SQL of riders' debts on their way into the ledger.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'

export async function hasUnpostedDebts(sql: Queryable): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`select exists (select from ride_line where batch is null) as due`
  return row!.due
}

/** The text of each line that is to be posted, in order, for the digest; locked. */
export async function takeUnpostedDebts(tx: Transaction, limit: number): Promise<{ id: string; text: string }[]> {
  return await tx<{ id: string; text: string }[]>`
    select id::text, concat_ws(' ', id, kind, trip, amount, issuer, extract(epoch from at)) as text
    from ride_line where batch is null order by id limit ${limit} for update skip locked`
}

export async function insertDebtBatch(
  tx: Transaction,
  batch: { day: BusinessDay; lines: number; digest: Uint8Array; postedAt: Date }
): Promise<number> {
  const [row] = await tx<{ id: number }[]>`
    insert into ride_batch (day, lines, digest, posted_at)
    values (${batch.day}, ${batch.lines}, ${Buffer.from(batch.digest)}, ${batch.postedAt}) returning id`
  return row!.id
}

export interface DebtSum {
  issuer: number
  kind: 'ride' | 'paid'
  amount: Fen
}

export async function markDebtsPosted(tx: Transaction, ids: readonly string[], batch: number): Promise<DebtSum[]> {
  return await tx<DebtSum[]>`
    with posted as (
      update ride_line set batch = ${batch} where id = any(${[...ids]}::text[]::bigint[]) returning issuer, kind, amount)
    select issuer, kind, sum(amount)::bigint as amount from posted group by 1, 2 order by 1, 2`
}
