// The last step of ingestion: everything is there, the sums agree, and in the same transaction the file gets its clearing day, or the
// adjustment of the past day it came late for.
// Until then no other part of the house sees its rows.
import type { Frame } from '../card-files/file-format.ts'
import { holdAdjustment } from '../adjustments/open-adjustment.ts'
import type { BusinessDay } from '../business-day.ts'
import { transaction, type Database } from '../database.ts'
import { fen } from '../money.ts'
import { findFile, holdOpenDay, listChunks, markAccepted, sumRows, type CardFile, type Chunk } from './file-queries.ts'

/** Why a run is opened by a late file that finds the last one closed. */
const lateReason = '迟到文件 late file'

/** Throws, and accepts nothing, when what was read, what was counted and what the tables hold are not one and the same. */
export async function acceptFile(
  sql: Database,
  fileId: number,
  { frame, now, lateFor = null }: { frame: Frame; now: Date; lateFor?: BusinessDay | null }
): Promise<CardFile> {
  return await transaction(sql, async (tx) => {
    const counted = sumChunks(await listChunks(tx, fileId), frame)
    const held = await sumRows(tx, fileId)
    if (counted.lines !== frame.records || counted.lines !== counted.accepted + counted.rejected)
      throw new Error(`file ${fileId} has ${frame.records} lines, of which ${counted.lines} were loaded`)
    if (held.accepted !== counted.accepted || held.rejected !== counted.rejected || held.amount !== counted.amount)
      throw new Error(`the rows of file ${fileId} do not sum to what was counted while they were loaded`)
    await markAccepted(tx, fileId, {
      clearingDay: lateFor ? null : await holdOpenDay(tx, now),
      adjustment: lateFor ? (await holdAdjustment(tx, lateFor, { reason: lateReason, now })).id : null,
      lineCount: counted.lines,
      acceptedCount: counted.accepted,
      rejectedCount: counted.rejected,
      amount: counted.amount,
      acceptedAt: now
    })
    return (await findFile(tx, fileId))!
  })
}

/** The chunks must cover the records without gap or overlap. */
function sumChunks(
  chunks: readonly Chunk[],
  frame: Frame
): { lines: number; accepted: number; rejected: number; amount: number } {
  const sums = { lines: 0, accepted: 0, rejected: 0, amount: 0 }
  let reached = frame.firstByte
  for (const chunk of chunks) {
    if (chunk.byteFrom !== reached) throw new Error(`the chunk at byte ${reached} is missing`)
    reached = chunk.byteTo
    sums.lines += chunk.lines
    sums.accepted += chunk.accepted
    sums.rejected += chunk.rejected
    sums.amount += chunk.amount
  }
  if (reached !== frame.endByte) throw new Error(`the chunk at byte ${reached} is missing`)
  return { ...sums, amount: fen(sums.amount) }
}
