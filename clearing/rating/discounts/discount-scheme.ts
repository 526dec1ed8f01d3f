// A city's discounts for card holders as data: bands of the price, classes of riders, transfers, monthly tiers. The same for every card of the
// network, wherever it was issued (S17).
import type { BusinessDay } from '../../business-day.ts'
import type { Fen } from '../../money.ts'

export const services = ['bus', 'metro', 'ferry'] as const
export type Service = (typeof services)[number]

/** full: a service without discount, such as a metro's business carriage; the others are what the card says of its holder. */
export const riderClasses = ['ordinary', 'half', 'free', 'full', 'student', 'senior', 'low-income'] as const
export type RiderClass = (typeof riderClasses)[number]
/** Of card_transaction, as far as discounts know them; trams are priced as the metro is. */
export const servicesByNumber: Readonly<Record<number, Service>> = { 1: 'bus', 2: 'metro', 5: 'metro', 6: 'ferry' }

/** The part of the price up to `upTo` (null: all the rest) is charged at `rate`. */
export interface Band {
  upTo: Fen | null
  rate: string
}

/** What has been used in the calendar month before this ride decides its rate: the last tier reached, of the price after bands. */
export interface Tier {
  /** Rides, or fen paid. */
  from: number
  rate: string
}

export interface DiscountTerms {
  services: Partial<Record<Service, readonly Band[]>>
  /** Off a ride that continues another; nothing off the fare of a class. */
  transferOff: Fen
  /** What a class pays of the price: a rate, or tiers of its rides of the month. One that is not here pays as everybody does. */
  classes: Partial<Record<Exclude<RiderClass, 'ordinary'>, string | readonly Tier[]>>
  /** What the terminal's 优惠类型 says of a ride; one that is not here says nothing. */
  marks?: Partial<Record<string, 'transfer' | RiderClass>>
  monthly: { by: 'rides' | 'paid'; services: readonly Service[]; tiers: readonly Tier[] } | null
  /** The charge is rounded half up to a multiple of this. */
  roundTo: number
}

export interface DiscountScheme {
  id: string
  city: string
  validFrom: BusinessDay
  validTo: BusinessDay | null
  source: string
  sample: boolean
  terms: DiscountTerms
}
