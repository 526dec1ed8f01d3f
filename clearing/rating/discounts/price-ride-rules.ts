// What a ride costs: one ladder, each step naming what it took off and by which rule, so that every fare can be explained to its holder.
import {
  addExact,
  applyRate,
  exactShare,
  fen,
  roundExact,
  zeroExactFen,
  zeroFen,
  type ExactFen,
  type Fen
} from '../../money.ts'
import type { Band, DiscountTerms, RiderClass, Service, Tier } from './discount-scheme.ts'

export interface Ride {
  service: Service
  price: Fen
  riderClass: RiderClass
  transfer: boolean
}

/** Of this holder under this scheme, in this calendar month, before this ride. */
export interface MonthSoFar {
  rides: number
  paid: Fen
}

export const freshMonth: MonthSoFar = { rides: 0, paid: zeroFen }

export type DiscountRule = 'band' | 'monthly' | 'transfer' | 'class' | 'rounding'

export interface PricedRide {
  charged: Fen
  /** What each rule took off, in the order they were applied; they sum to price − charged. */
  steps: { rule: DiscountRule; off: Fen }[]
}

/** Null when the scheme knows no such service. */
export function priceRide(terms: DiscountTerms, ride: Ride, month: MonthSoFar = freshMonth): PricedRide | null {
  const bands = terms.services[ride.service]
  if (!bands) return null
  if (ride.riderClass !== 'ordinary') {
    const charged = rounded(applyRate(ride.price, terms.classes[ride.riderClass]), terms)
    return { charged, steps: stepsOf(ride.price, [['class', charged]]) }
  }
  const banded = roundExact(bandedPrice(bands, ride.price))
  const monthly = applyRate(banded, monthlyRate(terms, ride.service, month))
  const transferred = ride.transfer ? fen(Math.max(0, monthly - terms.transferOff)) : monthly
  const charged = rounded(transferred, terms)
  const after: [DiscountRule, Fen][] = [
    ['band', banded],
    ['monthly', monthly],
    ['transfer', transferred],
    ['rounding', charged]
  ]
  return { charged, steps: stepsOf(ride.price, after) }
}

function bandedPrice(bands: readonly Band[], price: Fen): ExactFen {
  let total = zeroExactFen
  let from = 0
  for (const { upTo, rate } of bands) {
    const part = Math.min(price, upTo ?? price) - from
    if (part <= 0) break
    total = addExact(total, exactShare(fen(part), rate))
    from += part
  }
  return total
}

function monthlyRate({ monthly }: DiscountTerms, service: Service, month: MonthSoFar): string {
  if (!monthly?.services.includes(service)) return '1'
  const used = monthly.by === 'rides' ? month.rides : month.paid
  return monthly.tiers.findLast((tier: Tier) => used >= tier.from)?.rate ?? '1'
}

function rounded(amount: Fen, { roundTo }: DiscountTerms): Fen {
  return fen(Math.floor((amount + roundTo / 2) / roundTo) * roundTo)
}

/** From the amounts left after each rule; rules that took nothing off are left out. */
function stepsOf(price: Fen, after: readonly (readonly [DiscountRule, Fen])[]): PricedRide['steps'] {
  let left = price
  const steps: PricedRide['steps'] = []
  for (const [rule, amount] of after) {
    if (amount !== left) steps.push({ rule, off: fen(left - amount) })
    left = amount
  }
  return steps
}
