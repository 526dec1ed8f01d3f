// Writes one verified chunk in one transaction: its transactions, its rejects and its own row. Rows nobody doubts go in by COPY,
// straight into their day while that is bare; when a key is already taken, the exact way, where every row is asked for.
import { errorCodes, type ErrorCode } from '../../card-files/error-codes.ts'
import { transaction, type Database, type Transaction } from '../../database.ts'
import { detailOf, type CheckTerms } from '../check-transaction-rules.ts'
import { insertChunk } from '../file-queries.ts'
import { holdDays, isRepeated, openDays, partitionOf } from './day-queries.ts'
import { refusalOf } from './decide-doubts.ts'
import { copyDoubtful, findOriginals, insertUnrepeated, postponeDoubtful, type Original } from './doubt-queries.ts'
import { keyDays } from './key-days.ts'
import type { Cut, Lane } from './lanes.ts'
import { inKeyOrder } from './row-order.ts'
import {
  copyToDay,
  copyTransactions,
  insertRejects,
  isLoaded,
  patientTransaction,
  type Reject
} from './transaction-queries.ts'

export interface ChunkToWrite {
  fileId: number
  cut: Cut
  lane: Lane
  /** Of its rows with nothing wrong so far. */
  days: ReadonlySet<number>
  terms: CheckTerms
  habits: LoadHabits
}

/** What the chunks of one load learn from each other. */
export interface LoadHabits {
  /** Days that have been seen to have a partition. */
  opened: Set<number>
  /** Days that were seen to be keyed: they stay it. */
  keyed: Set<number>
  /** The latest chunk met keys that were taken, so the next one will too: a file sent again under another name. */
  repeats: boolean
}

export async function writeChunk(sql: Database, chunk: ChunkToWrite): Promise<void> {
  await openNewDays(sql, chunk)
  for (let exact = chunk.habits.repeats; ;) {
    try {
      const conflicts = await patientTransaction(sql, async (tx) => await writeRows(tx, chunk, exact))
      chunk.habits.repeats = exact && conflicts
      return
    } catch (error) {
      if (isLoaded(error)) return
      if (!isRepeated(error)) throw error
      const struck = bareDayStruck(error.table_name!, chunk)
      if (struck !== undefined) await keyDays(sql, new Set([struck]))
      else if (exact) throw error
      else exact = true
    }
  }
}

/** A bare day refuses rows only while it is being keyed, or when whoever began that was stopped. */
function bareDayStruck(partition: string, { days, habits }: ChunkToWrite): number | undefined {
  return [...days].find((day) => !habits.keyed.has(day) && partitionOf(day) === partition)
}

async function openNewDays(sql: Database, { days, habits }: ChunkToWrite): Promise<void> {
  const unseen = [...days].filter((day) => !habits.opened.has(day))
  if (unseen.length === 0) return
  await transaction(sql, async (tx) => await openDays(tx, unseen))
  for (const day of unseen) habits.opened.add(day)
}

/** Answers whether rows met keys of other files. */
async function writeRows(tx: Transaction, chunk: ChunkToWrite, exact: boolean): Promise<boolean> {
  const { fileId, cut, lane } = chunk
  const { batch } = lane
  const bare = await holdBareDays(tx, chunk)
  const { plain, doubtful, postponed } = sortOut(lane, { exact, bare })
  await copyPlain(tx, chunk, { plain, bare })
  const verdict = await decide(tx, chunk, doubtful)
  const rejects = rejectsOf(chunk, verdict)
  let amount = 0
  for (const row of plain) amount += batch.amount[row]!
  for (const row of verdict.accepted) amount += batch.amount[row]!
  const accepted = plain.length + verdict.accepted.length
  // Sent in one go: while a chunk waits for an answer, its backend has nothing to do.
  await Promise.all([
    postponeDoubtful(tx, { fileId, chunk: cut.chunk, batch }, doubtsOf(lane, postponed)),
    insertRejects(tx, fileId, rejects),
    insertChunk(tx, fileId, { ...cut, lines: batch.count, accepted, rejected: rejects.length, amount })
  ])
  return verdict.originals.size > 0
}

/** Which of its days are bare, and stay it until the end of the transaction. */
async function holdBareDays(tx: Transaction, { days, habits }: ChunkToWrite): Promise<ReadonlySet<number>> {
  const uncertain = [...days].filter((day) => !habits.keyed.has(day))
  if (uncertain.length === 0) return new Set()
  const bare = await holdDays(tx, uncertain)
  for (const day of uncertain) if (!bare.has(day)) habits.keyed.add(day)
  return bare
}

interface SortedRows {
  plain: Uint32Array
  doubtful: Uint32Array
  /** Doubtful rows of days without keys. */
  postponed: Uint32Array
}

/**
 * Rows that are good beyond doubt, and rows the keys must decide about: suspected ones, and those with a wrong TAC, for which
 * "repeated" (020002) comes before "unproved" (020004).
 */
function sortOut(
  { batch, suspected, verdicts }: Lane,
  { exact, bare }: { exact: boolean; bare: ReadonlySet<number> }
): SortedRows {
  const sorted = { plain: rowList(batch.count), doubtful: rowList(batch.count), postponed: rowList(batch.count) }
  for (let row = 0; row < batch.count; row++) {
    if (batch.code[row] !== 0) continue
    const doubted = suspected[row] === 1 || verdicts[row] !== 0
    if (!doubted && !exact) sorted.plain.add(row)
    else if (!bare.has(batch.day[row]!)) sorted.doubtful.add(row)
    else sorted[doubted ? 'postponed' : 'plain'].add(row)
  }
  return { plain: sorted.plain.rows(), doubtful: sorted.doubtful.rows(), postponed: sorted.postponed.rows() }
}

function rowList(capacity: number) {
  const rows = new Uint32Array(capacity)
  let count = 0
  return { add: (row: number) => void (rows[count++] = row), rows: () => rows.subarray(0, count) }
}

async function copyPlain(
  tx: Transaction,
  { fileId, lane: { batch, encoder } }: ChunkToWrite,
  { plain, bare }: { plain: Uint32Array; bare: ReadonlySet<number> }
): Promise<void> {
  for (const day of bare) {
    const rows = plain.filter((row) => batch.day[row] === day)
    if (rows.length > 0) await copyToDay(tx, day, encoder.encode(batch, rows, fileId))
  }
  const keyed = bare.size === 0 ? plain : plain.filter((row) => !bare.has(batch.day[row]!))
  if (keyed.length > 0) await copyTransactions(tx, encoder.encode(batch, inKeyOrder(batch, keyed), fileId))
}

function doubtsOf({ batch, verdicts }: Lane, rows: Uint32Array) {
  return Array.from(rows, (row) => ({
    row,
    lineNumber: batch.lineNumber[row]!,
    byteOffset: batch.byteOffset[row]!,
    byteLength: batch.byteLength[row]!,
    verdict: verdicts[row]!
  }))
}

interface Verdict {
  accepted: number[]
  /** Doubtful rows that stay out. */
  refused: number[]
  /** By line. */
  originals: ReadonlyMap<number, Original>
}

async function decide(tx: Transaction, { fileId, lane }: ChunkToWrite, doubtful: Uint32Array): Promise<Verdict> {
  if (doubtful.length === 0) return { accepted: [], refused: [], originals: new Map() }
  const { batch, encoder, verdicts } = lane
  await copyDoubtful(tx, encoder.encode(batch, doubtful, fileId))
  const rows = [...doubtful]
  const unproved = rows.filter((row) => verdicts[row] !== 0).map((row) => batch.lineNumber[row]!)
  const inserted = await insertUnrepeated(tx, unproved)
  const accepted = rows.filter((row) => inserted.has(batch.lineNumber[row]!))
  const refused = rows.filter((row) => !inserted.has(batch.lineNumber[row]!))
  return { accepted, refused, originals: refused.length > 0 ? await findOriginals(tx) : new Map() }
}

/** Every line that did not become a transaction, with its code. */
function rejectsOf({ cut, lane, terms }: ChunkToWrite, { refused, originals }: Verdict): Reject[] {
  const { batch, bytes, verdicts } = lane
  const rejects: Reject[] = []
  const keep = (row: number, reason: { code: ErrorCode; detail: string }): void => {
    const from = batch.byteOffset[row]! - cut.byteFrom
    rejects.push({
      lineNumber: batch.lineNumber[row]!,
      byteOffset: batch.byteOffset[row]!,
      ...reason,
      raw: bytes.subarray(from, from + batch.byteLength[row]!)
    })
  }
  for (let row = 0; row < batch.count; row++) {
    const code = errorCodes[batch.code[row]!]!.code
    if (batch.code[row] !== 0) keep(row, { code, detail: detailOf(batch, row, terms) })
  }
  for (const row of refused) keep(row, refusalOf(originals.get(batch.lineNumber[row]!), verdicts[row]!))
  return rejects
}
