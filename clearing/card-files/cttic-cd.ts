// The CD upload (card.md §2.4) read from bytes into columns: no string and no object per record. A line that cannot be
// trusted gets its record-level code and the next line is read as if nothing had happened.
import { TAC_RECORD } from '../../card-crypto/tac-batch.ts'
import { unknownParticipant, type TransactionBatch } from '../ingestion/transaction-batch.ts'
import { issuerOfCard, type ParticipantLookup } from '../participants/participant-lookup.ts'
import {
  dayNumber,
  digitCount,
  instantOf,
  isBlank,
  isPrintable,
  readDecimal,
  readHex,
  sameBytes,
  secondOfDay,
  storeCardNumber,
  storeNumber
} from './byte-reader.ts'
import { openCdFrame } from './cttic-frame.ts'
import { cdDetail, longestCdLine, packTacRecord, purseDataBytes, purseSegment } from './cttic-layouts.ts'
import { errorIndex } from './error-codes.ts'
import type { FileFormat, RecordReader } from './file-format.ts'

export const ctticCd: FileFormat = {
  id: 'cttic',
  hasProof: true,
  longestLine: longestCdLine,
  shortestLine: cdDetail.width + 2,
  openFrame: openCdFrame,
  recordReader
}

const { offset, width } = cdDetail

const unreadable = errorIndex('020080')
const wrongType = errorIndex('020001')
const wrongAmount = errorIndex('020026')
const acquirersDiffer = errorIndex('020037')
const foreignSender = errorIndex('020038')
const issuersDiffer = errorIndex('020039')
const wrongState = errorIndex('020022')
const unprovable = errorIndex('020004')
const wrongTlv = errorIndex('020016')
const wrongTlvStart = errorIndex('020081')

/** 算法标识 as the file writes it → our algorithm; 0 = not known. The value for SM4 is not public: 04 by our choice (card.md §1.6.6). */
export const algorithmOf = new Int16Array(100)
algorithmOf[0] = 3
algorithmOf[1] = 3
algorithmOf[4] = 4

/** Merchant category → service. 4131, 4111, 4112, 4121 are seen; ferry, parking and rental follow the card networks' list. */
export const serviceOf = new Map([
  [4131, 1],
  [4111, 2],
  [4112, 2],
  [7519, 3],
  [4121, 4],
  [4411, 6],
  [4412, 6],
  [7523, 8]
])

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
      batch.code[row] = ended ? readLine(chunk, at, batch, row) || readParties(chunk, at, batch, lookup) : unreadable
      at = feed === -1 ? end : feed + 1
    }
    return at
  }
}

/** Reads everything but the parties into the row; answers the index of the first thing wrong, or 0. */
function readLine(bytes: Buffer, at: number, batch: TransactionBatch, row: number): number {
  const length = batch.byteLength[row]!
  if (length < width) return unreadable
  return (
    readPurse(bytes, at, batch, row) ||
    readMoney(bytes, at, batch, row) ||
    readProof(bytes, at, batch, row) ||
    (carriesCleanText(bytes, at) ? 0 : unreadable) ||
    (length === width ? 0 : tlvFault(bytes, at + width, length - width))
  )
}

/** What, when and where: the trade code, the card, its counter, the terminal and the time. */
function readPurse(bytes: Buffer, at: number, batch: TransactionBatch, row: number): number {
  const trade = readDecimal(bytes, at + offset.tradeCode, 3)
  if (trade !== 362 && trade !== 300) return wrongType
  if (!isPurseBitmap(bytes, at + offset.bitmap)) return unreadable
  if (!storeCardNumber(batch.cardNumberWords, row, bytes, at + offset.pan)) return unreadable
  if (!sameBytes(bytes, at + offset.pan, at + offset.cardNumber, 19) || bytes[at + offset.cardNumber + 19] !== 32)
    return unreadable
  const kind = readDecimal(bytes, at + offset.purseKind, 2)
  if (kind !== 6 && kind !== 9) return wrongType
  const terminal = readDecimal(bytes, at + offset.terminalNumber, 12)
  const terminalSequence = readHex(bytes, at + offset.terminalSequence, 8)
  const cardSequence = readHex(bytes, at + offset.cardSequence, 4)
  const day = readDay(bytes, at + offset.purseDate)
  const second = readSecond(bytes, at + offset.purseTime)
  if (terminal < 0 || terminalSequence < 0 || cardSequence < 0 || day < 0 || second < 0) return unreadable
  storeNumber(batch.terminalNumberWords, row, terminal)
  batch.kind[row] = kind
  batch.terminalSequence[row] = terminalSequence
  batch.cardSequence[row] = cardSequence
  batch.day[row] = day
  batch.occurredAt[row] = instantOf(day, second)
  return 0
}

/** Amount, price, discount and both balances. The segments must tell one story (card.md §2.4). */
function readMoney(bytes: Buffer, at: number, batch: TransactionBatch, row: number): number {
  const amount = readHex(bytes, at + offset.purseAmount, 8)
  const charged = readDecimal(bytes, at + offset.amount, 12)
  const price = readHex(bytes, at + offset.price, 8)
  const before = readHex(bytes, at + offset.balanceBefore, 8)
  const after = readHex(bytes, at + offset.balanceAfter, 8)
  const discount = readDecimal(bytes, at + offset.discount, 4)
  if (amount < 0 || charged < 0 || price < 0 || before < 0 || after < 0 || discount < 0) return unreadable
  if (amount !== charged || amount > 0x7fffffff || price > 0x7fffffff) return wrongAmount
  if (((before - amount) | 0) !== (after | 0)) return wrongAmount
  if (readDecimal(bytes, at + offset.currency, 3) !== 156) return wrongAmount
  if (readDecimal(bytes, at + offset.state, 2) !== 0) return wrongState
  batch.amount[row] = amount
  batch.price[row] = price
  batch.balanceBefore[row] = before
  batch.balanceAfter[row] = after
  batch.discount[row] = discount
  // A compound purchase of nothing is an entry; it is never money (card.md §1.4).
  batch.passage[row] = batch.kind[row] === 6 ? 0 : amount === 0 ? 1 : 2
  return 0
}

/** The flat TAC record, whose layout card-crypto/tac-batch.ts owns. */
function readProof(bytes: Buffer, at: number, batch: TransactionBatch, row: number): number {
  const records = batch.tacRecords
  const record = row * TAC_RECORD.stride
  const version = readHex(bytes, at + offset.keyVersion, 2)
  const index = readHex(bytes, at + offset.keyIndex, 2)
  const wire = readDecimal(bytes, at + offset.algorithm, 2)
  // The leaf factor takes all 19 digits: a shorter card number has no place in it.
  const sound = digitCount(bytes, at + offset.cardNumber, 19) === 19 && packTacRecord(bytes, at, records, record)
  if (!sound || version < 0 || index < 0 || wire < 0) return unreadable
  const algorithm = algorithmOf[wire]!
  if (algorithm === 0) return unprovable
  records[record + TAC_RECORD.keyVersion] = version
  records[record + TAC_RECORD.keyIndex] = index
  records[record + TAC_RECORD.algorithm] = algorithm
  records[record + TAC_RECORD.dataLength] = purseDataBytes
  batch.key[row] = (version << 8) | index
  batch.algorithm[row] = algorithm
  batch.tac[row] = readHex(bytes, at + offset.tac, 8)
  return 0
}

/** Issuer, acquirer and sender, which segments 0, 2 and 3 repeat; and the service, which segment 0 alone names. */
function readParties(bytes: Buffer, at: number, batch: TransactionBatch, lookup: ParticipantLookup): number {
  const row = batch.count - 1
  const issuer = readOrganisation(bytes, at + offset.issuer)
  const acquirer = readOrganisation(bytes, at + offset.acquirer)
  const sender = readOrganisation(bytes, at + offset.sender)
  if (issuer < 0 || acquirer < 0 || sender < 0) return unreadable
  if (!sameBytes(bytes, at + offset.issuer, at + offset.issuerId, 8)) return issuersDiffer
  if (readHex(bytes, at + offset.issuerId + 8, 8) !== 0xffffffff) return issuersDiffer
  if (!sameBytes(bytes, at + offset.acquirer, at + offset.acquirerCode, 11)) return acquirersDiffer
  // The role digit and the city apart, three digits name the company.
  if (!sameBytes(bytes, at + offset.sender + 1, at + offset.acquirer + 1, 3)) return foreignSender
  const category = readDecimal(bytes, at + offset.merchantCategory, 4)
  if (category < 0) return unreadable
  batch.issuer[row] = lookup.issuers.get(issuer) ?? unknownParticipant
  batch.acquirer[row] = lookup.acquirers.get(acquirer) ?? unknownParticipant
  batch.binIssuer[row] = issuerOfCard(lookup, bytes, at + offset.pan)
  batch.service[row] = serviceOf.get(category) ?? 0
  return 0
}

/** The 8-digit code in an 11-character field. */
export function readOrganisation(bytes: Buffer, at: number): number {
  return isBlank(bytes, at + 8, 3) ? readDecimal(bytes, at, 8) : -1
}

export function readDay(bytes: Buffer, at: number): number {
  return dayNumber(readDecimal(bytes, at, 4), readDecimal(bytes, at + 4, 2), readDecimal(bytes, at + 6, 2))
}

export function readSecond(bytes: Buffer, at: number): number {
  return secondOfDay(readDecimal(bytes, at, 2), readDecimal(bytes, at + 2, 2), readDecimal(bytes, at + 4, 2))
}

/** 'B000': segments 0, 2 and 3, the e-purse variant. */
function isPurseBitmap(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x42 && readDecimal(bytes, at + 1, 3) === 0
}

/** The fields the result files repeat must be fit to be written again, or one line would spoil a night's publication. */
function carriesCleanText(bytes: Buffer, at: number): boolean {
  return (
    readDecimal(bytes, at + offset.acquirerSequence, 12) >= 0 &&
    readDay(bytes, at + offset.acquirerDate) >= 0 &&
    readDecimal(bytes, at + offset.channel, 2) >= 0 &&
    isPrintable(bytes, at + offset.retrievalReference, 12) &&
    isPrintable(bytes, at + offset.receiver, 11) &&
    isPrintable(bytes, at + offset.random, purseSegment.width + offset.cardNumber - offset.random)
  )
}

/** Tag 1000 first, then tag 4 | length 4 | content until the line is used up. */
function tlvFault(bytes: Buffer, at: number, length: number): number {
  if (length > 256) return unreadable
  if (length < 4 || readDecimal(bytes, at, 4) !== 1000) return wrongTlvStart
  let used = 0
  while (used < length) {
    const content = used + 8 <= length ? readDecimal(bytes, at + used + 4, 4) : -1
    if (content < 0) return wrongTlv
    used += 8 + content
  }
  return used === length ? 0 : wrongTlv
}
