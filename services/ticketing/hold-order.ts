// Quote and hold: the price of a journey, and the places kept for an order while its buyer pays. The caller chooses the order id, so a
// retry finds its own order; the same id with another content is refused.
import { equalConstantTime, hex } from '../../card-crypto/bytes.ts'
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { calendarDay } from '../../clearing/business-day.ts'
import type { Database, Queryable } from '../../clearing/database.ts'
import { digestDocument, identityDigestKey, sealIdentity } from '../identity/seal-identity.ts'
import { findPlaceId } from '../network/network-queries.ts'
import { refuse } from '../refusals.ts'
import { findOffer, type Offer } from '../timetable/departure-queries.ts'
import { priceOf, totalOf, type PricedPlace } from './fare-rules.ts'
import { findOrderDigest, findRefundTerms, holdPlaces, type NewCoupon } from './order-queries.ts'
import { checkPassenger, checkSale, ticketNumberPrefix } from './sale-rules.ts'
import type { OrderRequest, PassengerRequest, Quote, QuoteRequest } from './ticketing-schemas.ts'

type Parts = { sql: Database; keys: KeyStore }

/** Throws the refusals departure-not-found and those of the sale. */
export async function quoteOrder(sql: Queryable, { fares, ...journey }: QuoteRequest, now: Date): Promise<Quote> {
  const offer = await requireOffer(sql, journey)
  const fault = checkSale(offer, fares, now)
  if (fault) throw refuse(fault)
  const priced = fares.map((fare) => priceOf(offer, fare))
  const places = priced.map(({ fareKind, fare, serviceFee }) => ({ fareKind, fare, serviceFee }))
  const refund = await findRefundTerms(sql, offer.refundPolicy)
  return { places, total: totalOf(priced), holdMinutes: offer.holdMinutes, refund }
}

export interface Placement {
  id: string
  request: OrderRequest
  /** 'role:account' of the session. */
  owner: string
}

/** Holds the places, or finds them held by the same request before. Throws every refusal of the sale, and order-id-reused. */
export async function holdOrder({ sql, keys }: Parts, { id, request, owner }: Placement, now: Date): Promise<void> {
  const digest = await digestRequest(keys, request, owner)
  const before = await findOrderDigest(sql, id)
  if (before) return assertSameRequest(before, digest)

  const offer = await requireOffer(sql, request)
  const places = assertMaySell(offer, request, now)
  const soldAt = request.counter ? await findPlaceId(sql, request.counter.place) : null
  const coupons = await Promise.all(
    request.passengers.map((passenger, at) => sealCoupon(keys, passenger, places[at]!, `${id}:${at}`))
  )
  const { departure, fromPosition, toPosition, refundPolicy } = offer
  const answer = await holdPlaces(sql, {
    id,
    digest: hex(digest),
    owner,
    soldAt,
    departure,
    fromPosition,
    toPosition,
    total: totalOf(places),
    placedAt: now,
    holdUntil: new Date(now.getTime() + offer.holdMinutes * 60_000),
    numberPrefix: ticketNumberPrefix(offer.fromCode, request.counter ?? null),
    refundPolicy,
    coupons
  })
  if (answer === 'known') assertSameRequest((await findOrderDigest(sql, id))!, digest)
}

async function requireOffer(sql: Queryable, journey: { departure: number; from: string; to: string }): Promise<Offer> {
  const offer = await findOffer(sql, journey)
  if (!offer) throw refuse('departure-not-found')
  return offer
}

function assertMaySell(offer: Offer, { passengers, total }: OrderRequest, now: Date): PricedPlace[] {
  const fares = passengers.map(({ fare }) => fare)
  const fault = checkSale(offer, fares, now)
  if (fault) throw refuse(fault)
  for (const [passenger, { document, birthDay, fare }] of passengers.entries()) {
    const traveller = { document: document ?? null, birthDay: birthDay ?? null, fareKind: fare }
    const fault = checkPassenger(offer, traveller, calendarDay(now))
    if (fault) throw refuse(fault, { passenger })
  }
  const places = fares.map((fare) => priceOf(offer, fare))
  if (totalOf(places) !== total) throw refuse('price-changed', { total: totalOf(places) })
  return places
}

async function sealCoupon(
  keys: KeyStore,
  { name, document }: PassengerRequest,
  place: PricedPlace,
  owner: string
): Promise<NewCoupon> {
  const sealed = await sealIdentity(keys, { name: name.trim(), document: document ?? null }, owner)
  return {
    pool: place.pool,
    fare_kind: place.fareKind,
    fare: place.fare,
    service_fee: place.serviceFee,
    document_kind: document?.kind ?? null,
    document_digest: document ? hex(await digestDocument(keys, document)) : null,
    identity: hex(sealed)
  }
}

/** Keyed, because a plain digest of a name and a number could be guessed back. Validation has fixed the set of fields. */
async function digestRequest(keys: KeyStore, request: OrderRequest, owner: string): Promise<Uint8Array> {
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
