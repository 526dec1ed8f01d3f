// The upload file of the clearing interface, CTTIC-style (card.md §2.3, §2.4): header, detail records, trailer. Not the
// official text of JT/T 978.4, which is not public; the frame in particular is of medium confidence.
import { TAC_RECORD } from '../../card-crypto/tac-batch.ts'
import { hexPacker } from './byte-reader.ts'
import { digits, filler, fixedWidth, hex, hexNumber, lineEnd, number, text, type RecordOf } from './fixed-width.ts'

export const cdHeader = fixedWidth([
  filler('000    '),
  text('organisation', 11),
  digits('batchDate', 6),
  digits('settlementDate', 6),
  text('environment', 4),
  digits('version', 8)
])

export const cdTrailer = fixedWidth([filler('001    '), number('records', 10), text('macKey', 16), text('mac', 16)])

/** Segment 0: who took how much from which card, in the card networks' common form. */
const segment0 = [
  digits('tradeCode', 3),
  text('bitmap', 4),
  text('pan', 19),
  number('amount', 12),
  digits('currency', 3),
  digits('transmittedAt', 10),
  digits('trace', 6),
  digits('authorisation', 6),
  digits('authorisationDate', 4),
  text('retrievalReference', 12),
  text('acquirer', 11),
  text('sender', 11),
  digits('merchantCategory', 4),
  text('terminal', 8),
  text('merchant', 15),
  text('merchantName', 40),
  digits('original', 23),
  digits('reason', 4),
  digits('messageFlag', 1),
  digits('centreSequence', 9),
  text('receiver', 11),
  text('issuer', 11),
  digits('centreNotice', 1),
  digits('channel', 2),
  text('feature', 1),
  text('centreReserve', 8),
  digits('posCondition', 2),
  number('ownFee', 12),
  digits('region', 1),
  digits('electronicCommerce', 2),
  digits('specialFeeKind', 2),
  digits('specialFeeLevel', 1),
  digits('initiation', 1),
  filler(' ', 9)
] as const

/** Segment 2, e-purse variant: what the card and the PSAM signed. From purseAmount to purseTime it is the TAC data, in order. */
const segment2 = [
  text('cardNumber', 20),
  hexNumber('purseAmount', 8),
  digits('purseKind', 2),
  digits('terminalNumber', 12),
  hexNumber('terminalSequence', 8),
  digits('purseDate', 8),
  digits('purseTime', 6),
  hex('tac', 8),
  hexNumber('keyVersion', 2),
  hexNumber('keyIndex', 2),
  hexNumber('cardSequence', 4),
  hexNumber('balanceAfter', 8),
  hex('issuerId', 16),
  hex('random', 8),
  filler(' ', 30)
] as const

/** Segment 3: what the acquirer adds. The holder's name and document stay blank. */
const segment3 = [
  filler(' ', 40),
  filler(' ', 2),
  filler(' ', 30),
  digits('holderKind', 4),
  text('acquirerCode', 11),
  digits('acquirerSequence', 12),
  digits('acquirerDate', 8),
  digits('clearingSequence', 12),
  digits('discount', 4),
  hexNumber('balanceBefore', 8),
  hexNumber('price', 8),
  digits('state', 2),
  digits('algorithm', 2),
  text('cardOrganisation', 3)
] as const

export const cdDetail = fixedWidth([...segment0, ...segment2, ...segment3])
export type CdDetail = RecordOf<[...typeof segment0, ...typeof segment2, ...typeof segment3]>

/** Segment 2 alone, as a CL record repeats it for the issuer. */
export const purseSegment = fixedWidth(segment2)
export const purseSegmentStart = cdDetail.offset.cardNumber

/** Longest detail line: a TLV of at most 256 bytes behind the segments, and the line end. */
export const longestCdLine = cdDetail.width + 256 + lineEnd.length

/** The data a purchase TAC is over. */
export const purseDataBytes = 22

const { offset } = cdDetail

/**
 * From a detail line into the flat record of card-crypto: the issuer factor; the leaf factor, which is the last 16 of the
 * card number's 20 digits (the first, a 0, is not written); the TAC data, which the file spells in order, so that 44 digits
 * become its 22 bytes; and the TAC. Key, algorithm and length are the caller's to add.
 */
export const packTacRecord = hexPacker([
  { from: offset.issuerId, into: TAC_RECORD.issuerFactor, bytes: 8 },
  { from: offset.cardNumber + 3, into: TAC_RECORD.leafFactor, bytes: 8 },
  { from: offset.purseAmount, into: TAC_RECORD.data, bytes: purseDataBytes },
  { from: offset.tac, into: TAC_RECORD.tac, bytes: 4 }
])
