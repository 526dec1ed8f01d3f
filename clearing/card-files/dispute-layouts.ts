// Dispute files, CTTIC-style (card.md §2.8): ED raises a dispute, CM answers it, AD tells what was booked. No trailer, no day in the header.
import { digits, exactFen, fixedWidth, filler, lineEnd, number, text } from './fixed-width.ts'
import { disputeHeader } from './result-layouts.ts'

export const edRecord = fixedWidth([
  digits('clearingDay', 8),
  digits('clearingSequence', 12),
  digits('acquirerSequence', 12),
  digits('acquirerDate', 8),
  text('retrievalReference', 12),
  digits('adjustment', 1),
  digits('kind', 4),
  text('cardNumber', 20),
  number('cardSequence', 6),
  number('balanceBefore', 12),
  digits('adjustedBusiness', 4),
  number('adjustedAmount', 12),
  digits('merchantCategory', 4),
  digits('channel', 2),
  digits('date', 8),
  digits('time', 6),
  digits('test', 1),
  digits('reason', 4),
  text('raisedBy', 11),
  text('issuer', 11),
  text('acquirer', 11),
  filler(lineEnd)
])

export const cmRecord = fixedWidth([
  digits('clearingDay', 8),
  digits('clearingSequence', 12),
  text('retrievalReference', 12),
  digits('adjustment', 1),
  digits('kind', 4),
  digits('answer', 2),
  text('cardNumber', 20),
  number('cardSequence', 6),
  number('balanceBefore', 12),
  digits('adjustedBusiness', 4),
  number('adjustedAmount', 12),
  digits('merchantCategory', 4),
  digits('channel', 2),
  digits('date', 8),
  digits('time', 6),
  digits('test', 1),
  text('raisedBy', 11),
  text('answeredBy', 11),
  text('issuer', 11),
  text('acquirer', 11),
  filler(lineEnd)
])

export const adRecord = fixedWidth([
  digits('adjustmentSequence', 12),
  digits('clearingDay', 8),
  digits('clearingSequence', 12),
  digits('acquirerSequence', 12),
  digits('acquirerDate', 8),
  text('retrievalReference', 12),
  digits('business', 4),
  digits('adjustment', 1),
  text('cardNumber', 20),
  text('issuer', 11),
  text('receiver', 11),
  text('acquirer', 11),
  text('sender', 11),
  text('raisedBy', 11),
  text('answeredBy', 11),
  number('cardSequence', 6),
  number('balanceBefore', 12),
  digits('adjustedBusiness', 4),
  number('adjustedAmount', 12),
  digits('merchantCategory', 4),
  digits('channel', 2),
  digits('date', 8),
  digits('time', 6),
  digits('test', 1),
  digits('reason', 4),
  digits('answer', 2),
  digits('code', 6),
  text('description', 40),
  exactFen('disputeFee', 18),
  exactFen('fee', 28),
  exactFen('issuerFee', 28),
  exactFen('acquirerFee', 28),
  text('kind', 32),
  filler(lineEnd)
])

const layouts = { ED: edRecord, CM: cmRecord, AD: adRecord }
export type DisputeFileKind = keyof typeof layouts

/** The record length is written without the line end or with it; no real header was seen, so ours counts it, as LD and CR do. */
export function writeDisputeFile(kind: DisputeFileKind, receiver: string, records: readonly Buffer[]): Buffer {
  const recordLength = String(layouts[kind].width).padStart(4, '0')
  return Buffer.concat([
    disputeHeader.write({ version: '01', records: records.length, receiver, recordLength }),
    ...records
  ])
}

export interface DisputeFile<Row> {
  /** As the header names it: who sends it, in files sent to us. */
  organisation: string
  records: Row[]
}

export function readEdFile(bytes: Buffer): DisputeFile<ReturnType<typeof edRecord.read>> {
  return readDisputeFile('ED', bytes, edRecord)
}

export function readCmFile(bytes: Buffer): DisputeFile<ReturnType<typeof cmRecord.read>> {
  return readDisputeFile('CM', bytes, cmRecord)
}

export function readAdFile(bytes: Buffer): DisputeFile<ReturnType<typeof adRecord.read>> {
  return readDisputeFile('AD', bytes, adRecord)
}

/** Throws a SyntaxError that says what is wrong. */
function readDisputeFile<Row>(
  kind: DisputeFileKind,
  bytes: Buffer,
  layout: { width: number; read(bytes: Buffer, at: number): Row }
): DisputeFile<Row> {
  const header = disputeHeader.read(bytes)
  if (header.version !== '01') throw new SyntaxError(`${kind} version ${header.version}`)
  if (bytes.length !== disputeHeader.width + header.records * layout.width)
    throw new SyntaxError(`${kind} of ${bytes.length} bytes does not hold ${header.records} records`)
  const records = Array.from({ length: header.records }, (_, index) => {
    const at = disputeHeader.width + index * layout.width
    if (bytes.toString('latin1', at + layout.width - 2, at + layout.width) !== lineEnd)
      throw new SyntaxError(`${kind} record ${index + 1} does not end with CRLF`)
    return layout.read(bytes, at)
  })
  return { organisation: header.receiver, records }
}
