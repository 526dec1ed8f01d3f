// A through fare split among its legs (ticketing facts §3.3): fixed shares first, the rest by what the legs cost by themselves,
// largest remainder, ties to the earlier leg.
import { allocate, applyRate, fen, sumFen, zeroFen, type Fen } from '../../../clearing/money.ts'
import type { FareKind, PricedPlace } from '../fare-rules.ts'

export interface ProratedLeg {
  single: Fen
  /** Of a special prorate agreement; null when the leg takes part by its single fare. */
  fixed: Fen | null
}

/** The shares sum to the total exactly. Fixed shares may not exceed it: then they are its weights. */
export function prorate(total: Fen, legs: readonly ProratedLeg[]): Fen[] {
  const fixed = sumFen(legs.map((leg) => leg.fixed ?? zeroFen))
  const open = legs.filter((leg) => leg.fixed === null)
  const openWeight = sumFen(open.map(({ single }) => single))
  if (fixed > total || (openWeight === 0 && fixed !== total)) return byWeight(total, legs)
  const shares =
    openWeight === 0
      ? []
      : allocate(
          fen(total - fixed),
          open.map(({ single }) => single)
        )
  return legs.map((leg) => leg.fixed ?? shares.shift() ?? zeroFen)
}

function byWeight(total: Fen, legs: readonly ProratedLeg[]): Fen[] {
  const weights = legs.map(({ fixed, single }) => fixed ?? single)
  return total === 0 ? legs.map(() => zeroFen) : allocate(total, weights)
}

export interface Discounting {
  /** Off the sum of full fares; half of it off half fares. */
  discount: Fen
  /** By leg, of a full fare. */
  fixedShares: readonly (Fen | null)[]
}

/** One passenger's places on all legs at the through fare. */
export function throughPlaces(
  { discount, fixedShares }: Discounting,
  places: readonly PricedPlace<FareKind>[]
): PricedPlace<FareKind>[] {
  const rate = rates[places[0]!.fareKind]
  const sum = sumFen(places.map(({ singleFare }) => singleFare))
  const total = fen(Math.max(0, sum - applyRate(discount, rate)))
  const shares = prorate(
    total,
    places.map(({ singleFare }, leg) => ({ single: singleFare, fixed: fixedOf(fixedShares[leg] ?? null, rate) }))
  )
  return places.map((place, leg) => ({ ...place, fare: shares[leg]! }))
}

const rates: Record<FareKind, string> = { full: '1', half: '0.5', free: '0' }
const fixedOf = (share: Fen | null, rate: string): Fen | null => (share === null ? null : applyRate(share, rate))
