// Loads a received file chunk by chunk: read, check, verify TACs, write. A chunk is one transaction together
// with its own row, so whatever dies, running again loads the missing chunks and no other. Several chunks are in flight; one that
// may repeat a line of an earlier chunk waits until that one is in, so the first line wins in any order of chunks.
import { open, type FileHandle } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import type { Frame, RecordReader } from '../../card-files/file-format.ts'
import type { Database } from '../../database.ts'
import type { ParticipantLookup } from '../../participants/participant-lookup.ts'
import { checkTransactions, type CheckTerms } from '../check-transaction-rules.ts'
import { listChunks } from '../file-queries.ts'
import type { TransactionBatch } from '../transaction-batch.ts'
import { anyChunk, type DuplicateSuspicion } from './duplicate-suspicion.ts'
import { openLanes, type Cut, type Lane, type Lanes } from './lanes.ts'
import { writeChunk, type LoadHabits } from './write-chunk.ts'

export interface LoadOrder {
  fileId: number
  /** Where the bytes are. */
  path: string
  frame: Frame
  lookup: ParticipantLookup
  terms: CheckTerms
}

/** Answers how many chunks the file has, and the days of its sound lines. */
export async function loadChunks(
  { sql, keys }: { sql: Database; keys: KeyStore },
  order: LoadOrder & { suspicion: DuplicateSuspicion },
  report: (bytesDone: number) => void
): Promise<{ chunks: number; days: ReadonlySet<number> }> {
  const { fileId, frame, terms } = order
  const loaded = new Map((await listChunks(sql, fileId)).map((each) => [each.chunk, each]))
  const lanes = openLanes(frame, terms.profile.format.longestLine)
  const habits: LoadHabits = { opened: new Set(), keyed: new Set(), repeats: false }
  const allDays = new Set<number>()
  let chunks = 0
  const underway = new Map<number, Promise<void>>()
  let allBefore: Promise<unknown> = Promise.resolve()
  let bytesDone = 0
  try {
    for await (const { cut, lane, origins, days } of readChunks(order, lanes)) {
      chunks++
      for (const day of days) allDays.add(day)
      const known = loaded.get(cut.chunk)
      if (known) {
        if (known.byteTo !== cut.byteTo)
          throw new Error(`chunk ${cut.chunk} of file ${fileId} was cut at another place`)
        bytesDone += cut.byteTo - cut.byteFrom
        lanes.give(lane)
        continue
      }
      const ready = origins.has(anyChunk)
        ? allBefore
        : Promise.all([...origins].map(async (each) => await underway.get(each)))
      ready.catch(() => undefined)
      const written = verify(keys, lane, terms)
        .then(async () => await ready)
        .then(
          async () => await lanes.inTurn(async () => await writeChunk(sql, { fileId, cut, lane, terms, habits, days }))
        )
        .then(() => {
          underway.delete(cut.chunk)
          report((bytesDone += cut.byteTo - cut.byteFrom))
          lanes.give(lane)
        })
      written.catch((error: unknown) => lanes.fail(error))
      underway.set(cut.chunk, written)
      allBefore = Promise.all([allBefore, written])
      allBefore.catch(() => undefined)
    }
  } finally {
    await lanes.settle(allBefore)
  }
  if (bytesDone !== frame.endByte - frame.firstByte) throw new Error(`file ${fileId} was not read to its end`)
  return { chunks, days: allDays }
}

interface ReadChunk {
  cut: Cut
  lane: Lane
  /** Earlier chunks with lines that may be repeated here. */
  origins: ReadonlySet<number>
  /** Of the rows with nothing wrong so far. */
  days: ReadonlySet<number>
}

/** Reads and checks chunk after chunk, each into the next free lane, in file order. */
async function* readChunks(
  { path, frame, lookup, terms, suspicion }: LoadOrder & { suspicion: DuplicateSuspicion },
  lanes: Lanes
): AsyncGenerator<ReadChunk> {
  const reader = terms.profile.format.recordReader(lookup)
  const source = await open(path, 'r')
  let byteFrom = frame.firstByte
  let line = frame.firstLine
  try {
    for (let chunk = 0; byteFrom < frame.endByte; chunk++) {
      const lane = await lanes.take()
      const bytes = await readLines(source, lane.bytes, byteFrom, frame.endByte)
      const byteTo = byteFrom + (await fillBatch(reader, lane.batch, bytes, { line, byteFrom }))
      checkTransactions(lane.batch, terms)
      const origins = await suspect(lane, suspicion, chunk)
      yield { cut: { chunk, byteFrom, byteTo, firstLine: line }, lane, origins, days: daysOf(lane.batch) }
      line += lane.batch.count
      byteFrom = byteTo
    }
  } finally {
    await source.close()
  }
}

/** Whole lines from a place on, as many as the buffer holds or the records last. */
async function readLines(source: FileHandle, buffer: Buffer, from: number, end: number): Promise<Buffer> {
  const wanted = Math.min(buffer.length, end - from)
  let length = 0
  while (length < wanted) {
    const { bytesRead } = await source.read(buffer, length, wanted - length, from + length)
    if (bytesRead === 0) throw new Error('the archived file is shorter than it was')
    length += bytesRead
  }
  if (from + length === end) return buffer.subarray(0, length)
  return buffer.subarray(0, buffer.lastIndexOf(10, length - 1) + 1)
}

/** So many bytes are read in half a millisecond: the database asks for the next statement of a chunk a dozen times. */
const stretchBytes = 1 << 18

/** Stretch by stretch, with a look in between at what the database has answered: a chunk in one go would keep it waiting. */
async function fillBatch(
  reader: RecordReader,
  batch: TransactionBatch,
  bytes: Buffer,
  { line, byteFrom }: { line: number; byteFrom: number }
): Promise<number> {
  batch.count = 0
  let at = 0
  while (at < bytes.length && batch.count < batch.capacity) {
    const end = bytes.indexOf(10, at + stretchBytes) + 1 || bytes.length
    at += reader(bytes.subarray(at, end), batch, line + batch.count, byteFrom + at)
    await setImmediate()
  }
  return at
}

const rowsInOneGo = 2048

/** Marks the rows that may repeat an earlier one; answers in which other chunks those are. */
async function suspect({ batch, suspected }: Lane, suspicion: DuplicateSuspicion, chunk: number): Promise<Set<number>> {
  const place = { chunk, origins: new Set<number>() }
  for (let row = 0; row < batch.count; row++) {
    if (row % rowsInOneGo === 0) await setImmediate()
    suspected[row] = batch.code[row] === 0 && suspicion.seen(batch, row, place) ? 1 : 0
  }
  place.origins.delete(chunk)
  return place.origins
}

/** Days of the rows with nothing wrong so far. */
function daysOf(batch: TransactionBatch): Set<number> {
  const days = new Set<number>()
  let last = -1
  for (let row = 0; row < batch.count; row++) {
    if (batch.code[row] === 0 && batch.day[row] !== last) days.add((last = batch.day[row]!))
  }
  return days
}

/** Which of the rows prove themselves. Rows with another fault are verified along: sorting them out would cost more. */
async function verify(keys: KeyStore, lane: Lane, { profile }: CheckTerms): Promise<void> {
  if (!profile.provesTac) return
  lane.verdicts = await keys.verifyTacs(lane.batch.tacRecords, lane.batch.count)
}
