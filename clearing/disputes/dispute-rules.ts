// Whether a dispute may be raised, and what booking it comes to. Pure: the original, its history and the clock are arguments.
import type { BusinessDay } from '../business-day.ts'
import type { ErrorCode } from '../card-files/error-codes.ts'
import { exactShare, fen, subtractExact, zeroExactFen, type ExactFen, type Fen } from '../money.ts'
import { feeFor, type Fee, type FeeRates } from '../rating/fee-rules.ts'
import { disputeKinds, disputeReasons, type DisputeKind } from './dispute-codes.ts'

const dayMs = 86_400_000

export interface DisputeTerms {
  raiseDays: number
  answerDays: number
  silence: 'agreed' | 'declined'
  feeRate: string
}

/** The transaction as it stands: after corrections, if there were any. */
export interface Disputed {
  acquirer: number
  issuer: number
  amount: number
  day: BusinessDay
  publishedAt: Date | null
}

export interface DisputeRequest {
  kind: DisputeKind
  reason: string
  adjustedAmount: number
  raisedBy: number
}

export interface EarlierDispute {
  kind: string
  state: 'raised' | 'agreed' | 'declined' | 'proposed' | 'booked' | 'answered'
}

/** What one purchase can be, at most (file-profiles.ts). */
const amountMax = 100_000

/** A ladder: the first code that applies; null when it may be raised. */
export function disputeFault(
  request: DisputeRequest,
  original: Disputed,
  { terms, earlier, now }: { terms: DisputeTerms; earlier: readonly EarlierDispute[]; now: Date }
): ErrorCode | null {
  const kind = disputeKinds[request.kind]
  const role = request.raisedBy === original.acquirer ? 'acquirer' : 'issuer'
  if (request.raisedBy !== original.acquirer && request.raisedBy !== original.issuer) return '020017'
  if (!(kind.by as readonly string[]).includes(role)) return '020029'
  if (!Object.hasOwn(disputeReasons, request.reason)) return '020018'
  if (original.publishedAt === null) return '020075'
  if (now.getTime() > original.publishedAt.getTime() + terms.raiseDays * dayMs) return '020030'
  if (earlier.some(({ state }) => state === 'raised' || state === 'agreed' || state === 'proposed')) return '020025'
  if (request.kind === 'chargeback' && earlier.some((each) => each.kind === 'chargeback' && each.state === 'booked'))
    return '020050'
  if (request.kind.startsWith('negotiated-') && !earlier.some((each) => each.kind === ordinary[request.kind]))
    return request.kind === 'negotiated-credit' ? '020055' : '020060'
  return amountFault(request, original)
}

/** What a negotiation follows. */
const ordinary: Partial<Record<DisputeKind, DisputeKind>> = {
  'negotiated-credit': 'credit-adjustment',
  'negotiated-chargeback': 'chargeback'
}

function amountFault({ kind, adjustedAmount }: DisputeRequest, { amount }: Disputed): ErrorCode | null {
  if (!Number.isSafeInteger(adjustedAmount) || adjustedAmount < 0 || adjustedAmount > amountMax) return '020034'
  if (!disputeKinds[kind].money) return adjustedAmount === amount ? null : '020034'
  if (kind === 'missing-fare' || kind === 'overpayment') return adjustedAmount > amount ? null : '020034'
  return adjustedAmount < amount ? null : '020034'
}

export function answerDue(raisedAt: Date, { answerDays }: DisputeTerms): Date {
  return new Date(raisedAt.getTime() + answerDays * dayMs)
}

export interface CorrectionLine extends Fee {
  line: 'reversal' | 'adjusted'
  amount: Fen
  disputeFee: ExactFen
}

/** The transaction taken back, fees and all, and as it should have been; the fee of the dispute is on the second. */
export function correctionLines(
  { amount, adjustedAmount }: { amount: number; adjustedAmount: number },
  rates: FeeRates,
  feeRate: string
): CorrectionLine[] {
  const before = feeFor(fen(amount), rates)
  return [
    {
      line: 'reversal',
      amount: fen(0 - amount),
      fee: subtractExact(zeroExactFen, before.fee),
      acquirerFee: subtractExact(zeroExactFen, before.acquirerFee),
      issuerFee: subtractExact(zeroExactFen, before.issuerFee),
      disputeFee: zeroExactFen
    },
    {
      line: 'adjusted',
      amount: fen(adjustedAmount),
      ...feeFor(fen(adjustedAmount), rates),
      disputeFee: exactShare(fen(adjustedAmount), feeRate)
    }
  ]
}

/** 差错费 is paid by the party the adjustment goes against. Local policy. */
export function feePayer(dispute: {
  acquirer: number
  issuer: number
  amount: number
  adjustedAmount: number
}): number {
  return dispute.adjustedAmount < dispute.amount ? dispute.acquirer : dispute.issuer
}
