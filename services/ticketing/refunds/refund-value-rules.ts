// What coupons of a journey are worth before any fee (ticketing facts §3.3): of a party at a group price what is left once those who stay
// are no group any more and pay their single fares; on a through ticket their prorated shares; of a return
// ticket what is left of its price once the ways that stay are paid at their single fares, never less than nothing.
import { allocate, fen, sumFen, zeroFen, type Fen } from '../../../clearing/money.ts'
import type { CouponKind } from '../fare-rules.ts'

export interface ValuedCoupon {
  ticketNo: string
  passenger: number
  fareKind: CouponKind
  /** Its share of what was paid. */
  fare: Fen
  singleFare: Fen
  productKind: 'through' | 'return' | null
  leg: number
  /** How many at full fare make a group; null where there are none. */
  groupFrom: number | null
  /** Fee and amount of an earlier refund; null when it was not refunded. */
  refundedValue: Fen | null
}

/** `asked` are refunded together with it; `all` are the coupons of its order. */
export function valueOf(coupon: ValuedCoupon, asked: readonly ValuedCoupon[], all: readonly ValuedCoupon[]): Fen {
  if (isAtGroupPrice(coupon)) return valueInGroup(coupon, asked, all)
  if (coupon.productKind !== 'return' || isVehicle(coupon)) return coupon.fare
  const own = all.filter((other) => other.passenger === coupon.passenger && !isVehicle(other))
  const together = own.filter(({ ticketNo }) => asked.some((other) => other.ticketNo === ticketNo))
  if (together.length === own.length) return coupon.fare
  return whatIsLeft(coupon, { own, together })
}

function isAtGroupPrice({ groupFrom, productKind, fareKind, fare, singleFare }: ValuedCoupon): boolean {
  return groupFrom !== null && productKind === null && fareKind === 'full' && fare < singleFare
}

/** While those who stay are enough, each is worth what it cost. */
function valueInGroup(coupon: ValuedCoupon, asked: readonly ValuedCoupon[], all: readonly ValuedCoupon[]): Fen {
  const own = all.filter((other) => other.leg === coupon.leg && isAtGroupPrice(other))
  const together = own.filter(({ ticketNo }) => asked.some((other) => other.ticketNo === ticketNo))
  const kept = own.filter((other) => !together.includes(other) && other.refundedValue === null)
  if (kept.length === 0 && together.length === own.length) return coupon.fare
  return kept.length >= coupon.groupFrom! ? coupon.fare : whatIsLeft(coupon, { own, together })
}

/** Of what was paid, less what was given back before and the single fares of those that stay; shared by those that leave. */
function whatIsLeft(
  coupon: ValuedCoupon,
  { own, together }: { own: readonly ValuedCoupon[]; together: readonly ValuedCoupon[] }
): Fen {
  const kept = own.filter((other) => !together.includes(other) && other.refundedValue === null)
  const returned = sumFen(own.map(({ refundedValue }) => refundedValue ?? zeroFen))
  const paid = sumFen(own.map(({ fare }) => fare))
  const left = Math.max(0, paid - returned - sumFen(kept.map(({ singleFare }) => singleFare)))
  const weights = together.map(({ fare }) => fare)
  if (sumFen(weights) === 0) return zeroFen
  return allocate(fen(left), weights)[together.findIndex(({ ticketNo }) => ticketNo === coupon.ticketNo)]!
}

function isVehicle({ fareKind }: ValuedCoupon): boolean {
  return fareKind === 'vehicle' || fareKind === 'truck'
}
