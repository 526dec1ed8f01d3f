// Quote and hold: the price of a journey, and the places kept for an order while its buyer pays. The caller chooses the order id, so a
// retry finds its own order; the same id with another content is refused.
import { equalConstantTime, hex } from '../../card-crypto/bytes.ts'
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { calendarDay } from '../../clearing/business-day.ts'
import type { Database, Queryable } from '../../clearing/database.ts'
import { fen, sumFen, zeroFen, type Fen } from '../../clearing/money.ts'
import { Refusal } from '../../clearing/refusal.ts'
import type { Channel } from '../fares/fare-parts-rules.ts'
import type { PolicyTerms } from '../fares/policy-schemas.ts'
import { describeTerms, groupTerms, refundTermsOf } from '../fares/terms/terms-text-rules.ts'
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
import { findFull } from './batches/known-full-queries.ts'
import { placeOrder, type NewOrder, type Placed } from './batches/sell-together-queries.ts'
import { findOrderDigest } from './order-queries.ts'
import { checkPassenger, ticketNumberPrefix } from './sale-rules.ts'
import type { OrderRequest, Quote, QuoteRequest } from './ticketing-schemas.ts'
import { checkDrivers } from './vehicles/vehicle-rules.ts'

/** Without a registry its policy's word for a silent one holds. */
type Parts = { sql: Database; keys: KeyStore; registry?: IdentityRegistry }

/** Throws the refusals of the sale. */
export async function quoteOrder(
  sql: Queryable,
  { fares, ...journey }: QuoteRequest,
  now: Date,
  channel: Channel = 'web'
): Promise<Quote> {
  const priced = await priceJourney(sql, { ...journey, channel }, fares, now)
  const { offers, places, contract, vehicles, open } = priced
  const terms = await Promise.all(offers.map(async ({ refundPolicy }) => await frozenTerms(sql, refundPolicy)))
  const legs = offers.map(({ departure }, leg) => {
    const { refund, change, voidMinutes } = terms[leg]!
    const conditions = { refund, change, voidMinutes, lines: describeTerms(terms[leg]!) }
    return { departure, refund: shownRefund(terms[leg]!), conditions, places: places[leg]!.map(shown) }
  })
  return {
    places: fares.map((fareKind, passenger) => wholeWay(fareKind, places, passenger)),
    total: priceTotal(priced),
    holdMinutes: Math.min(...offers.map(({ holdMinutes }) => holdMinutes)),
    refund: shownRefund(terms[0]!),
    contract,
    legs,
    partnerLegs: [],
    open: open && { from: open.from, to: open.to, until: open.until, places: places.at(-1)!.map(shown) },
    vehicles: vehicles.map(({ leg, place }) => ({ leg, fare: place.fare }))
  }
}

const shownRefund = (terms: PolicyTerms) => {
  const { lines, ...table } = refundTermsOf(terms.refund)
  return { ...table, lines: [...lines, ...groupTerms(terms)] }
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
  /** Whose service fee is charged; the web's when nothing is said. */
  channel?: Channel
  /** What the partner legs of the request cost; they are not held here. */
  partnerFare?: Fen
}

/** An order as it was just placed, which nobody can have changed yet. */
export interface NewlyPlaced {
  order: NewOrder
  journey: PricedJourney
  placed: Placed
}

/**
 * Holds the places, or finds them held by the same request before; a request that names a gateway is paid and issued with it. Null when
 * the order must be read to be seen. Throws every refusal of the sale, and order-id-reused.
 */
export async function holdOrder(parts: Parts, placement: Placement, now: Date): Promise<NewlyPlaced | null> {
  const { sql, keys } = parts
  const { id, request, owner } = placement
  const journey = await priceOrder(parts, placement, now).catch(async (error: unknown) => {
    // What can no longer be sold may have been sold by this very request.
    const before = error instanceof Refusal ? await findOrderDigest(sql, id) : null
    if (!before) throw error
    return null
  })
  if (journey instanceof Refusal) throw journey
  const order = journey && (await orderToPlace(parts, { placement, journey }, now))
  const placed = order ? await placeOrder(sql, order) : 'known'
  if (placed === 'known')
    assertSameRequest((await findOrderDigest(sql, id))!, await digestRequest(keys, request, owner))
  // What a class of cabin is called must be read.
  else if (placed && journey!.offers.every(({ cabin }) => !cabin)) return { order: order!, journey: journey!, placed }
  return null
}

/**
 * Null when the order is there already: the registry is not asked about its passengers again. Answers the refusal of a new order for
 * which there is no room; throws the others.
 */
async function priceOrder(
  parts: Parts,
  { id, request, channel = 'web', partnerFare = zeroFen }: Placement,
  now: Date
): Promise<PricedJourney | Refusal | null> {
  const fares = request.passengers.map(({ fare }) => fare)
  const certificates = request.passengers.map(({ certificate }) => certificate?.kind ?? null)
  const journey = await priceJourney(parts.sql, { ...request, certificates, channel }, fares, now)
  const policies = await Promise.all(
    journey.offers.map(async (offer) => await frozenTerms(parts.sql, offer.refundPolicy))
  )
  if (policies.some(({ identityCheck }) => identityCheck.ask)) {
    if (await findOrderDigest(parts.sql, id)) return null
  }
  assertMayTravel(journey, policies, { ...request, total: request.total - partnerFare }, now)
  const full = await findFull(parts.sql, { id, legs: legsToHold(journey, request) }, now)
  if (full) return full
  await checkIdentities(parts, { id, policies, request }, now)
  return journey
}

async function orderToPlace(
  { sql, keys }: Parts,
  { placement, journey }: { placement: Placement; journey: PricedJourney },
  now: Date
): Promise<NewOrder> {
  const { id, request, owner, partnerFare } = placement
  const holdMinutes = Math.min(...journey.offers.map((offer) => offer.holdMinutes))
  const [digest, coupons, soldAt] = await Promise.all([
    digestRequest(keys, request, owner),
    couponsToHold(keys, id, journey, request),
    request.counter ? findPlaceId(sql, request.counter.place) : null
  ])
  return {
    id,
    digest: hex(digest),
    owner,
    soldAt,
    contract: journey.contract,
    product: journey.product?.id ?? null,
    total: fen(priceTotal(journey) + (partnerFare ?? 0)),
    placedAt: now,
    holdUntil: new Date(now.getTime() + holdMinutes * 60_000),
    numberPrefix: ticketNumberPrefix(journey.offers[0]!.fromCode, request.counter ?? null),
    legs: legsToHold(journey, request),
    coupons,
    vehicles: vehiclesToHold(journey, request),
    // Where partners have a part, nothing is issued before they confirmed it.
    gateway: partnerFare === undefined ? (request.gateway ?? null) : null
  }
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
