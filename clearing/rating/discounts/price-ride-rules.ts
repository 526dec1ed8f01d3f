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
  const rate = rateAt(tiersOf(terms, ride), month)
  if (classTerms(terms, ride) !== undefined) {
    const charged = rounded(applyRate(ride.price, rate), terms)
    return { charged, steps: stepsOf(ride.price, [['class', charged]]) }
  }
  const banded = roundExact(bandedPrice(bands, ride.price))
  const monthly = applyRate(banded, rate)
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

/** What a ride's rate depends on; a ride without tiers neither counts nor is counted. */
export interface RideTiers {
  by: 'rides' | 'paid'
  tiers: readonly Tier[]
}

export function tieredBy(terms: DiscountTerms, ride: Omit<Ride, 'price' | 'transfer'>): RideTiers | null {
  const ofClass = classTerms(terms, ride)
  if (ofClass !== undefined) return typeof ofClass === 'string' ? null : { by: 'rides', tiers: ofClass }
  return terms.monthly?.services.includes(ride.service) ? terms.monthly : null
}

/** Where the tiers begin that are not reached by a month's first ride. */
export function tierStarts({ tiers }: RideTiers): number[] {
  return tiers.map(({ from }) => from).filter((from) => from > 0)
}

export function usedOf({ by }: Pick<RideTiers, 'by'>, month: MonthSoFar): number {
  return by === 'rides' ? month.rides : month.paid
}

function classTerms({ classes }: DiscountTerms, { riderClass }: Pick<Ride, 'riderClass'>) {
  return riderClass === 'ordinary' ? undefined : classes[riderClass]
}

function tiersOf(terms: DiscountTerms, ride: Ride): RideTiers | string {
  const ofClass = classTerms(terms, ride)
  return typeof ofClass === 'string' ? ofClass : (tieredBy(terms, ride) ?? '1')
}

function rateAt(tiers: RideTiers | string, month: MonthSoFar): string {
  if (typeof tiers === 'string') return tiers
  const used = usedOf(tiers, month)
  return tiers.tiers.findLast(({ from }) => used >= from)?.rate ?? '1'
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
