// Rows for COPY … (format binary), written straight from the batch's columns into one reused buffer (PostgreSQL manual, COPY,
// "Binary Format"): a field is its length and its bytes, big-endian; length -1 is null.
import type { TransactionBatch } from '../transaction-batch.ts'

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const trailer = Buffer.from([0xff, 0xff])

/** The columns of a row, in its order. */
export const transactionColumns =
  'transaction_day, card_number, card_sequence, terminal_number, terminal_sequence, occurred_at, amount, price, ' +
  'balance_before, tac, file_id, line_number, issuer, acquirer, key, service, kind, passage, discount, algorithm'
const transactionFields = 20
const transactionRowBytes = 2 + transactionFields * 4 + 4 * 9 + 8 * 3 + 2 * 8

/** Microseconds from 1970 to PostgreSQL's own epoch, 2000-01-01 UTC. */
const epochMs = Date.UTC(2000, 0, 1)

export interface RowEncoder {
  /** Encodes these rows of the batch in this order; the bytes are valid until the next call. */
  encode(batch: TransactionBatch, rows: Uint32Array, fileId: number): Buffer
}

/** One encoder per chunk in flight; its buffer is as large as a full batch needs. */
export function rowEncoder(capacity: number): RowEncoder {
  const bytes = Buffer.allocUnsafeSlow(signature.length + capacity * transactionRowBytes + trailer.length)
  const view = new DataView(bytes.buffer)
  signature.copy(bytes)
  return {
    encode(batch, rows, fileId) {
      let at = signature.length
      for (let index = 0; index < rows.length; index++) at = writeRow(view, at, batch, rows[index]!, fileId)
      trailer.copy(bytes, at)
      return bytes.subarray(0, at + trailer.length)
    }
  }
}

// oxlint-disable-next-line max-params -- called once per transaction: an object per call would be the cost it avoids.
function writeRow(view: DataView, start: number, batch: TransactionBatch, row: number, fileId: number): number {
  const proven = batch.hasProof
  view.setInt16(start, transactionFields)
  let at = start + 2
  at = int4(view, at, batch.day[row]!)
  at = int8(view, at, batch.cardNumberWords, row)
  at = int4(view, at, batch.cardSequence[row]!)
  at = int8(view, at, batch.terminalNumberWords, row)
  at = proven ? int4(view, at, batch.terminalSequence[row]!) : none(view, at)
  at = timestamp(view, at, batch.occurredAt[row]!)
  at = int4(view, at, batch.amount[row]!)
  at = int4(view, at, batch.price[row]!)
  at = proven ? int4(view, at, batch.balanceBefore[row]!) : none(view, at)
  at = proven ? int4(view, at, batch.tac[row]!) : none(view, at)
  at = int4(view, at, fileId)
  at = int4(view, at, batch.lineNumber[row]!)
  at = int2(view, at, batch.issuer[row]!)
  at = int2(view, at, batch.acquirer[row]!)
  at = proven ? int2(view, at, batch.key[row]!) : none(view, at)
  at = int2(view, at, batch.service[row]!)
  at = int2(view, at, batch.kind[row]!)
  at = int2(view, at, batch.passage[row]!)
  at = int2(view, at, batch.discount[row]!)
  return int2(view, at, batch.algorithm[row]!)
}

function int2(view: DataView, at: number, value: number): number {
  view.setInt32(at, 2)
  view.setInt16(at + 4, value)
  return at + 6
}

function int4(view: DataView, at: number, value: number): number {
  view.setInt32(at, 4)
  view.setInt32(at + 4, value)
  return at + 8
}

function int8(view: DataView, at: number, words: Uint32Array, row: number): number {
  view.setInt32(at, 8)
  view.setUint32(at + 4, words[2 * row + 1]!)
  view.setUint32(at + 8, words[2 * row]!)
  return at + 12
}

/** The product in microseconds passes 2^53 only after the year 2285, so the two halves are exact. */
function timestamp(view: DataView, at: number, ms: number): number {
  const microseconds = (ms - epochMs) * 1000
  view.setInt32(at, 8)
  view.setInt32(at + 4, Math.floor(microseconds / 4_294_967_296))
  view.setUint32(at + 8, microseconds % 4_294_967_296)
  return at + 12
}

function none(view: DataView, at: number): number {
  view.setInt32(at, -1)
  return at + 4
}
