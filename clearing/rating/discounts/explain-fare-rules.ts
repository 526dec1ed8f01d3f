// Which rule of a scheme gives a fare, to the fen. A holder's class is not in the file, so it is read off the fare itself; whether that
// holds together is shown by the cards with several rides.
import type { DiscountTerms, RiderClass, Service } from './discount-scheme.ts'
import { priceRide } from './price-ride-rules.ts'
import type { Fen } from '../../money.ts'

export interface ObservedFare {
  service: Service
  price: Fen
  charged: Fen
  /** The record says so. */
  transfer: boolean
}

/** First match wins. A fare nobody's rule gives has none. */
export const farePatterns = ['ordinary', 'transfer', 'half', 'free', 'full'] as const
export type FarePattern = (typeof farePatterns)[number]

export function explainFare(terms: DiscountTerms, fare: ObservedFare): FarePattern | null {
  const { service, price, charged, transfer } = fare
  const costs = (riderClass: RiderClass, continues: boolean): boolean =>
    priceRide(terms, { service, price, riderClass, transfer: continues })?.charged === charged
  if (transfer) return costs('ordinary', true) ? 'transfer' : null
  if (costs('ordinary', false)) return 'ordinary'
  return (['half', 'free', 'full'] as const).find((riderClass) => costs(riderClass, false)) ?? null
}

/** What an unexplained fare would be, had its record said something else: a hint for whoever looks for the missing rule. */
export function hintOf(terms: DiscountTerms, { service, price, charged, transfer }: ObservedFare): string {
  if (transfer) return 'marked as a transfer, and not the transfer price'
  const asTransfer = priceRide(terms, { service, price, riderClass: 'ordinary', transfer: true })
  return asTransfer?.charged === charged ? 'the transfer price, without the mark' : 'no rule of the scheme'
}
