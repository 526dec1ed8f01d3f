// A card's month under a scheme, ride by ride: what each found on the counter, and what it came to. This is how one fare is explained; the
// night counts set-wise in the database, and both must agree. Pure.
import { fen } from '../../money.ts'
import type { DiscountTerms } from '../discounts/discount-scheme.ts'
import {
  freshMonth,
  priceRide,
  tieredBy,
  tierStarts,
  usedOf,
  type MonthSoFar,
  type PricedRide,
  type Ride
} from '../discounts/price-ride-rules.ts'
import { rideOf, type RecordedRide } from './fare-table-rules.ts'

export interface MonthRide extends RecordedRide {
  occurredAt: Date
  cardSequence: number
}

export interface ReplayedRide<Recorded extends MonthRide> {
  recorded: Recorded
  ride: Ride
  priced: PricedRide
  before: MonthSoFar
  /** What decides its tier; null when it neither counts nor is counted. */
  countedBy: 'rides' | 'paid' | null
  /** 0 until the first threshold. */
  tier: number
  /** Where the tier begins, and the next one. */
  tierFrom: number
  nextTierFrom: number | null
}

/** In the order of the card's own clock and counter, whatever order they came in; rides of no scheme are left out. */
export function replayMonth<Recorded extends MonthRide>(
  rides: readonly Recorded[],
  termsOf: (ride: Recorded) => DiscountTerms | null
): ReplayedRide<Recorded>[] {
  let before = freshMonth
  const replayed: ReplayedRide<Recorded>[] = []
  for (const recorded of rides.toSorted(inOrder)) {
    const terms = termsOf(recorded)
    const ride = terms && rideOf(terms, recorded)
    if (!ride) continue
    const priced = priceRide(terms, ride, before)!
    const tiered = tieredBy(terms, ride)
    const starts = tiered ? tierStarts(tiered) : []
    const used = tiered ? usedOf(tiered, before) : 0
    replayed.push({
      recorded,
      ride,
      priced,
      before,
      countedBy: tiered?.by ?? null,
      tier: starts.filter((from) => from <= used).length,
      tierFrom: starts.findLast((from) => from <= used) ?? 0,
      nextTierFrom: starts.find((from) => from > used) ?? null
    })
    if (tiered) before = { rides: before.rides + 1, paid: fen(before.paid + priced.charged) }
  }
  return replayed
}

function inOrder(a: MonthRide, b: MonthRide): number {
  return a.occurredAt.getTime() - b.occurredAt.getTime() || a.cardSequence - b.cardSequence
}
