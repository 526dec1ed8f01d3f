// SQL that puts in card transactions nobody doubts, and the lines that did not become one.
import type { Writable } from 'node:stream'
import postgres from 'postgres'
import { transaction, violates, type Database, type Transaction } from '../../database.ts'
import { transactionColumns } from './copy-binary.ts'
import { partitionOf } from './day-queries.ts'

/** Bytes of a row encoder, of keyed days. */
export async function copyTransactions(tx: Transaction, rows: Buffer): Promise<void> {
  await copyIn(tx`copy card_transaction (${tx.unsafe(transactionColumns)}) from stdin (format binary)`, rows)
}

/** Bytes of a row encoder, all of this day, bare or keyed. */
export async function copyToDay(tx: Transaction, day: number, rows: Buffer): Promise<void> {
  await copyIn(tx`copy ${tx(partitionOf(day))} (${tx.unsafe(transactionColumns)}) from stdin (format binary)`, rows)
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

/** One text for any number of lines, so that the server parses and plans it once a connection. */
export async function insertRejects(tx: Transaction, fileId: number, rejects: readonly Reject[]): Promise<void> {
  for (let from = 0; from < rejects.length; from += rejectsPerStatement) {
    const some = rejects.slice(from, from + rejectsPerStatement)
    await tx`
      insert into card_reject (file_id, line_number, byte_offset, code, detail, raw)
      select ${fileId}, line_number, byte_offset, code, detail, decode(raw, 'hex')
      from unnest(
        ${some.map((each) => each.lineNumber)}::integer[], ${some.map((each) => each.byteOffset)}::bigint[],
        ${some.map((each) => each.code)}::text[], ${some.map((each) => each.detail)}::text[],
        ${some.map((each) => Buffer.from(each.raw).toString('hex'))}::text[]
      ) as line (line_number, byte_offset, code, detail, raw)`
  }
}

const pieceBytes = 1 << 18

/**
 * When the server refuses the rows after the last byte, postgres.js rejects the query, which has long been fulfilled with the
 * stream, and the stream never ends: so the rejection is taken where it arrives.
 */
export async function copyIn(query: postgres.PendingQuery<postgres.Row[]>, bytes: Buffer): Promise<void> {
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
  return ['card_file_chunk_pkey', 'card_reject_pkey', 'card_doubt_pkey'].some((key) => violates(error, key))
}

const deadlocksBorne = 8

/** A unit of work on rows that another file may share. When the two wait for each other in opposite order, one starts again. */
export async function patientTransaction<Result>(
  sql: Database,
  work: (tx: Transaction) => Promise<Result>
): Promise<Result> {
  for (let deadlocks = 0; ; deadlocks++) {
    try {
      return await transaction(sql, work)
    } catch (error) {
      const deadlock = error instanceof postgres.PostgresError && error.code === '40P01'
      if (!deadlock || deadlocks === deadlocksBorne) throw error
    }
  }
}
