// The files the centre hands back, CTTIC-style (card.md §2.3, §2.5 to §2.9): LD, FB, CL, CR, BP and the lists DC, BN, ER.
// No trailer; every line ends with CRLF.
import type { BusinessDay } from '../business-day.ts'
import { compactDay } from '../business-day.ts'
import { digits, exactFen, filler, fixedWidth, lineEnd, number, text } from './fixed-width.ts'

/** One line per processed upload file: the file-level answer. */
export const ldRecord = fixedWidth([
  digits('fileSequence', 8),
  digits('fileIndex', 4),
  text('fileName', 50),
  digits('code', 6),
  text('description', 40),
  filler('F', 40),
  filler(lineEnd)
])

/** What became of one transaction, for its acquirer. */
export const fbRecord = fixedWidth([
  digits('clearingSequence', 12),
  digits('acquirerSequence', 12),
  digits('acquirerDate', 8),
  text('retrievalReference', 12),
  digits('business', 4),
  text('receiver', 11),
  text('issuer', 11),
  text('acquirer', 11),
  text('sender', 11),
  digits('merchantCategory', 4),
  digits('channel', 2),
  text('cardNumber', 20),
  number('cardSequence', 6),
  number('balanceBefore', 12),
  number('amount', 12),
  digits('occurredAt', 14),
  digits('code', 6),
  text('description', 40),
  digits('test', 1),
  exactFen('fee', 28),
  exactFen('issuerFee', 28),
  exactFen('acquirerFee', 28),
  filler(' ', 28),
  filler('F', 40),
  filler(lineEnd)
])

/** The same for its issuer, with the purse segment so that the issuer can verify the TAC itself. */
export const clRecord = fixedWidth([
  digits('clearingSequence', 12),
  digits('acquirerSequence', 12),
  digits('acquirerDate', 8),
  text('retrievalReference', 12),
  digits('business', 4),
  text('acquirer', 11),
  text('acquirerCode', 11),
  text('issuer', 11),
  text('receiver', 11),
  text('sender', 11),
  digits('merchantCategory', 4),
  digits('channel', 2),
  text('cardNumber', 20),
  number('cardSequence', 6),
  number('balanceBefore', 12),
  number('amount', 12),
  digits('occurredAt', 14),
  digits('balanceKind', 1),
  digits('algorithm', 2),
  digits('code', 6),
  text('description', 40),
  digits('test', 1),
  exactFen('fee', 28),
  exactFen('issuerFee', 28),
  exactFen('acquirerFee', 28),
  filler(' ', 28),
  // Tag 1000 holds tag 3001, which holds the 142 characters of segment 2 (purseSegment reads them).
  filler('1000015030010142'),
  text('purseSegment', 142),
  filler(lineEnd)
])

/** Totals of one acquirer, issuer, business and code. Amounts in whole fen, rounded once. */
export const crRecord = fixedWidth([
  text('acquirer', 11),
  text('receiver', 11),
  text('issuer', 11),
  text('sender', 11),
  digits('business', 4),
  digits('adjustment', 1),
  digits('code', 6),
  text('description', 40),
  number('transactions', 18),
  number('amount', 18),
  number('acquirerFee', 18),
  number('disputeFee', 18),
  number('issuerFee', 18),
  number('centreFee', 18),
  digits('test', 1),
  filler('00000FFFFF'),
  filler(lineEnd)
])

/** The net position: exactly one record. `sign` is 0 for a net receiver or nobody, 1 for a net payer. */
export const bpRecord = fixedWidth([
  number('income', 18),
  number('expense', 18),
  number('testIncome', 18),
  number('testExpense', 18),
  number('depositChange', 18),
  filler('0000'),
  digits('sign', 1),
  filler('FFFFF'),
  filler('F', 80),
  filler(lineEnd)
])

export const hotlistRecord = fixedWidth([text('issuer', 11), text('cardNumber', 20), filler(lineEnd)])
export const binRecord = fixedWidth([text('issuer', 11), text('bin', 10), filler(lineEnd)])
export const errorRecord = fixedWidth([digits('code', 6), text('description', 40), filler(lineEnd)])

export type ResultKind = 'LD' | 'FB' | 'CL' | 'CR' | 'BP'

const resultHeader = fixedWidth([
  digits('version', 2),
  filler(lineEnd),
  number('records', 6),
  digits('clearingDay', 8),
  text('receiver', 11),
  digits('recordLength', 4),
  filler('F', 20),
  filler(lineEnd)
])

export const listHeader = fixedWidth([
  digits('version', 2),
  filler(lineEnd),
  number('records', 6),
  filler('F', 20),
  filler(lineEnd)
])

/** Dispute files carry no day. */
export const disputeHeader = fixedWidth([
  digits('version', 2),
  filler(lineEnd),
  number('records', 6),
  text('receiver', 11),
  digits('recordLength', 4),
  filler('F', 20),
  filler(lineEnd)
])

/**
 * Version and record-length text as really written: BP leaves its line end out, the others count it. For FB and CL no real
 * header was seen; we count the line end, as LD and CR do.
 */
const resultKinds: Record<ResultKind, { version: string; recordLength: string; width: number }> = {
  LD: { version: '01', recordLength: '0150', width: ldRecord.width },
  FB: { version: '02', recordLength: '0363', width: fbRecord.width },
  CL: { version: '02', recordLength: '0495', width: clRecord.width },
  CR: { version: '02', recordLength: '0216', width: crRecord.width },
  BP: { version: '01', recordLength: '0180', width: bpRecord.width }
}

/** The count field has six digits; a longer result goes into further files, with the next sequence number. */
export const resultRecordsMax = 999_999

export interface ResultFile {
  kind: ResultKind
  records: number
  clearingDay: BusinessDay
  /** 8-digit code of the member the file is for. */
  receiver: string
}

/** The two header lines, 55 bytes with their line ends. */
export function writeResultHeader(file: ResultFile): Buffer {
  const { version, recordLength } = resultKinds[file.kind]
  return resultHeader.write({
    version,
    records: file.records,
    clearingDay: compactDay(file.clearingDay),
    receiver: file.receiver,
    recordLength
  })
}

export const resultHeaderBytes = resultHeader.width

/**
 * Reads a header back and checks version, length and that the file is as long as its count says. Throws a SyntaxError. `size` where the
 * bytes are its beginning alone.
 */
export function readResultHeader(
  kind: ResultKind,
  bytes: Buffer,
  size: number = bytes.length
): ReturnType<typeof resultHeader.read> {
  const header = resultHeader.read(bytes)
  const expected = resultKinds[kind]
  if (header.version !== expected.version) throw new SyntaxError(`${kind} version ${header.version}`)
  if (header.recordLength !== expected.recordLength)
    throw new SyntaxError(`${kind} record length ${header.recordLength}`)
  if (size !== resultHeader.width + header.records * expected.width)
    throw new SyntaxError(`${kind} of ${size} bytes does not hold ${header.records} records`)
  return header
}

/** The header of the lists DC, BN and ER, 32 bytes. */
export function writeListHeader(records: number): Buffer {
  return listHeader.write({ version: '01', records })
}
