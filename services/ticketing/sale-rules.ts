// May this departure be sold to these people now? One ladder for the departure, one for each passenger; each rung names one reason.
import type { BusinessDay } from '../../clearing/business-day.ts'
import type { ConcessionTerms } from '../fares/concession-rules.ts'
import { checkDocument } from '../identity/document-rules.ts'
import type { Offer } from '../timetable/departure-queries.ts'
import { checkSaleWindow, type SaleWindow } from '../timetable/sale-window-rules.ts'
import { checkFareKind, checkFreeChildren, type FareKind, type Traveller } from './fare-rules.ts'

type SaleTerms = SaleWindow & Pick<Offer, 'passengersPerOrder' | 'freeChildrenPerAdult'>

export function checkSale(terms: SaleTerms, kinds: readonly FareKind[], now: Date) {
  const shut = checkSaleWindow(terms, now)
  if (shut) return shut
  if (kinds.length > terms.passengersPerOrder) return 'too-many-passengers'
  return checkFreeChildren(terms.freeChildrenPerAdult, kinds)
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
