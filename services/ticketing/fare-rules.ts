// Who pays what: full, half and free, from age on the day of departure (ticketing facts §1.3). The limits are rows of the sale policy.
import { calendarDay } from '../../clearing/business-day.ts'
import { applyRate, sumFen, zeroFen, type Fen } from '../../clearing/money.ts'
import { fareFor, findEntitlement, type ConcessionTerms } from '../fares/concession-rules.ts'
import type { Certificate } from '../fares/policy-schemas.ts'
import { birthDayOf, completedYears, type IdentityDocument } from '../identity/document-rules.ts'
import type { Offer } from '../timetable/departure-queries.ts'

export const fareKinds = ['full', 'half', 'free'] as const
export type FareKind = (typeof fareKinds)[number]

/** What a coupon is charged as: a passenger's fare kind, or a vehicle's, trucks having refund terms of their own. */
export const couponKinds = [...fareKinds, 'vehicle', 'truck'] as const
export type CouponKind = (typeof couponKinds)[number]

export const pools = ['passenger', 'free-child', 'vehicle', 'lane', 'new-energy', 'dangerous-goods'] as const

/**
 * What a coupon takes from the pools of its departure: a vessel's licensed number (载客定额), a coach's room for free children, a deck's
 * slots, centimetres of lane and quotas, a class of cabin (舱位等级). Empty for a numbered seat.
 */
export type Claims = Partial<Record<(typeof pools)[number] | `cabin-${string}`, number>>

export interface PricedPlace<Kind extends CouponKind = CouponKind> {
  fareKind: Kind
  claims: Claims
  /** What is paid: the single fare, or its share of a through fare. */
  fare: Fen
  singleFare: Fen
  serviceFee: Fen
}

type Terms = Pick<Offer, 'mode' | 'numbered' | 'fullFare' | 'halfFare' | 'serviceFee'> & {
  cabin?: string | null
}

/**
 * A free child pays no service fee, takes no seat of a coach, and counts against a vessel's licensed number (载客定额). `rate` is the
 * share of the full fare that a certificate leaves to pay.
 */
export function priceOf(terms: Terms, fareKind: FareKind, rate: string | null = null): PricedPlace<FareKind> {
  const claims = claimsOf(terms, fareKind)
  if (fareKind === 'free') return { fareKind, claims, fare: zeroFen, singleFare: zeroFen, serviceFee: zeroFen }
  const fare = fareFor(terms, fareKind, rate)
  return { fareKind, claims, fare, singleFare: fare, serviceFee: terms.serviceFee }
}

/** A party of so many at full fare pays less each (团体票); what one would pay alone stays beside it. */
export function atGroupFare(
  places: readonly PricedPlace<FareKind>[],
  group: { from: number; rate: string } | null
): PricedPlace<FareKind>[] {
  const adults = places.filter(({ fareKind }) => fareKind === 'full').length
  if (!group || adults < group.from) return [...places]
  return places.map((place) =>
    place.fareKind === 'full' ? { ...place, fare: applyRate(place.singleFare, group.rate) } : place
  )
}

/** Everybody in a cabin counts there, infants too, as they do against the licensed number. */
function claimsOf({ mode, numbered, cabin }: Terms, fareKind: FareKind): Claims {
  if (mode === 'coach' && fareKind === 'free') return { 'free-child': 1 }
  if (numbered) return {}
  return cabin ? { passenger: 1, [`cabin-${cabin}`]: 1 } : { passenger: 1 }
}

/** What several coupons of one departure take together. */
export function sumClaims(all: readonly Claims[]): Claims {
  const sum: Claims = {}
  for (const claims of all)
    for (const [pool, amount] of Object.entries(claims) as [keyof Claims, number][])
      sum[pool] = (sum[pool] ?? 0) + amount
  return sum
}

export function totalOf(places: readonly PricedPlace[]): Fen {
  return sumFen(places.flatMap(({ fare, serviceFee }) => [fare, serviceFee]))
}

export interface Traveller {
  document: IdentityDocument | null
  /** Given when the document carries no birth date, 'YYYY-MM-DD'. */
  birthDay: string | null
  fareKind: FareKind
  /** Measured by staff. */
  heightCm?: number | null
  certificate?: Certificate | null
}

type AgeTerms = Pick<Offer, 'departsAt' | 'freeAgeMax' | 'halfAgeMax'> & Partial<ConcessionTerms>

const noConcessions = { freeHeightMaxCm: null, halfHeightMaxCm: null, concessions: [] }

/** Age is completed years on the day of departure; the document's birth date wins over a stated one. */
export function checkFareKind(terms: AgeTerms, traveller: Traveller) {
  if (traveller.fareKind === 'full') return null
  const birthDay = (traveller.document && birthDayOf(traveller.document)) ?? traveller.birthDay
  const age = birthDay === null ? null : completedYears(birthDay, calendarDay(terms.departsAt))
  if (age !== null && age < 0) return 'age-unproven'
  const shown = { age, heightCm: traveller.heightCm ?? null, certificate: traveller.certificate ?? null }
  if (findEntitlement({ ...noConcessions, ...terms }, shown, traveller.fareKind)) return null
  return age === null && shown.heightCm === null && shown.certificate === null ? 'age-unproven' : 'fare-not-entitled'
}

/** Each adult of the order may bring so many free children; half-fare children are no adults. */
export function checkFreeChildren(freeChildrenPerAdult: number, kinds: readonly CouponKind[]) {
  const free = kinds.filter((kind) => kind === 'free').length
  const adults = kinds.filter((kind) => kind === 'full').length
  if (free > 0 && adults === 0) return 'child-needs-adult'
  return free <= adults * freeChildrenPerAdult ? null : 'too-many-free-children'
}
