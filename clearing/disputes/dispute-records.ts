// The records of dispute files the centre hands out: ED to whom must answer, CM to whom raised it, AD to both when it is booked. Fields of
// the upload that the corrected row does not keep (the acquirer's own serial, the merchant) are zero or blank.
import { compactDay, compactInstant, type BusinessDay } from '../business-day.ts'
import { adRecord, cmRecord, edRecord } from '../card-files/dispute-layouts.ts'
import { addExact } from '../money.ts'
import { answerCodes, disputeKinds, type DisputeKind } from './dispute-codes.ts'
import type { Notice, RunLine } from './dispute-queries.ts'

const cardPurchase = '8451'
/** Local policy: 1 takes the transaction back, 2 books it as it should have been. */
const adjustmentCodes = { reversal: '1', adjusted: '2' } as const

interface Disputed {
  cardNumber: string
  cardSequence: number
  balanceBefore: number | null
  occurredAt: Date
  serial: number
}

function common({ cardNumber, cardSequence, balanceBefore, occurredAt, serial }: Disputed) {
  const at = compactInstant(occurredAt)
  return {
    clearingSequence: String(serial).padStart(12, '0'),
    retrievalReference: '',
    cardNumber,
    cardSequence,
    balanceBefore: balanceBefore ?? 0,
    adjustedBusiness: cardPurchase,
    merchantCategory: '0000',
    channel: '00',
    date: at.slice(0, 8),
    time: at.slice(8),
    test: '0'
  }
}

const noAcquirerSerial = { acquirerSequence: '000000000000', acquirerDate: '00000000' }

export function edBytes(notice: Notice): Buffer {
  return edRecord.write({
    ...common(notice),
    ...noAcquirerSerial,
    clearingDay: compactDay(notice.day),
    adjustment: '2',
    kind: disputeKinds[notice.disputeKind as DisputeKind].code,
    adjustedAmount: notice.adjustedAmount,
    reason: notice.reason,
    raisedBy: notice.raisedBy,
    issuer: notice.issuer,
    acquirer: notice.acquirer
  })
}

export function cmBytes(notice: Notice): Buffer {
  return cmRecord.write({
    ...common(notice),
    clearingDay: compactDay(notice.day),
    adjustment: '2',
    kind: disputeKinds[notice.disputeKind as DisputeKind].code,
    answer: answerCodes[notice.agreed === false ? 'declined' : 'agreed'],
    adjustedAmount: notice.adjustedAmount,
    raisedBy: notice.raisedBy,
    answeredBy: notice.answeredBy,
    issuer: notice.issuer,
    acquirer: notice.acquirer
  })
}

export function adBytes(line: RunLine, day: BusinessDay, codeOf: (participant: number) => string): Buffer {
  const [acquirer, issuer] = [codeOf(line.acquirer), codeOf(line.issuer)]
  const { code, chinese } = disputeKinds[line.kind as DisputeKind]
  return adRecord.write({
    ...common(line),
    ...noAcquirerSerial,
    adjustmentSequence: `${String(line.dispute).padStart(11, '0')}${adjustmentCodes[line.line]}`,
    clearingDay: compactDay(day),
    business: cardPurchase,
    adjustment: adjustmentCodes[line.line],
    issuer,
    receiver: issuer,
    acquirer,
    sender: acquirer,
    raisedBy: codeOf(line.raisedBy),
    answeredBy: codeOf(line.answeredBy),
    // What the row books, without its sign: the adjustment code tells which way.
    adjustedAmount: Math.abs(line.amount),
    reason: line.reason,
    answer: answerCodes.agreed,
    code: '000000',
    description: '成功交易',
    disputeFee: line.disputeFee,
    fee: addExact(line.fee),
    issuerFee: line.issuerFee,
    acquirerFee: line.acquirerFee,
    kind: `${code} ${chinese}`
  })
}
