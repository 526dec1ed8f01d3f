// Quote and hold: the price of a journey, and the places kept for an order while its buyer pays. The caller chooses the order id, so a
// retry finds its own order; the same id with another content is refused.
import { equalConstantTime, hex } from '../../card-crypto/bytes.ts'
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { calendarDay } from '../../clearing/business-day.ts'
import type { Database, Queryable } from '../../clearing/database.ts'
import { sumFen } from '../../clearing/money.ts'
import type { PolicyTerms } from '../fares/policy-schemas.ts'
import { frozenTerms } from '../fares/publish-policy.ts'
import { checkParty } from '../identity/party-rules.ts'
import { askRegistry } from '../identity/registry/ask-registry.ts'
import { absentRegistry, type IdentityRegistry } from '../identity/registry/identity-registry.ts'
import { identityDigestKey } from '../identity/seal-identity.ts'
import { findPlaceId } from '../network/network-queries.ts'
import { refuse } from '../refusals.ts'
import type { FareKind, PricedPlace } from './fare-rules.ts'
import { couponsToHold, legsToHold, vehiclesToHold } from './journeys/coupons-to-hold.ts'
import { priceJourney, priceTotal, type PricedJourney } from './journeys/price-journey.ts'
import { findOrderDigest, holdPlaces } from './order-queries.ts'
import { checkPassenger, ticketNumberPrefix } from './sale-rules.ts'
import type { OrderRequest, Quote, QuoteRequest } from './ticketing-schemas.ts'
import { checkDrivers } from './vehicles/vehicle-rules.ts'

/** Without a registry its policy's word for a silent one holds. */
type Parts = { sql: Database; keys: KeyStore; registry?: IdentityRegistry }

/** Throws the refusals of the sale. */
export async function quoteOrder(sql: Queryable, { fares, ...journey }: QuoteRequest, now: Date): Promise<Quote> {
  const priced = await priceJourney(sql, journey, fares, now)
  const { offers, places, contract, vehicles, open } = priced
  const terms = await Promise.all(offers.map(async ({ refundPolicy }) => await frozenTerms(sql, refundPolicy)))
  const legs = offers.map(({ departure }, leg) => {
    const { refund, change, voidMinutes } = terms[leg]!
    return { departure, refund, conditions: { refund, change, voidMinutes }, places: places[leg]!.map(shown) }
  })
  return {
    places: fares.map((fareKind, passenger) => wholeWay(fareKind, places, passenger)),
    total: priceTotal(priced),
    holdMinutes: Math.min(...offers.map(({ holdMinutes }) => holdMinutes)),
    refund: terms[0]!.refund,
    contract,
    legs,
    open: open && { from: open.from, to: open.to, until: open.until, places: places.at(-1)!.map(shown) },
    vehicles: vehicles.map(({ leg, place }) => ({ leg, fare: place.fare }))
  }
}

const shown = ({ fareKind, fare, serviceFee }: PricedPlace<FareKind>) => ({ fareKind, fare, serviceFee })

function wholeWay(fareKind: FareKind, places: PricedPlace<FareKind>[][], passenger: number) {
  const own = places.map((leg) => leg[passenger]!)
  const fare = sumFen(own.map((place) => place.fare))
  return { fareKind, fare, serviceFee: sumFen(own.map((place) => place.serviceFee)) }
}

export interface Placement {
  id: string
  request: OrderRequest
  /** 'role:account' of the session. */
  owner: string
}

/** Holds the places, or finds them held by the same request before. Throws every refusal of the sale, and order-id-reused. */
export async function holdOrder(parts: Parts, { id, request, owner }: Placement, now: Date): Promise<void> {
  const { sql, keys } = parts
  const digest = await digestRequest(keys, request, owner)
  const before = await findOrderDigest(sql, id)
  if (before) return assertSameRequest(before, digest)

  const fares = request.passengers.map(({ fare }) => fare)
  const certificates = request.passengers.map(({ certificate }) => certificate?.kind ?? null)
  const journey = await priceJourney(sql, { ...request, certificates }, fares, now)
  const policies = await Promise.all(journey.offers.map(async (offer) => await frozenTerms(sql, offer.refundPolicy)))
  assertMayTravel(journey, policies, request, now)
  await checkIdentities(parts, { id, policies, request }, now)
  const soldAt = request.counter ? await findPlaceId(sql, request.counter.place) : null
  const holdMinutes = Math.min(...journey.offers.map((offer) => offer.holdMinutes))
  const answer = await holdPlaces(sql, {
    id,
    digest: hex(digest),
    owner,
    soldAt,
    contract: journey.contract,
    product: journey.product?.id ?? null,
    total: priceTotal(journey),
    placedAt: now,
    holdUntil: new Date(now.getTime() + holdMinutes * 60_000),
    numberPrefix: ticketNumberPrefix(journey.offers[0]!.fromCode, request.counter ?? null),
    legs: legsToHold(journey, request),
    coupons: await couponsToHold(keys, id, journey, request),
    vehicles: vehiclesToHold(journey, request)
  })
  if (answer === 'known') assertSameRequest((await findOrderDigest(sql, id))!, digest)
}

export async function checkIdentities(
  { sql, keys, registry = absentRegistry }: Parts,
  { id, policies, request }: { id: string; policies: PolicyTerms[]; request: OrderRequest },
  now: Date
): Promise<void> {
  const passengers = request.passengers.map(({ name, document }) => ({ name: name.trim(), document: document ?? null }))
  await askRegistry({ sql, keys, registry }, { orderId: id, passengers, policies }, now)
}

export function assertMayTravel(
  journey: PricedJourney,
  policies: readonly PolicyTerms[],
  { passengers, vehicles, total, counter }: OrderRequest,
  now: Date
): void {
  const { offers } = journey
  const driverless = checkDrivers(vehicles ?? [], passengers)
  if (driverless) throw refuse(driverless)
  for (const [leg, offer] of offers.entries()) {
    const party = passengers.map(({ document = null, birthDay = null }) => ({ document, birthDay }))
    const broken = checkParty(policies[leg]!, party, calendarDay(offer.departsAt))
    if (broken) throw refuse(broken.fault, { passenger: broken.passenger })
    for (const [passenger, { document, birthDay, fare, heightCm, certificate }] of passengers.entries()) {
      // Only staff can measure.
      if (heightCm !== undefined && !counter) throw refuse('counter-required')
      const shown = { heightCm: heightCm ?? null, certificate: certificate?.kind ?? null }
      const traveller = { document: document ?? null, birthDay: birthDay ?? null, fareKind: fare, ...shown }
      const fault = checkPassenger({ ...offer, ...policies[leg] }, traveller, calendarDay(now))
      if (fault) throw refuse(fault, offers.length > 1 ? { passenger, leg } : { passenger })
    }
  }
  const price = priceTotal(journey)
  if (price !== total) throw refuse('price-changed', { total: price })
}

/** Keyed, because a plain digest of a name and a number could be guessed back. Validation has fixed the set of fields. */
export async function digestRequest(keys: KeyStore, request: object, owner: string): Promise<Uint8Array> {
  return await keys.keyedDigest(identityDigestKey, new TextEncoder().encode(canonicalJson([owner, request])))
}

/** Object keys in order, so that two spellings of one body are one. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part
  )
}

function assertSameRequest(before: Uint8Array, digest: Uint8Array): void {
  if (!equalConstantTime(before, digest)) throw refuse('order-id-reused')
}
