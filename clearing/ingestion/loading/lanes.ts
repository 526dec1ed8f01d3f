// The chunks in flight: a fixed number of lanes, each with the memory one chunk needs, so that a file of any size is loaded in
// the same space.
import { TAC_RECORD } from '../../../card-crypto/tac-batch.ts'
import type { Frame } from '../../card-files/file-format.ts'
import { createTransactionBatch, type TransactionBatch } from '../transaction-batch.ts'
import { rowEncoder, type RowEncoder } from './copy-binary.ts'

/**
 * Lines of a chunk, so that a file is some eight chunks and none is so large that it only costs memory, or so small that commits
 * and round trips are all it costs. Measured with load-tests/clearing/ingest.ts. It decides where a file is cut, so it must depend on
 * nothing but the file.
 */
export function chunkLinesOf(frame: Frame): number {
  return Math.min(16_384, Math.max(4096, Math.ceil(frame.records / 8)))
}

/** Three being written, one being verified, one being read. */
const chunksInFlight = 5

/**
 * One more than cores: each waits for us, or for the disk at its commit, about a third of its time. Rows of a keyed day would want
 * fewer, because more backends keep putting each other's index pages out of the cache; but most rows go to bare days.
 */
const chunksWritten = 3

/** One chunk on its way, with everything it needs; reused for a later chunk. */
export interface Lane {
  bytes: Buffer
  batch: TransactionBatch
  encoder: RowEncoder
  /** 1 where a row may repeat an earlier line of the file. */
  suspected: Uint8Array
  /** Verdicts of verifyTacs; all zero where nothing must be proved. */
  verdicts: Uint8Array
}

/** Where a chunk lies in the file. */
export interface Cut {
  chunk: number
  byteFrom: number
  byteTo: number
  firstLine: number
}

export interface Lanes {
  /** The next free lane; rejects once a chunk has failed. */
  take(): Promise<Lane>
  /** Runs the writing of a chunk when its turn has come. What it writes must wait for no other chunk. */
  inTurn(write: () => Promise<void>): Promise<void>
  give(lane: Lane): void
  fail(error: unknown): void
  /** Waits for every chunk in flight, and throws what made one of them fail. */
  settle(all: Promise<unknown>): Promise<void>
}

/** Small files get small lanes. */
export function openLanes(frame: Frame, longestLine: number): Lanes {
  const lines = chunkLinesOf(frame)
  const bytes = Math.min(lines * longestLine, frame.endByte - frame.firstByte)
  const free: Lane[] = []
  const waiting: ((lane: Lane | null) => void)[] = []
  const queued: (() => void)[] = []
  let made = 0
  let writing = 0
  let failure: { error: unknown } | undefined
  return {
    async inTurn(write) {
      if (writing === chunksWritten) await new Promise<void>((turn) => queued.push(turn))
      else writing++
      try {
        if (failure) throw failure.error
        await write()
      } finally {
        const next = queued.shift()
        if (next) next()
        else writing--
      }
    },
    async take() {
      if (failure) throw failure.error
      if (made < chunksInFlight && free.length === 0) {
        made++
        return openLane(lines, bytes)
      }
      const lane = free.pop() ?? (await new Promise<Lane | null>((resolve) => waiting.push(resolve)))
      if (lane === null) throw failure!.error
      return lane
    },
    give(lane) {
      const next = waiting.shift()
      if (next) next(lane)
      else free.push(lane)
    },
    fail(error) {
      failure ??= { error }
      for (const next of waiting.splice(0)) next(null)
    },
    async settle(all) {
      await Promise.allSettled([all])
      if (failure) throw failure.error
    }
  }
}

function openLane(lines: number, bytes: number): Lane {
  const batch = createTransactionBatch(lines)
  // Shared, so that the threads which verify TACs read the records where they lie.
  batch.tacRecords = new Uint8Array(new SharedArrayBuffer(lines * TAC_RECORD.stride))
  return {
    bytes: Buffer.allocUnsafeSlow(bytes),
    batch,
    encoder: rowEncoder(lines),
    suspected: new Uint8Array(lines),
    verdicts: new Uint8Array(lines)
  }
}
