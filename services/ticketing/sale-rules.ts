// May this departure be sold to these people now? One ladder for the departure, one for each passenger; each rung names one reason.
import { addDays, calendarDay, shanghaiInstant, type BusinessDay } from '../../clearing/business-day.ts'
import type { ConcessionTerms } from '../fares/concession-rules.ts'
import { checkDocument } from '../identity/document-rules.ts'
import type { Offer } from '../timetable/departure-queries.ts'
import { checkFareKind, checkFreeChildren, type FareKind, type Traveller } from './fare-rules.ts'

const onSale = new Set(['ON_SALE', 'REPORTED', 'CHECKING', 'DELAYED'])

type SaleTerms = Pick<
  Offer,
  'state' | 'departsAt' | 'presaleDays' | 'saleClosesMinutes' | 'passengersPerOrder' | 'freeChildrenPerAdult'
> & { presaleOpensMinute?: number } & Partial<OpeningTerms>

/** What must have happened before the sale opens (parameters 1020, 1034). */
export interface OpeningTerms {
  sellsAfterReport: boolean
  passingOpensMinutes: number | null
  /** Of the stops of the line: boarding anywhere but at the first is on the way. */
  fromPosition: number
  /** Its vehicle has reported where one boards. */
  reported: boolean
}

/** So many days before the day of departure, from a minute of that day on (Shanghai). */
export function isPresaleOpen(
  departsAt: Date,
  { days, opensMinute = 0 }: { days: number; opensMinute?: number | undefined },
  now: Date
): boolean {
  const opens = shanghaiInstant(addDays(calendarDay(departsAt), -days), opensMinute * 60)
  return now.getTime() >= opens.getTime()
}

export function checkSale(terms: SaleTerms, kinds: readonly FareKind[], now: Date) {
  if (terms.state === 'CANCELLED') return 'departure-cancelled'
  if (!onSale.has(terms.state)) return 'sale-closed'
  if (now.getTime() >= terms.departsAt.getTime() - terms.saleClosesMinutes * 60_000) return 'sale-closed'
  const unopened = checkOpening(terms, now)
  if (unopened) return unopened
  if (!isPresaleOpen(terms.departsAt, { days: terms.presaleDays, opensMinute: terms.presaleOpensMinute }, now))
    return 'sale-not-open'
  if (kinds.length > terms.passengersPerOrder) return 'too-many-passengers'
  return checkFreeChildren(terms.freeChildrenPerAdult, kinds)
}

function checkOpening(terms: SaleTerms, now: Date) {
  const { sellsAfterReport = false, passingOpensMinutes = null, fromPosition = 0, reported = false, departsAt } = terms
  if (sellsAfterReport && !reported) return 'sale-after-report'
  if (passingOpensMinutes === null || fromPosition === 0) return null
  if (passingOpensMinutes === 0) return reported ? null : 'sale-after-report'
  return now.getTime() < departsAt.getTime() - passingOpensMinutes * 60_000 ? 'sale-not-open' : null
}

/** A departure that sells by class is bought by class, and no other is. */
export function checkCabin({ cabin, hasCabins }: Pick<Offer, 'cabin' | 'hasCabins'>, asked: string | undefined) {
  if (asked !== undefined && cabin !== asked) return 'cabin-not-offered'
  return hasCabins && cabin === null ? 'cabin-required' : null
}

type PassengerTerms = Pick<Offer, 'mode' | 'realName' | 'departsAt' | 'freeAgeMax' | 'halfAgeMax'> &
  Partial<ConcessionTerms>

/** On a real-name coach line only free children are exempt (R2); on water they too need a real-name ticket (W6). */
export function checkPassenger(terms: PassengerTerms, traveller: Traveller, today: BusinessDay) {
  const exempt = terms.mode === 'coach' && traveller.fareKind === 'free'
  if (terms.realName && !exempt && traveller.document === null) return 'document-required'
  const fault = traveller.document && checkDocument(traveller.document, today)
  return fault ?? checkFareKind(terms, traveller)
}

/**
 * The first eleven characters of a ticket number (JT/T 405 composition): area and outlet of the selling place, sale mode, window.
 * Mode 1 is a counter; mode 2 the passenger's own purchase, counted to the boarding area with outlet and window 00.
 */
export function ticketNumberPrefix(fromCode: string, counter: { place: string; window: number } | null): string {
  if (counter === null) return `${fromCode.slice(0, 6)}00200`
  return `${counter.place.slice(0, 6)}${counter.place.slice(-2)}1${String(counter.window).padStart(2, '0')}`
}
