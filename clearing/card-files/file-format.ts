// What every kind of incoming card file must answer: is its frame whole, and what do its lines say. An adapter is pure: bytes
// in, columns out; it never throws over a line and never looks at the clock.
import type { TransactionBatch } from '../ingestion/transaction-batch.ts'
import type { ParticipantLookup } from '../participants/participant-lookup.ts'
import type { ErrorCode } from './error-codes.ts'

/** What one pass over a file (the digest pass) knows of it. */
export interface FileEdges {
  /** Without folders. */
  name: string
  size: number
  /** The first and last bytes, up to edgeBytes each; they may overlap. */
  head: Buffer
  tail: Buffer
  /** Line feeds, plus one when the last line has none. */
  lines: number
}

export const edgeBytes = 65_536

/** Where the records lie: bytes [firstByte, endByte), `records` lines of which the first is physical line `firstLine`. */
export interface Frame {
  firstByte: number
  endByte: number
  firstLine: number
  records: number
  /** 8-digit code of the organisation that sent it, where the file says so. */
  sender: string | null
}

/** The whole file is refused with this file-level code. */
export interface FrameFault {
  fault: ErrorCode
  detail: string
}

export interface FileFormat {
  readonly id: 'cttic' | 'shenzhen-open-data' | 'forwarded-cl'
  /** See TransactionBatch.hasProof. */
  readonly hasProof: boolean
  /** No line of a sound file is longer, line end included. */
  readonly longestLine: number
  /** No line with nothing wrong is shorter, line end included. */
  readonly shortestLine: number
  openFrame(edges: FileEdges): Frame | FrameFault
  /** A reader bound to the organisations of a day; keep it for the whole file. */
  recordReader(lookup: ParticipantLookup): RecordReader
}

/**
 * Appends the lines of a chunk to the batch, one row per line, until the chunk ends or the batch is full; answers the bytes
 * consumed. The chunk must begin at a line and hold whole lines; a last line without a line feed is taken as it is.
 * `firstLine` and `firstByte` place the chunk in the file.
 */
export type RecordReader = (chunk: Buffer, batch: TransactionBatch, firstLine: number, firstByte: number) => number
