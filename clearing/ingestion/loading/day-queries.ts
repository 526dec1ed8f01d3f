// SQL of the days' partitions (migration 0080): bare while rows pour in, then keyed and part of card_transaction for good.
// Days are counted from 2000-01-01.
import postgres from 'postgres'
import type { Queryable, Transaction } from '../../database.ts'

const dayZero = Date.UTC(2000, 0, 1)
const dayMs = 86_400_000

/** Makes bare partitions for days nobody has seen; others stay as they are. */
export async function openDays(tx: Transaction, days: readonly number[]): Promise<void> {
  await tx`select open_card_transaction_days(${datesOf(tx, days)})`
}

/** Which of the days are bare. All of them stay what they are until the end of the transaction. */
export async function holdDays(tx: Transaction, days: readonly number[]): Promise<Set<number>> {
  const rows = await tx<{ day: number }[]>`
    select bare - date '2000-01-01' as day from hold_card_transaction_days(${datesOf(tx, days)}) as bare`
  return new Set(rows.map((row) => row.day))
}

/** Makes one of the two keys of a bare day. Fails when two lines have the same key (isRepeated). */
export async function keyDay(tx: Transaction, day: number, number: 'card' | 'terminal'): Promise<void> {
  await tx`select key_card_transaction_day(date '2000-01-01' + ${day}::integer, ${number})`
}

/** Makes a day with both keys part of card_transaction. */
export async function attachDay(tx: Transaction, day: number): Promise<void> {
  await tx`select attach_card_transaction_day(date '2000-01-01' + ${day}::integer)`
}

/** Takes the chunks out of a bare day that repeat a line of another file, and keys it. */
export async function unloadRepeats(tx: Transaction, day: number): Promise<void> {
  await tx`select unload_card_transaction_repeats(date '2000-01-01' + ${day}::integer)`
}

function datesOf(sql: Queryable, days: readonly number[]) {
  return sql`(select array_agg(date '2000-01-01' + day) from unnest(${[...days]}::integer[]) as day)`
}

/** The partition of a day. */
export function partitionOf(day: number): string {
  return `card_transaction_${dateOf(day).replaceAll('-', '')}`
}

/** YYYY-MM-DD. */
export function dateOf(day: number): string {
  return new Date(dayZero + day * dayMs).toISOString().slice(0, 10)
}

/** True when a key of a transaction was already taken, in whichever partition. */
export function isRepeated(error: unknown): error is postgres.PostgresError {
  if (!(error instanceof postgres.PostgresError) || error.code !== '23505') return false
  return error.table_name?.startsWith('card_transaction') ?? false
}
