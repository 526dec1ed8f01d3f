// May this ticket be changed to that departure, and what does it cost? The terms are those the ticket froze when it was sold
// (ticketing facts §1.4, parameters 1503–1509, and §2.5); where the carrier or an overrule is the cause, they are set aside (Civil Code
// 820 and 821: another departure on request, and nothing to pay for a better one).
import { fen, sumFen, zeroFen, type Fen } from '../../../clearing/money.ts'
import type { PolicyTerms } from '../../fares/policy-schemas.ts'
import type { CouponState } from '../coupon-rules.ts'
import { passengerRefund, type RefundCase } from '../refunds/refund-rules.ts'

export type ChangeTerms = PolicyTerms['change']
export type ChangeCause = 'passenger' | 'carrier' | 'overrule'

export interface ChangeCase {
  cause: ChangeCause
  state: CouponState
  /** How often it was changed before. */
  changes: number
  /** Until the old departure leaves the boarding stop; negative after. */
  secondsLeft: number
  sameDeparture: boolean
  sameLine: boolean
  sameStops: boolean
  /** Boards and alights in the cities of the old ticket. */
  sameCities: boolean
  terms: ChangeTerms
}

/** Null when the ticket may be changed; what it costs may still forbid it (changeSum). */
export function checkChange(asked: ChangeCase) {
  const { cause, terms } = asked
  const state = checkChangeable(asked.state)
  if (state) return state
  if (asked.sameDeparture) return 'change-same-departure'
  if (cause === 'overrule') return null
  if (cause === 'carrier') return asked.sameCities ? null : 'change-other-stops'
  if (asked.changes >= terms.timesMax) return 'changed-before'
  if (asked.secondsLeft < terms.closesMinutes * 60) return 'change-closed'
  if (terms.sameLine && !asked.sameLine) return 'change-other-line'
  if (terms.sameStops && !asked.sameStops) return 'change-other-stops'
  return null
}

/** A coupon as a vehicle and its driver see each other. */
export interface TravelsWith {
  position: number
  leg: number
  state: CouponState
  /** Of a vehicle's coupon: the position of its driver's. */
  driver: number | null
}

/** A vehicle goes where its driver goes, and he where it goes; companions may come along or stay. */
export function checkVehiclesTogether(asked: readonly TravelsWith[], others: readonly TravelsWith[]) {
  const goes = new Set(asked.map(({ position }) => position))
  const left = others.filter(({ state }) => checkChangeable(state) === null)
  const parted =
    asked.some(({ driver }) => driver !== null && !goes.has(driver)) ||
    left.some(({ driver }) => driver !== null && goes.has(driver))
  return parted ? 'change-with-vehicle' : null
}

function checkChangeable(state: CouponState) {
  switch (state) {
    case 'ISSUED':
    case 'SUSPENDED':
    case 'NO_SHOW':
      return null
    case 'HELD':
    case 'RELEASED':
      return 'ticket-not-found'
    default:
      return 'ticket-not-changeable'
  }
}

export interface ChangePrice {
  cause: ChangeCause
  /** What the new ride costs by itself. */
  newFare: Fen
  /** What the old one cost by itself; its paid fare may be a share of a through fare. */
  singleFare: Fen
  terms: ChangeTerms
  refund: RefundCase
}

export interface ChangeSum {
  fee: Fen
  /** The new ticket's fare less the old one's. */
  difference: Fen
}

/** The old discount goes along: only the difference of the single fares is paid or comes back. */
export function changeSum({ cause, newFare, singleFare, terms, refund }: ChangePrice): ChangeSum | ChangeFault {
  const apart = fen(newFare - singleFare)
  // A share of a through fare may be less than what the rides differ by.
  const difference = fen(Math.max(apart, 0 - refund.fare))
  if (cause !== 'passenger') return { fee: zeroFen, difference: fen(Math.min(difference, 0)) }
  if (terms.samePrice && apart !== 0) return 'change-other-price'
  if (!terms.lowerPrice && apart < 0) return 'change-lower-price'
  return { fee: terms.lateFee && refund.secondsLeft < 0 ? lastFee(refund) : zeroFen, difference }
}

export type ChangeFault = 'change-other-price' | 'change-lower-price'

/** What a refund just before departure would have cost. */
function lastFee(refund: RefundCase): Fen {
  return passengerRefund({ ...refund, secondsLeft: 0 })?.fee ?? zeroFen
}

/** Positive: to be paid before the new tickets are issued. Negative: paid back. */
export function dueFor(sums: readonly ChangeSum[]): Fen {
  return sumFen(sums.flatMap(({ fee, difference }) => [fee, difference]))
}
