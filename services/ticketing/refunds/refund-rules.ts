// What a refund costs and whether there is one: the tiers a coupon froze when it was sold, the seconds left before departure, and who
// is the cause (ticketing facts §1.4, §2.5).
import { applyRate, fen, zeroFen, type Fen } from '../../../clearing/money.ts'
import type { FareKind } from '../fare-rules.ts'

export interface RefundTier {
  atLeastSeconds: number
  fareKind: FareKind | 'vehicle' | 'any'
  rate: string
  minimum: Fen
  /** A fixed fee instead of a rate. */
  fixed: Fen | null
}

export interface RefundCase {
  fareKind: FareKind | 'vehicle'
  fare: Fen
  /** Service fee and whatever else was paid on top; it comes back only when the passenger is not the cause. */
  extras: Fen
  /** Negative after departure. */
  secondsLeft: number
  changed: boolean
  changedCountsAsLate: boolean
  tiers: readonly RefundTier[]
}

export interface RefundSum {
  fee: Fen
  amount: Fen
}

/** Null when the time for a refund is over. */
export function passengerRefund(asked: RefundCase): RefundSum | null {
  if (asked.fare === 0) return { fee: zeroFen, amount: zeroFen }
  const tier = tierFor(asked)
  if (!tier) return null
  const charged = tier.fixed ?? Math.max(applyRate(asked.fare, tier.rate), tier.minimum)
  const fee = fen(Math.min(charged, asked.fare))
  return { fee, amount: fen(asked.fare - fee) }
}

/** The carrier cancelled, or the seller undoes his own mistake: everything comes back. */
export function fullRefund({ fare, extras }: Pick<RefundCase, 'fare' | 'extras'>): RefundSum {
  return { fee: zeroFen, amount: fen(fare + extras) }
}

/** The greatest threshold not above the time left; exactly two hours is still two hours. */
function tierFor({ tiers, fareKind, secondsLeft, changed, changedCountsAsLate }: RefundCase): RefundTier | undefined {
  const seconds = changed && changedCountsAsLate ? Math.min(secondsLeft, 0) : secondsLeft
  return tiers
    .filter((tier) => (tier.fareKind === 'any' || tier.fareKind === fareKind) && tier.atLeastSeconds <= seconds)
    .toSorted((a, b) => b.atLeastSeconds - a.atLeastSeconds)[0]
}
