// Reads an accepted file once more from the archive, in the very chunks it was loaded by: columns as ingestion saw them, and each
// line's recorded fate. On the way the bytes are digested again, so a changed archive cannot pass for the file that was sent.
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { equalConstantTime } from '../../card-crypto/bytes.ts'
import { sm3Hasher, type Sm3Hasher } from '../../card-crypto/sm3.ts'
import { errorIndex, type ErrorCode } from '../card-files/error-codes.ts'
import type { RecordReader } from '../card-files/file-format.ts'
import type { ClearingContext } from '../context.ts'
import { fileProfiles, type FormatName } from '../ingestion/file-profiles.ts'
import { listChunks, type Chunk } from '../ingestion/file-queries.ts'
import { createTransactionBatch, type TransactionBatch } from '../ingestion/transaction-batch.ts'
import type { ParticipantLookup } from '../participants/participant-lookup.ts'
import { refuse } from '../refusals.ts'
import { listRejectsBetween } from './statement-queries.ts'
import type { DayFile } from './statement-schemas.ts'

/** The lines of one chunk. Valid until the next one is asked for: the buffers are used again. */
export interface ArchivedLines {
  /** Bytes of the chunk; batch.byteOffset counts from the beginning of the file, `byteFrom` of it is byte 0 here. */
  bytes: Buffer
  byteFrom: number
  batch: TransactionBatch
  /** Per row: index into errorCodes, 0 when the line was accepted. */
  fates: Uint16Array
}

type Archive = Pick<ClearingContext, 'sql' | 'folders'>

/** Throws the refusal 'archive-differs' when the bytes are not those that were received, at the latest with the last chunk. */
export async function* archivedLines(
  context: Archive,
  file: DayFile,
  lookup: ParticipantLookup
): AsyncGenerator<ArchivedLines> {
  const chunks = await listChunks(context.sql, file.id)
  const handle = await open(join(context.folders.archive, file.storedAs), 'r')
  const hasher = sm3Hasher()
  try {
    const first = chunks[0]?.byteFrom ?? file.size
    let line = 1 + (await digestRange(handle, hasher, 0, first))
    const read = fileProfiles[file.format as FormatName].format.recordReader(lookup)
    const room = createRoom(chunks)
    let end = first
    for (const chunk of chunks) {
      if (chunk.byteFrom !== end) throw refuse('archive-differs', { file: file.id, byte: end })
      end = chunk.byteTo
      const bytes = room.bytes.subarray(0, chunk.byteTo - chunk.byteFrom)
      await readFully(handle, bytes, chunk.byteFrom, file)
      hasher.update(bytes)
      readChunk(read, bytes, room.batch, { chunk, line, file })
      const fates = await loadFates(context, file, room)
      yield { bytes, byteFrom: chunk.byteFrom, batch: room.batch, fates }
      line += chunk.lines
    }
    await digestRange(handle, hasher, end, file.size)
  } finally {
    await handle.close()
  }
  if (!equalConstantTime(hasher.digest(), file.digest)) throw refuse('archive-differs', { file: file.id })
}

export interface ArchivedLine {
  bytes: Buffer
  byteOffset: number
  /** The chunk's columns, and the line's row in them. */
  batch: TransactionBatch
  row: number
}

/** One record of the file by its physical line number, read with its chunk alone; null when no record stands there. */
export async function archivedLine(
  context: Archive,
  file: DayFile,
  { lookup, line }: { lookup: ParticipantLookup; line: number }
): Promise<ArchivedLine | null> {
  const chunks = await listChunks(context.sql, file.id)
  const handle = await open(join(context.folders.archive, file.storedAs), 'r')
  try {
    let first = 1 + (await digestRange(handle, sm3Hasher(), 0, chunks[0]?.byteFrom ?? 0))
    const chunk = chunks.find(({ lines }) => line >= first && line < (first += lines))
    if (!chunk) return null
    const { bytes, batch } = createRoom([chunk])
    await readFully(handle, bytes, chunk.byteFrom, file)
    const read = fileProfiles[file.format as FormatName].format.recordReader(lookup)
    readChunk(read, bytes, batch, { chunk, line: first - chunk.lines, file })
    const row = line - (first - chunk.lines)
    const at = batch.byteOffset[row]! - chunk.byteFrom
    return { bytes: bytes.subarray(at, at + batch.byteLength[row]!), byteOffset: batch.byteOffset[row]!, batch, row }
  } finally {
    await handle.close()
  }
}

interface Room {
  bytes: Buffer
  batch: TransactionBatch
  fates: Uint16Array
}

/** One buffer and one batch, large enough for the largest chunk. */
function createRoom(chunks: readonly Chunk[]): Room {
  const lines = chunks.reduce((most, chunk) => Math.max(most, chunk.lines), 1)
  const bytes = chunks.reduce((most, chunk) => Math.max(most, chunk.byteTo - chunk.byteFrom), 1)
  return { bytes: Buffer.allocUnsafe(bytes), batch: createTransactionBatch(lines), fates: new Uint16Array(lines) }
}

function readChunk(
  read: RecordReader,
  bytes: Buffer,
  batch: TransactionBatch,
  { chunk, line, file }: { chunk: Chunk; line: number; file: DayFile }
): void {
  batch.count = 0
  const used = read(bytes, batch, line, chunk.byteFrom)
  if (used !== bytes.length || batch.count !== chunk.lines)
    throw refuse('archive-differs', { file: file.id, byte: chunk.byteFrom })
}

/** A line has the fate of its reject row, or it was accepted; an unreadable one without a reject row is no fate at all. */
async function loadFates({ sql }: Archive, file: DayFile, { batch, fates }: Room): Promise<Uint16Array> {
  fates.fill(0, 0, batch.count)
  const firstLine = batch.lineNumber[0] ?? 0
  const rejects = await listRejectsBetween(sql, file.id, firstLine, firstLine + batch.count)
  for (const { lineNumber, code } of rejects) fates[lineNumber - firstLine] = errorIndex(code as ErrorCode)
  for (let row = 0; row < batch.count; row++)
    if (batch.code[row] !== 0 && fates[row] === 0)
      throw refuse('line-without-fate', { transaction: `${file.id}:${batch.lineNumber[row]}` })
  return fates
}

async function readFully(handle: FileHandle, bytes: Buffer, from: number, file: DayFile): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at)
    if (bytesRead === 0) throw refuse('archive-differs', { file: file.id, byte: from + at })
    at += bytesRead
  }
}

/** Digests what stands before and behind the records; answers the line feeds in it. */
async function digestRange(handle: FileHandle, hasher: Sm3Hasher, from: number, to: number): Promise<number> {
  const block = Buffer.allocUnsafe(Math.min(to - from, 1 << 20))
  let feeds = 0
  for (let at = from; at < to;) {
    const { bytesRead } = await handle.read(block, 0, Math.min(block.length, to - at), at)
    if (bytesRead === 0) break
    const bytes = block.subarray(0, bytesRead)
    hasher.update(bytes)
    for (const byte of bytes) if (byte === 10) feeds++
    at += bytesRead
  }
  return feeds
}
