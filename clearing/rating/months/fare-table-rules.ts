// A kind of ride in all its tiers, worked out once: the database then prices a night's rides by looking them up. Pure.
import { fen, type Fen } from '../../money.ts'
import { bearingOf, type DiscountAgreement } from '../discounts/bearing-rules.ts'
import { servicesByNumber, type DiscountTerms, type RiderClass } from '../discounts/discount-scheme.ts'
import { priceRide, tieredBy, tierStarts, type Ride } from '../discounts/price-ride-rules.ts'

/** What a recorded ride says that its price depends on. */
export interface RecordedRide {
  /** Of card_transaction. */
  service: number
  price: Fen
  /** 优惠类型 */
  mark: number
}

export interface FareTable {
  riderClass: RiderClass
  transfer: boolean
  countedBy: 'rides' | 'paid' | null
  tierFrom: number[]
  /** By tier, as are the parts. */
  due: Fen[]
  operatorPart: Fen[]
  issuerPart: Fen[]
  governmentPart: Fen[]
}

/** Null when the scheme knows no such service. */
export function rideOf(terms: DiscountTerms, { service: number, price, mark }: RecordedRide): Ride | null {
  const service = servicesByNumber[number]
  if (!service || !terms.services[service]) return null
  const said = terms.marks?.[String(mark)]
  if (said === 'transfer') return { service, price, riderClass: 'ordinary', transfer: true }
  // A class the city has no word on pays as everybody does, and is called so.
  const known = said && said !== 'ordinary' && terms.classes[said] !== undefined
  return { service, price, riderClass: known ? said : 'ordinary', transfer: false }
}

export function fareTable(
  terms: DiscountTerms,
  shares: DiscountAgreement['shares'],
  recorded: RecordedRide
): FareTable | null {
  const ride = rideOf(terms, recorded)
  if (!ride) return null
  const tiered = tieredBy(terms, ride)
  const tierFrom = tiered ? tierStarts(tiered) : []
  const priced = [0, ...tierFrom].map((used) => priceRide(terms, ride, { rides: used, paid: fen(used) })!)
  const borne = priced.map(({ steps }) => bearingOf(steps, shares))
  return {
    riderClass: ride.riderClass,
    transfer: ride.transfer,
    countedBy: tiered?.by ?? null,
    tierFrom,
    due: priced.map(({ charged }) => charged),
    operatorPart: borne.map(({ operator }) => operator),
    issuerPart: borne.map(({ issuer }) => issuer),
    governmentPart: borne.map(({ government }) => government)
  }
}
