// SQL that puts card transactions in: plain COPY for rows nobody doubts, and the exact way for those that may be duplicates,
// where the unique keys decide row by row and the original is named.
import type { Writable } from 'node:stream'
import postgres from 'postgres'
import { violates, type Transaction } from '../../database.ts'
import { transactionColumns } from './copy-binary.ts'

/** Partitions for the days of a file; making one twice changes nothing. Days since 2000-01-01. */
export async function ensureTransactionDays(tx: Transaction, days: readonly number[]): Promise<void> {
  await tx`select ensure_card_transaction_day(date '2000-01-01' + day) from unnest(${[...days]}::integer[]) as day order by day`
}

/** Bytes in the form of encodeTransactions. */
export async function copyTransactions(tx: Transaction, rows: Buffer): Promise<void> {
  await copyIn(tx`copy card_transaction (${tx.unsafe(transactionColumns)}) from stdin (format binary)`, rows)
}

/** A line that did not become a transaction. */
export interface Reject {
  lineNumber: number
  byteOffset: number
  code: string
  detail: string
  /** The line as it came, without its end. */
  raw: Uint8Array
}

const rejectsPerStatement = 2000

export async function insertRejects(tx: Transaction, fileId: number, rejects: readonly Reject[]): Promise<void> {
  for (let from = 0; from < rejects.length; from += rejectsPerStatement) {
    const rows = rejects.slice(from, from + rejectsPerStatement).map((reject) => ({ fileId, ...reject }))
    await tx`insert into card_reject ${tx(rows)}`
  }
}

const pieceBytes = 1 << 18

/**
 * When the server refuses the rows after the last byte, postgres.js rejects the query, which has long been fulfilled with the
 * stream, and the stream never ends: so the rejection is taken where it arrives.
 */
async function copyIn(query: postgres.PendingQuery<postgres.Row[]>, bytes: Buffer): Promise<void> {
  const target: Writable = await query.writable()
  await new Promise<void>((done, failed) => {
    const settled = query as unknown as { reject(error: unknown): void }
    settled.reject = failed
    target.once('error', failed).once('finish', done)
    let at = 0
    const next = (error?: Error | null): void => {
      if (error) failed(error)
      else if (at >= bytes.length) target.end()
      else target.write(bytes.subarray(at, (at += pieceBytes)), next)
    }
    next()
  })
}

/** True when the chunk is already there: another process got ahead of us. */
export function isLoaded(error: unknown): boolean {
  return violates(error, 'card_file_chunk_pkey') || violates(error, 'card_reject_pkey')
}

/** True when a key of a transaction was already taken, in whichever partition. */
export function isRepeated(error: unknown): boolean {
  if (!(error instanceof postgres.PostgresError) || error.code !== '23505') return false
  return error.table_name?.startsWith('card_transaction') ?? false
}

/** Two files that share rows may wait for each other in opposite order; one of them starts its chunk again. */
export function isDeadlock(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code === '40P01'
}

/**
 * Puts rows on the table where they can be asked about. They are gone at the end of the transaction; the table stays with the
 * connection, because making it, and planning anew what asks it, took the database as long as the asking.
 */
export async function copyDoubtful(tx: Transaction, rows: Buffer): Promise<void> {
  await tx`create temporary table if not exists doubtful (like card_transaction) on commit delete rows`
  await copyIn(tx`copy doubtful (${tx.unsafe(transactionColumns)}) from stdin (format binary)`, rows)
}

/**
 * Inserts the doubtful rows that repeat nothing, in file order, so that the first line wins. Rows whose TAC is wrong stay out,
 * whatever they repeat. Answers the lines that went in.
 */
export async function insertUnrepeated(tx: Transaction, wrongTacs: readonly number[]): Promise<Set<number>> {
  const rows = await tx<{ lineNumber: number }[]>`
    insert into card_transaction (${tx.unsafe(transactionColumns)})
    select ${tx.unsafe(transactionColumns)} from doubtful
    where line_number not in (select unnest(${[...wrongTacs]}::integer[]))
    order by line_number
    on conflict do nothing
    returning line_number`
  return new Set(rows.map((row) => row.lineNumber))
}

/** The earlier transaction a line repeats: FILE:LINE, and whether it says the same. */
export interface Original {
  lineNumber: number
  original: string
  sameContent: boolean
}

/** Originals of the doubtful rows, by the card key or else by the terminal key. A later line of one file is no original. */
export async function findOriginals(tx: Transaction): Promise<Map<number, Original>> {
  const rows = await tx<Original[]>`
    select doubt.line_number, original.file_id || ':' || original.line_number as original, original.same_content
    from doubtful as doubt cross join lateral (
      (${originalBy(tx, 'card_number', 'card_sequence')})
      union all
      (${originalBy(tx, 'terminal_number', 'terminal_sequence')})
      limit 1
    ) as original`
  return new Map(rows.map((row) => [row.lineNumber, row]))
}

/** Content is what the card and the terminal said; who brought it and when does not matter. */
function originalBy(tx: Transaction, number: string, sequence: string) {
  return tx`
    select first.file_id, first.line_number,
      (first.card_number, first.card_sequence, first.terminal_number, first.terminal_sequence, first.occurred_at,
        first.amount, first.price, first.balance_before, first.tac)
      is not distinct from
      (doubt.card_number, doubt.card_sequence, doubt.terminal_number, doubt.terminal_sequence, doubt.occurred_at,
        doubt.amount, doubt.price, doubt.balance_before, doubt.tac) as same_content
    from card_transaction as first
    where first.transaction_day = doubt.transaction_day
      and first.${tx(number)} = doubt.${tx(number)} and first.${tx(sequence)} = doubt.${tx(sequence)}
      and (first.file_id <> doubt.file_id or first.line_number < doubt.line_number)`
}
