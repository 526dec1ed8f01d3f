// The lines of a file that waited for the keys of their days: those that repeat nothing go in, in file order; the others become
// rejects, with their bytes from the archive.
import { open, type FileHandle } from 'node:fs/promises'
import type { ErrorCode } from '../../card-files/error-codes.ts'
import type { Database, Transaction } from '../../database.ts'
import { growChunk } from '../file-queries.ts'
import { findOriginals, insertUnrepeated, listDoubts, takeDoubts, type Original } from './doubt-queries.ts'
import { insertRejects, patientTransaction, type Reject } from './transaction-queries.ts'

export interface DoubtfulFile {
  fileId: number
  /** Where the bytes are. */
  path: string
}

/** So many lines are decided in one transaction, but never less than a chunk's. */
const linesAtOnce = 16_384

export async function decideDoubts(sql: Database, file: DoubtfulFile): Promise<void> {
  const waiting = await listDoubts(sql, file.fileId)
  if (waiting.length === 0) return
  const source = await open(file.path, 'r')
  try {
    let chunks: number[] = []
    let lines = 0
    for (const each of waiting) {
      if (lines > 0 && lines + each.lines > linesAtOnce) {
        await patientTransaction(sql, async (tx) => await decide(tx, { ...file, source, chunks }))
        chunks = []
        lines = 0
      }
      chunks.push(each.chunk)
      lines += each.lines
    }
    await patientTransaction(sql, async (tx) => await decide(tx, { ...file, source, chunks }))
  } finally {
    await source.close()
  }
}

interface Decision {
  fileId: number
  source: FileHandle
  chunks: readonly number[]
}

async function decide(tx: Transaction, { fileId, source, chunks }: Decision): Promise<void> {
  const doubts = await takeDoubts(tx, fileId, chunks)
  const unproved = doubts.filter((each) => each.verdict !== 0).map((each) => each.lineNumber)
  const inserted = await insertUnrepeated(tx, unproved)
  const refused = doubts.filter((each) => !inserted.has(each.lineNumber))
  const originals = refused.length > 0 ? await findOriginals(tx) : new Map<number, Original>()
  const rejects: Reject[] = []
  for (const { lineNumber, byteOffset, byteLength, verdict } of refused) {
    const raw = await readLine(source, byteOffset, byteLength)
    rejects.push({ lineNumber, byteOffset, raw, ...refusalOf(originals.get(lineNumber), verdict) })
  }
  await insertRejects(tx, fileId, rejects)
  for (const [chunk, lines] of Map.groupBy(doubts, (each) => each.chunk)) {
    const accepted = lines.filter((each) => inserted.has(each.lineNumber))
    const amount = accepted.reduce((sum, each) => sum + each.amount, 0)
    await growChunk(tx, fileId, {
      chunk,
      accepted: accepted.length,
      rejected: lines.length - accepted.length,
      amount
    })
  }
}

async function readLine(source: FileHandle, at: number, length: number): Promise<Buffer> {
  const raw = Buffer.alloc(length)
  const { bytesRead } = await source.read(raw, 0, length, at)
  if (bytesRead !== length) throw new Error('the archived file is shorter than it was')
  return raw
}

/** Of verifyTacs. */
const noSuchKey = 2

/** What a line is refused with that its keys or its TAC keep out: "repeated" comes before "unproved". */
export function refusalOf(original: Original | undefined, verdict: number): { code: ErrorCode; detail: string } {
  if (original)
    return { code: '020002', detail: `${original.sameContent ? 'same' : 'different'} content ${original.original}` }
  return { code: '020004', detail: verdict === noSuchKey ? 'no such key' : '' }
}
