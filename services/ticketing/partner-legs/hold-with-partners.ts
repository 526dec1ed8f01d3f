// Quote and hold of journeys that need a partner's places too. The scarcer side is locked first; what was locked for a sale that does
// not come about is given back at once, and by the worker when we die in between.
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { transaction, type Database, type Queryable } from '../../../clearing/database.ts'
import { fen, sumFen, type Fen } from '../../../clearing/money.ts'
import type { IdentityRegistry } from '../../identity/registry/identity-registry.ts'
import { refuse } from '../../refusals.ts'
import { findOffer } from '../../timetable/departure-queries.ts'
import { derivedId } from '../connections/derived-id.ts'
import type { FareKind } from '../fare-rules.ts'
import { holdOrder, quoteOrder, type Placement } from '../hold-order.ts'
import { legsOf } from '../journeys/price-journey.ts'
import { cancelHold } from '../order-queries.ts'
import type { JourneyRequest, Quote, QuoteRequest } from '../ticketing-schemas.ts'
import { drivePartnerLegs } from './drive-partner-legs.ts'
import { assertReached } from './partner-connections.ts'
import {
  addPartnerLegs,
  findOrderState,
  findPartnerLegs,
  findRoom,
  keepLocks,
  moveLeg,
  type NewPartnerLeg,
  type PartnerLegRow
} from './partner-leg-queries.ts'
import { checkSides, partnerFares, undoneTerms } from './partner-leg-rules.ts'
import type { PartnerLegRequest, PartnerOffer } from './partner-leg-schemas.ts'
import { answerBudgetMs, withinBudget, type PartnerBooking, type Partners } from './partner-port.ts'

interface Selling {
  sql: Database
  keys: KeyStore
  registry?: IdentityRegistry
  partners: Partners
}

type Channel = NonNullable<Placement['channel']>

/** Throws the refusals of a quote and those of partner legs. */
export async function quoteWithPartners(
  { sql, partners }: Pick<Selling, 'sql' | 'partners'>,
  { partnerLegs = [], ...request }: QuoteRequest,
  now: Date,
  channel: Channel = 'web'
): Promise<Quote> {
  const quote = await quoteOrder(sql, request, now, channel)
  const found = await findPartnerOffers({ sql, partners }, { ...request, partnerLegs }, request.fares, now)
  const quoted = found.map(({ side, offer, fares }) => ({ side, offer, fares, terms: undoneTerms }))
  const places = quote.places.map((place, passenger) => ({
    ...place,
    fare: sumFen([fen(place.fare), ...found.map(({ fares }) => fares[passenger]!)])
  }))
  const total = sumFen([fen(quote.total), ...found.map(({ price }) => price)])
  return { ...quote, places, total, contract: 'COMBINED', partnerLegs: quoted }
}

/**
 * Holds the places on all legs, or finds them held by the same request before. Throws the refusals of a sale, partner-refused and
 * partner-silent; then nothing is held anywhere.
 */
export async function holdWithPartners(selling: Selling, placement: Placement, now: Date): Promise<void> {
  const { sql, partners } = selling
  const { id, request } = placement
  const known = await findPartnerLegs(sql, [id])
  if (known.length > 0 && (await findOrderState(sql, id)) !== null) {
    // The digest of the order tells whether this is the same request; its partner legs are locked, or being given back.
    await holdOrder(selling, { ...placement, partnerFare: sumFen(known.map(({ price }) => price)) }, now)
    if (known.every(({ state }) => state !== 'LOCKING')) return
  }
  if (known.some(({ state }) => state !== 'LOCKING' && state !== 'LOCKED')) throw refuse('partner-attempt-over')
  const kinds = request.passengers.map(({ fare }) => fare)
  const found = await findPartnerOffers(
    { sql, partners },
    { ...request, partnerLegs: request.partnerLegs ?? [] },
    kinds,
    now
  )
  const partnerFare = sumFen(found.map(({ price }) => price))
  const quoted = await quoteOrder(sql, quotable(placement), now, placement.channel)
  const total = fen(quoted.total + partnerFare)
  if (total !== request.total) throw refuse('price-changed', { total })

  const legs = found.map(({ side, offer, fares, price }) => ({
    key: derivedId(id, side),
    orderId: id,
    side,
    partner: offer.partner,
    offer,
    fares,
    price
  }))
  const abandonedAt = new Date(now.getTime() + quoted.holdMinutes * 60_000 + answerBudgetMs)
  await transaction(sql, async (tx) => await addPartnerLegs(tx, legs, { now, abandonedAt }))
  try {
    await lockScarcestFirst(selling, { placement, legs, partnerFare }, now)
  } catch (error) {
    await giveUp(selling, id, now)
    throw error
  }
}

function quotable({ request }: Placement): QuoteRequest {
  const { passengers, total: _, counter: __, partnerLegs: ___, vehicles, ...journey } = request
  const described = vehicles?.map(({ driver: _driver, plate: _plate, ...vehicle }) => vehicle)
  return {
    ...journey,
    fares: passengers.map(({ fare }) => fare),
    certificates: passengers.map(({ certificate }) => certificate?.kind ?? null),
    ...(described ? { vehicles: described } : {})
  }
}

interface FoundOffer {
  side: PartnerLegRequest['side']
  offer: PartnerOffer
  fares: Fen[]
  price: Fen
}

/** Throws partner-offer-not-found, partner-legs-unclear, product-mismatch, no-interchange and connection-too-short. */
async function findPartnerOffers(
  { sql, partners }: { sql: Queryable; partners: Partners },
  request: JourneyRequest & { partnerLegs: readonly PartnerLegRequest[] },
  kinds: readonly FareKind[],
  now: Date
): Promise<FoundOffer[]> {
  if (!checkSides(request.partnerLegs)) throw refuse('partner-legs-unclear')
  // Products are between carriers of ours.
  if (request.product !== undefined) throw refuse('product-mismatch')
  const legs = legsOf(request)
  return await Promise.all(
    request.partnerLegs.map(async ({ side, partner, offer: id }) => {
      const port = partners[partner]
      const offer = port && (await withinBudget(port.offer(id), answerBudgetMs))
      if (!offer || 'outcome' in offer || offer.departsAt <= now) throw refuse('partner-offer-not-found')
      const ride = await findOffer(sql, side === 'before' ? legs[0]! : legs.at(-1)!)
      if (!ride) throw refuse('departure-not-found')
      await assertReached(sql, { side, offer }, ride)
      const fares = partnerFares(offer, kinds)
      const price = sumFen(fares)
      if (price === 0) throw refuse('child-needs-adult')
      return { side, offer, fares, price }
    })
  )
}

interface Locking {
  placement: Placement
  legs: readonly NewPartnerLeg[]
  partnerFare: Fen
}

async function lockScarcestFirst(
  selling: Selling,
  { placement, legs, partnerFare }: Locking,
  now: Date
): Promise<void> {
  const { sql, partners } = selling
  const room = await findRoom(sql, legsOf(placement.request), now)
  const scarcer = legs.filter(({ offer }) => offer.placesLeft < room)
  const held: Date[] = []
  const passengers = placement.request.passengers.map(({ name, document, fare }) => ({
    name: name.trim(),
    document: document ?? null,
    fareKind: fare
  }))
  const { total } = placement.request
  const lock = async (leg: NewPartnerLeg) =>
    held.push(await lockLeg({ sql, partners }, { leg, passengers, total }, now))
  for (const leg of scarcer.toSorted((a, b) => a.offer.placesLeft - b.offer.placesLeft)) await lock(leg)
  await holdOrder(selling, { ...placement, partnerFare }, now)
  for (const leg of legs) if (!scarcer.includes(leg)) await lock(leg)
  const until = Math.min(...held.map((one) => one.getTime())) - marginMs
  await transaction(sql, async (tx) => await keepLocks(tx, placement.id, new Date(until)))
}

/** Our hold ends before the partner's lock does: a payment at the last second still finds both. */
const marginMs = 5 * 60_000

interface Lock {
  leg: NewPartnerLeg
  passengers: PartnerBooking['passengers']
  /** What the buyer was told, so that he can be told what it costs now. */
  total: number
}

/** Returns until when the partner keeps it. Throws partner-refused, partner-silent, partner-attempt-over and price-changed. */
export async function lockLeg(
  { sql, partners }: Pick<Selling, 'sql' | 'partners'>,
  { leg, passengers, total }: Lock,
  now: Date
): Promise<Date> {
  const port = partners[leg.partner]!
  const booking = { key: leg.key, offer: leg.offer.id, passengers }
  let answer: Awaited<ReturnType<typeof port.query>> | Awaited<ReturnType<typeof port.lock>> = await withinBudget(
    port.lock(booking, now),
    answerBudgetMs
  )
  if (answer.outcome === 'unknown') answer = await withinBudget(port.query(leg.key, now), answerBudgetMs)
  if (answer.outcome === 'unknown') throw refuse('partner-silent')
  if (answer.outcome !== 'locked') throw refuse('partner-refused')
  if (answer.price !== leg.price) throw refuse('price-changed', { total: total - leg.price + answer.price })
  const { seats, lockedUntil } = answer
  const move = { key: leg.key, from: ['LOCKING'], to: 'LOCKED', said: 'locked', seats, dueAt: lockedUntil } as const
  const moved = await transaction(sql, async (tx) => await moveLeg(tx, move, now))
  if (!moved && !(await isLocked(sql, leg))) throw refuse('partner-attempt-over')
  return lockedUntil
}

async function isLocked(sql: Queryable, { orderId, side }: NewPartnerLeg): Promise<boolean> {
  return (await findPartnerLegs(sql, [orderId])).some(
    (leg: PartnerLegRow) => leg.side === side && leg.state === 'LOCKED'
  )
}

/** Nothing of this sale stays anywhere. A partner that does not answer now is asked again by the worker. */
export async function giveUp(
  { sql, partners }: Pick<Selling, 'sql' | 'partners'>,
  id: string,
  now: Date
): Promise<void> {
  await cancelHold(sql, id)
  await transaction(sql, async (tx) => {
    for (const { key } of await findPartnerLegs(tx, [id])) {
      const move = { key, from: ['LOCKING', 'LOCKED'], to: 'CANCELLING', said: 'not sold', cause: 'abandoned' } as const
      await moveLeg(tx, { ...move, dueAt: now }, now)
    }
  })
  await drivePartnerLegs({ sql, partners }, id, now)
}
