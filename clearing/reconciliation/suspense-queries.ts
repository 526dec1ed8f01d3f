// SQL of suspense and of reserves.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'
import type { Fen } from '../money.ts'
import type { BankLine } from './bank.ts'
import type { Reserve, SuspenseItem } from './payment-schemas.ts'

export async function insertSuspense(tx: Transaction, bankLine: number, reason: SuspenseItem['reason']): Promise<void> {
  await tx`insert into suspense_item (bank_line, reason) values (${bankLine}, ${reason})`
}

/** Before the bank's own reference: the purpose of money we sent back. */
export const returned = 'R-'

/** Whether the line is what we sent back of one in suspense. */
export async function isReturned(sql: Queryable, { purpose, amount }: BankLine): Promise<boolean> {
  const rows = await sql`
    select from suspense_item as item join bank_line as line on line.id = item.bank_line
    where item.action = 'return' and item.cleared_at is not null and line.reference = ${purpose.slice(returned.length)}
      and line.amount = ${0 - amount}`
  return rows.length > 0
}

export type SuspenseRow = Omit<SuspenseItem, 'ageDays' | 'alarm'> & { takenAt: Date }

function selectItems(sql: Queryable) {
  return sql`
    select line.id, line.reference, line.purpose, line.counterparty, line.amount, line.value_on, line.taken_at, item.reason,
      item.action, item.instruction, item.maker, item.checker, item.cleared_at
    from suspense_item as item join bank_line as line on line.id = item.bank_line`
}

/** What is open first, the oldest of it first; then what was cleared last. */
export async function listSuspenseRows(sql: Queryable, limit: number): Promise<SuspenseRow[]> {
  return await sql<SuspenseRow[]>`
    ${selectItems(sql)} order by item.cleared_at desc nulls first, line.taken_at, line.id limit ${limit}`
}

/** Locked until we commit. */
export async function lockSuspense(tx: Transaction, id: number): Promise<SuspenseRow | undefined> {
  const [row] = await tx<SuspenseRow[]>`${selectItems(tx)} where line.id = ${id} for update of item`
  return row
}

export interface Proposal {
  action: 'assign' | 'return' | 'write-off'
  instruction: number | null
  maker: string
  proposedAt: Date
}

export async function markProposed(tx: Transaction, id: number, proposal: Proposal): Promise<void> {
  await tx`update suspense_item set ${tx({ ...proposal })} where bank_line = ${id}`
}

export async function markCleared(tx: Transaction, id: number, checker: string, now: Date): Promise<void> {
  await tx`update suspense_item set checker = ${checker}, cleared_at = ${now} where bank_line = ${id}`
}

/** What of the bank's lines the ledger still holds in suspense. */
export async function sumSuspense(sql: Queryable, centre: number): Promise<Fen> {
  const [row] = await sql<{ sum: Fen }[]>`
    select coalesce(sum(entry.amount), 0)::bigint as sum
    from journal join journal_entry as entry on entry.journal = journal.id join account on account.id = entry.account
    where journal.kind in ('bank', 'suspense') and account.kind = 'suspense' and account.participant = ${centre}`
  return row!.sum
}

export type ReserveRow = Pick<Reserve, 'participant' | 'name' | 'cycle' | 'balance' | 'notifiedAt'> & {
  id: number
  perDay: Fen
}

/** Members that keep a reserve, and when they were last told that it is short. */
export async function listReserveRows(sql: Queryable): Promise<ReserveRow[]> {
  return await sql<ReserveRow[]>`
    select participant.id, participant.code as participant, participant.name, terms.cycle, terms.reserve_required as per_day,
      coalesce((select sum(entry.amount) from account join journal_entry as entry on entry.account = account.id
        where account.participant = participant.id and account.kind = 'reserve'), 0)::bigint as balance,
      (select max(notified_at) from top_up_notice where participant = participant.id) as notified_at
    from settlement_terms as terms join participant on participant.id = terms.participant
    where terms.reserve_required > 0 order by participant.code`
}

export async function insertNotice(
  tx: Transaction,
  notice: {
    participant: number
    day: BusinessDay
    balance: Fen
    required: Fen
    dueOn: BusinessDay
    notifiedAt: Date
  }
): Promise<void> {
  await tx`insert into top_up_notice ${tx({ ...notice })} on conflict (participant, day) do nothing`
}

export async function isNotified(sql: Queryable, day: BusinessDay): Promise<boolean> {
  const rows = await sql`select from top_up_notice where day = ${day} limit 1`
  return rows.length > 0
}
