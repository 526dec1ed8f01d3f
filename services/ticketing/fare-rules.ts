// Who pays what: full, half and free, from age on the day of departure (ticketing facts §1.3). The limits are rows of the sale policy.
import { calendarDay } from '../../clearing/business-day.ts'
import { sumFen, zeroFen, type Fen } from '../../clearing/money.ts'
import { birthDayOf, completedYears, type IdentityDocument } from '../identity/document-rules.ts'
import type { Offer } from '../timetable/departure-queries.ts'

export const fareKinds = ['full', 'half', 'free'] as const
export type FareKind = (typeof fareKinds)[number]

/** Where a passenger's place comes from: a numbered seat (null), a vessel's licensed number, or a coach's room for free children. */
export type Pool = 'passenger' | 'free-child' | null

export interface PricedPlace {
  fareKind: FareKind
  pool: Pool
  fare: Fen
  serviceFee: Fen
}

type Terms = Pick<Offer, 'mode' | 'fullFare' | 'halfFare' | 'serviceFee'>

/** A free child pays no service fee, takes no seat of a coach, and counts against a vessel's licensed number (载客定额). */
export function priceOf(terms: Terms, fareKind: FareKind): PricedPlace {
  const pool = terms.mode === 'ferry' ? 'passenger' : fareKind === 'free' ? 'free-child' : null
  if (fareKind === 'free') return { fareKind, pool, fare: zeroFen, serviceFee: zeroFen }
  return { fareKind, pool, fare: fareKind === 'half' ? terms.halfFare : terms.fullFare, serviceFee: terms.serviceFee }
}

export function totalOf(places: readonly PricedPlace[]): Fen {
  return sumFen(places.flatMap(({ fare, serviceFee }) => [fare, serviceFee]))
}

export interface Traveller {
  document: IdentityDocument | null
  /** Given when the document carries no birth date, 'YYYY-MM-DD'. */
  birthDay: string | null
  fareKind: FareKind
}

type AgeTerms = Pick<Offer, 'departsAt' | 'freeAgeMax' | 'halfAgeMax'>

/** Age is completed years on the day of departure; the document's birth date wins over a stated one. */
export function checkFareKind({ departsAt, freeAgeMax, halfAgeMax }: AgeTerms, traveller: Traveller) {
  if (traveller.fareKind === 'full') return null
  const birthDay = (traveller.document && birthDayOf(traveller.document)) ?? traveller.birthDay
  if (birthDay === null) return 'age-unproven'
  const age = completedYears(birthDay, calendarDay(departsAt))
  if (age < 0) return 'age-unproven'
  const ageMax = traveller.fareKind === 'free' ? freeAgeMax : halfAgeMax
  return age <= ageMax ? null : 'fare-not-entitled'
}

/** Each adult of the order may bring so many free children; half-fare children are no adults. */
export function checkFreeChildren(freeChildrenPerAdult: number, kinds: readonly FareKind[]) {
  const free = kinds.filter((kind) => kind === 'free').length
  const adults = kinds.filter((kind) => kind === 'full').length
  if (free > 0 && adults === 0) return 'child-needs-adult'
  return free <= adults * freeChildrenPerAdult ? null : 'too-many-free-children'
}
