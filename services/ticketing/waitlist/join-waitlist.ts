// Joining the waitlist (候补): every departure the passenger would take is priced and made ready now, so that a place that comes back
// is his in one statement, at the price he was promised.
import { randomUUID } from 'node:crypto'
import { equalConstantTime, hex } from '../../../card-crypto/bytes.ts'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Database, Queryable } from '../../../clearing/database.ts'
import { Refusal } from '../../../clearing/refusal.ts'
import type { Channel } from '../../fares/fare-parts-rules.ts'
import { frozenTerms } from '../../fares/publish-policy.ts'
import type { IdentityRegistry } from '../../identity/registry/identity-registry.ts'
import { refuse } from '../../refusals.ts'
import { searchDepartures } from '../../timetable/departure-queries.ts'
import { assertMayTravel, checkIdentities, digestRequest } from '../hold-order.ts'
import { couponsToHold, legsToHold } from '../journeys/coupons-to-hold.ts'
import { priceJourney, priceTotal, type PricedJourney } from '../journeys/price-journey.ts'
import { findOrderDigest, type NewHold } from '../order-queries.ts'
import { ticketNumberPrefix } from '../sale-rules.ts'
import type { Viewer } from '../show-order.ts'
import { endWaiting, findEntry, joinList } from './waitlist-queries.ts'
import { affordable, deadlineFor, prepaymentFor, type Wish } from './waitlist-rules.ts'
import { wishesMax, type WaitlistEntry, type WaitlistRequest } from './waitlist-schemas.ts'

type Parts = { sql: Database; keys: KeyStore; registry?: IdentityRegistry }

const payMinutes = 15

type Wishing = WaitlistRequest & { channel: Channel }

interface PricedWish extends Wish {
  journey: PricedJourney
}

/**
 * The same id with the same content is the same entry. Throws the refusals of a sale but for full departures, waitlist-unclear,
 * waitlist-closed, waitlist-nothing-fits and order-id-reused.
 */
export async function joinWaitlist(
  parts: Parts,
  { id, request }: { id: string; request: WaitlistRequest },
  viewer: Viewer,
  now: Date
): Promise<WaitlistEntry> {
  const { sql, keys } = parts
  const digest = await digestRequest(keys, request, viewer.owner)
  const before = await findOrderDigest(sql, id)
  if (before) return await knownEntry(sql, id, { before, digest }, viewer)
  const wishes = affordable(
    await priceWishes(sql, { ...request, channel: viewer.channel ?? 'web' }, now),
    request.limit
  )
  if (wishes.length === 0) throw refuse('waitlist-nothing-fits')
  const deadline = deadlineFor(wishes, request.until ? new Date(request.until) : null, now)
  if (!deadline) throw refuse('waitlist-closed')
  const { journey, total } = wishes[0]!
  const asOrder = { passengers: request.passengers, total }
  await checkIdentities(parts, { id, policies: await policiesOf(sql, journey), request: asOrder }, now)
  const owner = viewer.owner
  const answer = await joinList(sql, {
    id,
    digest: hex(digest),
    owner,
    total: prepaymentFor(wishes),
    joinedAt: now,
    payUntil: new Date(Math.min(now.getTime() + payMinutes * 60_000, deadline.getTime())),
    deadline,
    wishes: await Promise.all(
      wishes.map(async ({ journey, closesAt }) => {
        const hold = await holdFor(keys, { journey, request, owner, digest }, now)
        return { departure: journey.offers[0]!.departure, closesAt, hold }
      })
    )
  })
  if (answer === 'known')
    return await knownEntry(sql, id, { before: (await findOrderDigest(sql, id))!, digest }, viewer)
  return await showEntry(sql, id, viewer)
}

async function knownEntry(
  sql: Queryable,
  id: string,
  { before, digest }: { before: Uint8Array; digest: Uint8Array },
  viewer: Viewer
): Promise<WaitlistEntry> {
  if (!equalConstantTime(before, digest)) throw refuse('order-id-reused')
  return await showEntry(sql, id, viewer)
}

/** Throws the refusal waitlist-entry-not-found; another's entry is not found either. */
export async function showEntry(sql: Queryable, id: string, { owner, seesAll }: Viewer): Promise<WaitlistEntry> {
  const entry = await findEntry(sql, id)
  if (!entry || !(seesAll || entry.owner === owner)) throw refuse('waitlist-entry-not-found')
  return entry
}

/** Throws waitlist-entry-not-found and, once it was filled or ended, waitlist-over. */
export async function leaveWaitlist(sql: Database, id: string, viewer: Viewer, now: Date): Promise<WaitlistEntry> {
  const { state } = await showEntry(sql, id, viewer)
  if (!(await endWaiting(sql, id, 'CANCELLED', now)) && state !== 'CANCELLED') throw refuse('waitlist-over')
  return await showEntry(sql, id, viewer)
}

/** In the passenger's order; of a day, those he may buy at all. */
async function priceWishes(sql: Queryable, request: Wishing, now: Date): Promise<PricedWish[]> {
  const { departures, day } = request
  if ((departures === undefined) === (day === undefined)) throw refuse('waitlist-unclear')
  if (departures) return await Promise.all(departures.map(async (id) => await priceWish(sql, request, id, now)))
  const search = { from: request.from, to: request.to, day: day as BusinessDay }
  const wishes: PricedWish[] = []
  for (const { id } of await searchDepartures(sql, search, now)) {
    const wish = await priceWish(sql, request, id, now).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
    })
    if (wish && wish.total <= request.limit) wishes.push(wish)
    if (wishes.length === wishesMax) break
  }
  return wishes
}

async function priceWish(
  sql: Queryable,
  { from, to, cabin, passengers, channel }: Wishing,
  departure: number,
  now: Date
): Promise<PricedWish> {
  const fares = passengers.map(({ fare }) => fare)
  const certificates = passengers.map(({ certificate }) => certificate?.kind ?? null)
  const ride = { departure, from, to, ...(cabin === undefined ? {} : { cabin }) }
  const journey = await priceJourney(sql, { ...ride, certificates, channel }, fares, now)
  const total = priceTotal(journey)
  assertMayTravel(journey, await policiesOf(sql, journey), { passengers, total }, now)
  const { departsAt, saleClosesMinutes } = journey.offers[0]!
  return { journey, total, closesAt: new Date(departsAt.getTime() - saleClosesMinutes * 60_000) }
}

async function policiesOf(sql: Queryable, { offers }: PricedJourney) {
  return await Promise.all(offers.map(async ({ refundPolicy }) => await frozenTerms(sql, refundPolicy)))
}

/** Its times are set when it is filled. */
async function holdFor(
  keys: KeyStore,
  {
    journey,
    request,
    owner,
    digest
  }: { journey: PricedJourney; request: WaitlistRequest; owner: string; digest: Uint8Array },
  now: Date
): Promise<NewHold> {
  const id = randomUUID()
  const { passengers } = request
  return {
    id,
    digest: hex(digest),
    owner,
    soldAt: null,
    contract: null,
    product: null,
    total: priceTotal(journey),
    placedAt: now,
    holdUntil: now,
    numberPrefix: ticketNumberPrefix(journey.offers[0]!.fromCode, null),
    legs: legsToHold(journey, { passengers }),
    coupons: await couponsToHold(keys, id, journey, { passengers }),
    vehicles: []
  }
}
