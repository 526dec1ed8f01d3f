// SQL of the lines the keys must decide about: asked on a table of the connection's own, and put off while their day has no keys.
import type { Queryable, Transaction } from '../../database.ts'
import type { TransactionBatch } from '../transaction-batch.ts'
import { transactionColumns } from './copy-binary.ts'
import { dateOf } from './day-queries.ts'
import { copyIn } from './transaction-queries.ts'

/**
 * Puts rows on the table where they can be asked about. They are gone at the end of the transaction; the table stays with the
 * connection, because making it, and planning anew what asks it, took the database as long as the asking.
 */
export async function copyDoubtful(tx: Transaction, rows: Buffer): Promise<void> {
  await makeDoubtful(tx)
  await copyIn(tx`copy doubtful (${tx.unsafe(transactionColumns)}) from stdin (format binary)`, rows)
}

async function makeDoubtful(tx: Transaction): Promise<void> {
  await tx`create temporary table if not exists doubtful (like card_transaction) on commit delete rows`
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

/** What is kept of a doubtful line besides the columns of its row. */
export interface Doubt {
  lineNumber: number
  byteOffset: number
  byteLength: number
  /** Of verifyTacs. */
  verdict: number
}

/** Keeps doubtful rows of a batch until their day has keys. */
export async function postponeDoubtful(
  tx: Transaction,
  { fileId, chunk, batch }: { fileId: number; chunk: number; batch: TransactionBatch },
  doubts: readonly (Doubt & { row: number })[]
): Promise<void> {
  if (doubts.length === 0) return
  const rows = doubts.map(({ row, byteOffset, byteLength, verdict }) => ({
    ...rowOf(batch, row),
    file_id: fileId,
    chunk,
    byte_offset: byteOffset,
    byte_length: byteLength,
    verdict
  }))
  await tx`insert into card_doubt select * from jsonb_populate_recordset(null::card_doubt, ${JSON.stringify(rows)}::text::jsonb)`
}

/** The columns of card_transaction but for the file. 64-bit numbers as text. */
function rowOf(batch: TransactionBatch, row: number) {
  const proof = batch.hasProof
    ? {
        terminal_sequence: batch.terminalSequence[row],
        balance_before: batch.balanceBefore[row],
        tac: batch.tac[row],
        key: batch.key[row]
      }
    : {}
  return {
    ...proof,
    line_number: batch.lineNumber[row],
    transaction_day: dateOf(batch.day[row]!),
    card_number: String(batch.cardNumber[row]),
    card_sequence: batch.cardSequence[row],
    terminal_number: String(batch.terminalNumber[row]),
    occurred_at: new Date(batch.occurredAt[row]!),
    amount: batch.amount[row],
    price: batch.price[row],
    issuer: batch.issuer[row],
    acquirer: batch.acquirer[row],
    service: batch.service[row],
    kind: batch.kind[row],
    passage: batch.passage[row],
    discount: batch.discount[row],
    algorithm: batch.algorithm[row]
  }
}

/** How many lines of each chunk still wait. */
export async function listDoubts(sql: Queryable, fileId: number): Promise<{ chunk: number; lines: number }[]> {
  return await sql<{ chunk: number; lines: number }[]>`
    select chunk, count(*)::integer as lines from card_doubt where file_id = ${fileId} group by chunk order by chunk`
}

export interface PostponedDoubt extends Doubt {
  chunk: number
  amount: number
}

/** Puts the waiting lines of these chunks on the table where they can be asked about; they wait no more. In file order. */
export async function takeDoubts(
  tx: Transaction,
  fileId: number,
  chunks: readonly number[]
): Promise<PostponedDoubt[]> {
  await makeDoubtful(tx)
  return await tx<PostponedDoubt[]>`
    with taken as (
      delete from card_doubt where file_id = ${fileId} and chunk = any(${[...chunks]}::integer[]) returning *
    ), put as (
      insert into doubtful (${tx.unsafe(transactionColumns)}) select ${tx.unsafe(transactionColumns)} from taken
    )
    select line_number, byte_offset, byte_length, verdict, chunk, amount from taken order by line_number`
}
