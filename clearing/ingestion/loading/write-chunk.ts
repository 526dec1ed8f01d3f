// Writes one verified chunk in one transaction: its transactions, its rejects and its own row. First the plain way, by COPY; when
// a key is already taken, the exact way, where every row is asked for.
import { errorCodes, errorIndex } from '../../card-files/error-codes.ts'
import { transaction, type Database, type Transaction } from '../../database.ts'
import { detailOf, type CheckTerms } from '../check-transaction-rules.ts'
import { insertChunk } from '../file-queries.ts'
import type { Cut, Lane } from './lanes.ts'
import { inKeyOrder } from './row-order.ts'
import {
  copyDoubtful,
  insertRejects,
  copyTransactions,
  ensureTransactionDays,
  findOriginals,
  insertUnrepeated,
  isDeadlock,
  isLoaded,
  isRepeated,
  type Original,
  type Reject
} from './transaction-queries.ts'

export interface ChunkToWrite {
  fileId: number
  cut: Cut
  lane: Lane
  terms: CheckTerms
  habits: LoadHabits
}

/** What the chunks of one load learn from each other. */
export interface LoadHabits {
  /** Days whose partitions have been seen to. */
  days: Set<number>
  /** The latest chunk met keys that were taken, so the next one will too: a file sent again under another name. */
  repeats: boolean
}

const deadlocksBorne = 8
const repeated = errorIndex('020002')
const wrongTac = errorIndex('020004')
const noSuchKey = 2

export async function writeChunk(sql: Database, chunk: ChunkToWrite): Promise<void> {
  await seeToPartitions(sql, chunk)
  let exact = chunk.habits.repeats
  for (let deadlocks = 0; ;) {
    try {
      const conflicts = await transaction(sql, async (tx) => await writeRows(tx, chunk, exact))
      chunk.habits.repeats = exact && conflicts
      return
    } catch (error) {
      if (isLoaded(error)) return
      if (isDeadlock(error) && deadlocks < deadlocksBorne) deadlocks++
      else if (!exact && isRepeated(error)) exact = true
      else throw error
    }
  }
}

async function seeToPartitions(sql: Database, { lane, habits }: ChunkToWrite): Promise<void> {
  const { batch } = lane
  const missing = new Set<number>()
  for (let row = 0; row < batch.count; row++) {
    if (batch.code[row] === 0 && !habits.days.has(batch.day[row]!)) missing.add(batch.day[row]!)
  }
  if (missing.size === 0) return
  await transaction(sql, async (tx) => await ensureTransactionDays(tx, [...missing]))
  for (const day of missing) habits.days.add(day)
}

/** Answers whether rows met keys of other files. */
async function writeRows(tx: Transaction, chunk: ChunkToWrite, exact: boolean): Promise<boolean> {
  const { fileId, cut, lane } = chunk
  const { batch, encoder } = lane
  const { plain, doubtful } = sortOut(lane, exact)
  if (plain.length > 0) await copyTransactions(tx, encoder.encode(batch, inKeyOrder(batch, plain), fileId))
  const verdict = await decide(tx, chunk, doubtful)
  const rejects = rejectsOf(chunk, verdict)
  await insertRejects(tx, fileId, rejects)
  let amount = 0
  for (const row of plain) amount += batch.amount[row]!
  for (const row of verdict.accepted) amount += batch.amount[row]!
  const accepted = plain.length + verdict.accepted.length
  await insertChunk(tx, fileId, { ...cut, lines: batch.count, accepted, rejected: rejects.length, amount })
  return verdict.originals.size > 0
}

/**
 * Rows that are good beyond doubt, and rows the keys must decide about: suspected ones, and those with a wrong TAC, for which
 * "repeated" (020002) comes before "unproved" (020004).
 */
function sortOut({ batch, suspected, verdicts }: Lane, exact: boolean): { plain: Uint32Array; doubtful: Uint32Array } {
  const plain = new Uint32Array(batch.count)
  const doubtful = new Uint32Array(batch.count)
  let [plains, doubts] = [0, 0]
  for (let row = 0; row < batch.count; row++) {
    if (batch.code[row] !== 0) continue
    if (exact || suspected[row] === 1 || verdicts[row] !== 0) doubtful[doubts++] = row
    else plain[plains++] = row
  }
  return { plain: plain.subarray(0, plains), doubtful: doubtful.subarray(0, doubts) }
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
  const keep = (row: number, code: number, detail: string): void => {
    const from = batch.byteOffset[row]! - cut.byteFrom
    rejects.push({
      lineNumber: batch.lineNumber[row]!,
      byteOffset: batch.byteOffset[row]!,
      code: errorCodes[code]!.code,
      detail,
      raw: bytes.subarray(from, from + batch.byteLength[row]!)
    })
  }
  for (let row = 0; row < batch.count; row++) {
    if (batch.code[row] !== 0) keep(row, batch.code[row]!, detailOf(batch, row, terms))
  }
  for (const row of refused) {
    const original = originals.get(batch.lineNumber[row]!)
    if (original) keep(row, repeated, `${original.sameContent ? 'same' : 'different'} content ${original.original}`)
    else keep(row, wrongTac, verdicts[row] === noSuchKey ? 'no such key' : '')
  }
  return rejects
}
