// CL files of the national centre (card.md §2.6): rides of our own cards in other provinces. Each record carries segment 2 whole, so that
// the TAC is proved here once more, and is read into the same columns as an upload.
import { TAC_RECORD } from '../../../card-crypto/tac-batch.ts'
import { unknownParticipant, type TransactionBatch } from '../../ingestion/transaction-batch.ts'
import { issuerOfCard, type ParticipantLookup } from '../../participants/participant-lookup.ts'
import {
  digitCount,
  hexPacker,
  instantOf,
  isPrintable,
  readDecimal,
  readHex,
  sameBytes,
  storeCardNumber,
  storeNumber
} from '../byte-reader.ts'
import { algorithmOf, readDay, readOrganisation, readSecond, serviceOf } from '../cttic-cd.ts'
import { purseDataBytes, purseSegment } from '../cttic-layouts.ts'
import { binaryFault } from '../edge-checks.ts'
import { errorIndex } from '../error-codes.ts'
import type { FileEdges, FileFormat, Frame, FrameFault, RecordReader } from '../file-format.ts'
import { parseFileName } from '../file-names.ts'
import { lineEnd } from '../fixed-width.ts'
import { clRecord, readResultHeader, resultHeaderBytes } from '../result-layouts.ts'

/** Without its line end. */
const width = clRecord.width - lineEnd.length

export const forwardedCl: FileFormat = {
  id: 'forwarded-cl',
  hasProof: true,
  longestLine: clRecord.width,
  shortestLine: clRecord.width,
  openFrame,
  recordReader
}

const { offset } = clRecord
/** Offsets of segment 2 in a record. */
const segment = Object.fromEntries(
  Object.entries(purseSegment.offset).map(([name, at]) => [name, at + offset.purseSegment])
) as Record<keyof typeof purseSegment.offset, number>

const packTac = hexPacker([
  { from: segment.issuerId, into: TAC_RECORD.issuerFactor, bytes: 8 },
  { from: segment.cardNumber + 3, into: TAC_RECORD.leafFactor, bytes: 8 },
  { from: segment.purseAmount, into: TAC_RECORD.data, bytes: purseDataBytes },
  { from: segment.tac, into: TAC_RECORD.tac, bytes: 4 }
])

const unreadable = errorIndex('020080')
const wrongType = errorIndex('020001')
const wrongAmount = errorIndex('020026')
const acquirersDiffer = errorIndex('020037')
const issuersDiffer = errorIndex('020039')
const unprovable = errorIndex('020004')

function openFrame(edges: FileEdges): Frame | FrameFault {
  const name = parseFileName(edges.name)
  if ('fault' in name) return name
  if (name.kind !== 'CL') return { fault: '010003', detail: name.kind }
  const fault = binaryFault(edges)
  if (fault) return fault
  let header
  try {
    header = readResultHeader('CL', edges.head, edges.size)
  } catch (error) {
    return { fault: '010011', detail: (error as Error).message }
  }
  if (header.receiver !== name.organisation)
    return { fault: '010009', detail: `name says ${name.organisation}, header says ${header.receiver}` }
  if (edges.lines - 2 !== header.records)
    return { fault: '010011', detail: `header says ${header.records}, file has ${edges.lines - 2} records` }
  return { firstByte: resultHeaderBytes, endByte: edges.size, firstLine: 3, records: header.records, sender: null }
}

function recordReader(lookup: ParticipantLookup): RecordReader {
  return (chunk, batch, firstLine, firstByte) => {
    const firstRow = batch.count
    batch.hasProof = true
    let at = 0
    while (at < chunk.length && batch.count < batch.capacity) {
      const row = batch.count++
      const feed = chunk.indexOf(10, at)
      const end = feed === -1 ? chunk.length : feed
      const ended = end > at && chunk[end - 1] === 13
      batch.lineNumber[row] = firstLine + row - firstRow
      batch.byteOffset[row] = firstByte + at
      batch.byteLength[row] = end - at - (ended ? 1 : 0)
      const whole = ended && batch.byteLength[row] === width
      batch.code[row] = whole ? readRecord(chunk, at, batch, lookup) : unreadable
      at = feed === -1 ? end : feed + 1
    }
    return at
  }
}

/** Answers the index of the first thing wrong, or 0. */
function readRecord(bytes: Buffer, at: number, batch: TransactionBatch, lookup: ParticipantLookup): number {
  const row = batch.count - 1
  if (!isPrintable(bytes, at, offset.description) || !isPrintable(bytes, at + offset.test, width - offset.test))
    return unreadable
  return (
    readPurse(bytes, at, batch, row) ||
    readMoney(bytes, at, batch, row) ||
    readProof(bytes, at, batch, row) ||
    readParties(bytes, at, batch, lookup)
  )
}

function readPurse(bytes: Buffer, at: number, batch: TransactionBatch, row: number): number {
  if (!storeCardNumber(batch.cardNumberWords, row, bytes, at + offset.cardNumber)) return unreadable
  if (!sameBytes(bytes, at + offset.cardNumber, at + segment.cardNumber, 20)) return unreadable
  const kind = readDecimal(bytes, at + segment.purseKind, 2)
  if (kind !== 6 && kind !== 9) return wrongType
  const terminal = readDecimal(bytes, at + segment.terminalNumber, 12)
  const terminalSequence = readHex(bytes, at + segment.terminalSequence, 8)
  const cardSequence = readHex(bytes, at + segment.cardSequence, 4)
  const day = readDay(bytes, at + segment.purseDate)
  const second = readSecond(bytes, at + segment.purseTime)
  if (terminal < 0 || terminalSequence < 0 || cardSequence < 0 || day < 0 || second < 0) return unreadable
  if (!sameBytes(bytes, at + offset.occurredAt, at + segment.purseDate, 14)) return unreadable
  if (readDecimal(bytes, at + offset.cardSequence, 6) !== cardSequence) return unreadable
  storeNumber(batch.terminalNumberWords, row, terminal)
  batch.kind[row] = kind
  batch.terminalSequence[row] = terminalSequence
  batch.cardSequence[row] = cardSequence
  batch.day[row] = day
  batch.occurredAt[row] = instantOf(day, second)
  return 0
}

/** A CL says what was charged, not what the price was. */
function readMoney(bytes: Buffer, at: number, batch: TransactionBatch, row: number): number {
  const amount = readHex(bytes, at + segment.purseAmount, 8)
  const after = readHex(bytes, at + segment.balanceAfter, 8)
  const charged = readDecimal(bytes, at + offset.amount, 12)
  const before = readDecimal(bytes, at + offset.balanceBefore, 12)
  if (amount < 0 || after < 0 || charged < 0 || before < 0) return unreadable
  if (amount !== charged || amount > 0x7fffffff || before - amount !== after) return wrongAmount
  batch.amount[row] = amount
  batch.price[row] = amount
  batch.balanceBefore[row] = before
  batch.balanceAfter[row] = after
  batch.discount[row] = 0
  batch.passage[row] = batch.kind[row] === 6 ? 0 : amount === 0 ? 1 : 2
  return 0
}

function readProof(bytes: Buffer, at: number, batch: TransactionBatch, row: number): number {
  const records = batch.tacRecords
  const record = row * TAC_RECORD.stride
  const version = readHex(bytes, at + segment.keyVersion, 2)
  const index = readHex(bytes, at + segment.keyIndex, 2)
  const wire = readDecimal(bytes, at + offset.algorithm, 2)
  const sound = digitCount(bytes, at + segment.cardNumber, 19) === 19 && packTac(bytes, at, records, record)
  if (!sound || version < 0 || index < 0 || wire < 0) return unreadable
  const algorithm = algorithmOf[wire]!
  if (algorithm === 0) return unprovable
  records[record + TAC_RECORD.keyVersion] = version
  records[record + TAC_RECORD.keyIndex] = index
  records[record + TAC_RECORD.algorithm] = algorithm
  records[record + TAC_RECORD.dataLength] = purseDataBytes
  batch.key[row] = (version << 8) | index
  batch.algorithm[row] = algorithm
  batch.tac[row] = readHex(bytes, at + segment.tac, 8)
  return 0
}

function readParties(bytes: Buffer, at: number, batch: TransactionBatch, lookup: ParticipantLookup): number {
  const row = batch.count - 1
  const issuer = readOrganisation(bytes, at + offset.issuer)
  const acquirer = readOrganisation(bytes, at + offset.acquirer)
  if (issuer < 0 || acquirer < 0) return unreadable
  if (!sameBytes(bytes, at + offset.issuer, at + segment.issuerId, 8)) return issuersDiffer
  if (readHex(bytes, at + segment.issuerId + 8, 8) !== 0xffffffff) return issuersDiffer
  if (!sameBytes(bytes, at + offset.acquirer, at + offset.acquirerCode, 11)) return acquirersDiffer
  const category = readDecimal(bytes, at + offset.merchantCategory, 4)
  if (category < 0) return unreadable
  batch.issuer[row] = lookup.issuers.get(issuer) ?? unknownParticipant
  batch.acquirer[row] = lookup.acquirers.get(acquirer) ?? unknownParticipant
  batch.binIssuer[row] = issuerOfCard(lookup, bytes, at + offset.cardNumber)
  batch.service[row] = serviceOf.get(category) ?? 0
  return 0
}
