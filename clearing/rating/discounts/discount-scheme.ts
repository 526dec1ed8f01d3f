// A city's discounts for card holders as data: bands of the price, classes of riders, transfers, monthly tiers. The same for every card of the
// network, wherever it was issued (S17).
import type { BusinessDay } from '../../business-day.ts'
import type { Fen } from '../../money.ts'

export const services = ['bus', 'metro', 'ferry'] as const
export type Service = (typeof services)[number]

/** full: a service without discount, such as a metro's business carriage; the others are what the card says of its holder. */
export const riderClasses = ['ordinary', 'half', 'free', 'full'] as const
export type RiderClass = (typeof riderClasses)[number]

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
  /** Off a ride that continues another; nothing off a half, free or full fare. */
  transferOff: Fen
  classes: Record<Exclude<RiderClass, 'ordinary'>, string>
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
