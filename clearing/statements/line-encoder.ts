// FB and CL records straight from the bytes of the uploaded line (card.md §2.5, §2.6): a table of moves from layout to layout
// and a few numbers, no string and no object per line. A rejected line may hold anything: what is not fit is left blank.
import { readHex } from '../card-files/byte-reader.ts'
import { cdDetail, purseSegment, purseSegmentStart } from '../card-files/cttic-layouts.ts'
import { errorCodes } from '../card-files/error-codes.ts'
import { encodeGbk, lineEnd } from '../card-files/fixed-width.ts'
import { clRecord, fbRecord } from '../card-files/result-layouts.ts'
import { zeroExactFen } from '../money.ts'
import type { Fee } from '../rating/fee-rules.ts'

/** A line of an uploaded CD file and where it stands in the day. Writers of millions of lines reuse one object. */
export interface UploadedLine {
  bytes: Buffer
  at: number
  length: number
  /** 清分结算机构流水号: the line's place among all lines of the day (statement-rules.ts). */
  serial: number
}

/** 业务类型 of the trade codes (card.md §2.7). */
const businessOf: Record<string, string> = { 362: '8451', 300: '8451', 368: '8460', 370: '8460', 401: '8401' }
export const cardPurchase = '8451'

interface Move {
  from: number
  to: number
  length: number
  /** Only digits may be moved, so that the field stays readable; otherwise printable characters. */
  digits: boolean
}

type CdField = keyof typeof cdDetail.offset

function moves<Name extends string>(
  target: { offset: Readonly<Record<Name, number>>; length: Readonly<Record<Name, number>> },
  table: readonly (readonly [from: CdField, to: Name, digits?: 'digits'])[]
): Move[] {
  return table.map(([from, to, digits]) => ({
    from: cdDetail.offset[from],
    to: target.offset[to],
    length: target.length[to],
    digits: digits !== undefined
  }))
}

// occurredAt takes the date and the time of segment 2, which stand side by side.
const common = [
  ['acquirerSequence', 'acquirerSequence', 'digits'],
  ['acquirerDate', 'acquirerDate', 'digits'],
  ['retrievalReference', 'retrievalReference'],
  ['acquirer', 'acquirer'],
  ['issuer', 'issuer'],
  ['sender', 'sender'],
  ['merchantCategory', 'merchantCategory', 'digits'],
  ['channel', 'channel', 'digits'],
  ['cardNumber', 'cardNumber'],
  ['amount', 'amount', 'digits'],
  ['purseDate', 'occurredAt', 'digits']
] as const

// The receiver of a feedback is the acquirer, that of a clearing record the issuer (the samples of §2.15).
const fbMoves = moves(fbRecord, [...common, ['acquirer', 'receiver']])
const clMoves = moves(clRecord, [
  ...common,
  ['issuer', 'receiver'],
  ['acquirerCode', 'acquirerCode'],
  ['algorithm', 'algorithm', 'digits']
])

const blank = {
  clearingSequence: '000000000000',
  acquirerSequence: '000000000000',
  acquirerDate: '00000000',
  retrievalReference: '',
  business: '0000',
  receiver: '',
  issuer: '',
  acquirer: '',
  sender: '',
  merchantCategory: '0000',
  channel: '00',
  cardNumber: '',
  cardSequence: 0,
  balanceBefore: 0,
  amount: 0,
  occurredAt: '00000000000000',
  code: '000000',
  description: 'SUCCESS',
  test: '0',
  fee: zeroExactFen,
  issuerFee: zeroExactFen,
  acquirerFee: zeroExactFen
}
const fbBlank = fbRecord.write(blank)
const clBlank = clRecord.write({ ...blank, acquirerCode: '', balanceKind: '0', algorithm: '00', purseSegment: '' })

const feeWidth = 28

/** Fee, issuer's share, acquirer's share: side by side in both records. */
export function feeText(fee: Fee): Buffer {
  const bytes = Buffer.alloc(3 * feeWidth, ' ')
  for (const [index, value] of [fee.fee, fee.issuerFee, fee.acquirerFee].entries()) {
    if (value.length > feeWidth) throw new RangeError(`'${value}' does not fit into ${feeWidth} characters`)
    bytes.write(value, index * feeWidth, 'latin1')
  }
  return bytes
}

/** Code and description of every error, side by side in both records; by index into errorCodes. */
const outcomes = errorCodes.map(({ code, chinese }, index) => {
  const bytes = Buffer.alloc(fbRecord.length.code + fbRecord.length.description, ' ')
  bytes.write(code, 'latin1')
  encodeGbk(index === 0 ? 'SUCCESS' : chinese).copy(bytes, fbRecord.length.code)
  return bytes
})

/** The acquirer's answer to an accepted line. */
export function writeAcceptedFb(target: Buffer, at: number, line: UploadedLine, fee: Buffer): void {
  fbBlank.copy(target, at)
  moveAll(fbMoves, line, target, at)
  writeNumbers(target, at, line, fbRecord)
  fee.copy(target, at + fbRecord.offset.fee)
}

/** The acquirer's answer to a rejected line: its error code, no fee, and as much of the line as can be read. */
export function writeRejectedFb(target: Buffer, at: number, line: UploadedLine, error: number): void {
  fbBlank.copy(target, at)
  if (line.length >= cdDetail.width) {
    moveAll(fitMoves(line), line, target, at)
    writeNumbers(target, at, line, fbRecord)
  }
  writeDecimal(target, at + fbRecord.offset.clearingSequence, 12, line.serial)
  outcomes[error]!.copy(target, at + fbRecord.offset.code)
}

/** The issuer's copy of an accepted line, with segment 2 whole. */
export function writeCl(target: Buffer, at: number, line: UploadedLine, fee: Buffer): void {
  clBlank.copy(target, at)
  moveAll(clMoves, line, target, at)
  writeNumbers(target, at, line, clRecord)
  fee.copy(target, at + clRecord.offset.fee)
  const segment = line.at + purseSegmentStart
  line.bytes.copy(target, at + clRecord.offset.purseSegment, segment, segment + purseSegment.width)
}

/** A line that came as a CL of the national centre, for its issuer: our serial and our fees in place of theirs. */
export function rerateCl(target: Buffer, at: number, line: UploadedLine, fee: Buffer): void {
  clBlank.copy(target, at)
  line.bytes.copy(target, at, line.at, line.at + clRecord.width - lineEnd.length)
  writeDecimal(target, at + clRecord.offset.clearingSequence, 12, line.serial)
  fee.copy(target, at + clRecord.offset.fee)
}

/** A plain loop: the fields are too short for a native copy to pay. */
function moveAll(table: readonly Move[], line: UploadedLine, target: Buffer, at: number): void {
  const { bytes } = line
  for (const { from, to, length } of table) {
    const source = line.at + from
    const place = at + to
    for (let index = 0; index < length; index++) target[place + index] = bytes[source + index]!
  }
}

function fitMoves(line: UploadedLine): Move[] {
  return fbMoves.filter(({ from, length, digits }) => {
    const field = line.bytes.subarray(line.at + from, line.at + from + length)
    return digits
      ? field.every((byte) => byte >= 0x30 && byte <= 0x39)
      : field.every((byte) => byte >= 0x20 && byte < 0x7f)
  })
}

interface NumberPlaces {
  offset: Readonly<Record<'clearingSequence' | 'business' | 'cardSequence' | 'balanceBefore', number>>
}

/** The fields a result writes otherwise than the upload: the counter and the balance in decimal, the business by trade code. */
function writeNumbers(target: Buffer, at: number, line: UploadedLine, { offset }: NumberPlaces): void {
  const { bytes } = line
  const business = businessOf[bytes.toString('latin1', line.at, line.at + cdDetail.length.tradeCode)]
  const cardSequence = readHex(bytes, line.at + cdDetail.offset.cardSequence, 4)
  const balanceBefore = readHex(bytes, line.at + cdDetail.offset.balanceBefore, 8)
  writeDecimal(target, at + offset.clearingSequence, 12, line.serial)
  if (business) target.write(business, at + offset.business, 'latin1')
  writeDecimal(target, at + offset.cardSequence, 6, Math.max(cardSequence, 0))
  writeDecimal(target, at + offset.balanceBefore, 12, Math.max(balanceBefore, 0))
}

function writeDecimal(target: Buffer, at: number, width: number, value: number): void {
  let rest = value
  for (let index = at + width - 1; index >= at; index--) {
    target[index] = 48 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
}
