// Changing tickets (改签) of one order and leg to another departure: quoted first, then made by one statement that takes the new places,
// issues the new coupons and ends the old ones. Where money is due the new places are held, and the old tickets stay good until it came.
import { equalConstantTime, hex } from '../../../card-crypto/bytes.ts'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { sm3 } from '../../../card-crypto/sm3.ts'
import { calendarDay } from '../../../clearing/business-day.ts'
import type { Database, Queryable } from '../../../clearing/database.ts'
import { fen, sumFen, type Fen } from '../../../clearing/money.ts'
import { frozenTerms } from '../../fares/publish-policy.ts'
import { openIdentity, sealIdentity } from '../../identity/seal-identity.ts'
import { findPlaceId } from '../../network/network-queries.ts'
import { refuse } from '../../refusals.ts'
import type { Offer } from '../../timetable/departure-queries.ts'
import { priceOf, sumClaims, type FareKind, type PricedPlace } from '../fare-rules.ts'
import { canonicalJson } from '../hold-order.ts'
import { assertConnected, certificateRates } from '../journeys/price-journey.ts'
import { offerThrough } from '../../fares/terms/offer-through.ts'
import { findOrderDigest, type NewCoupon, type NewHold, type NewVehicle } from '../order-queries.ts'
import { assertPartnersReach } from '../partner-legs/partner-connections.ts'
import { assertChildrenKeepAnAdult } from '../refunds/refund-tickets.ts'
import { checkCabin, checkPassenger, checkSale, ticketNumberPrefix } from '../sale-rules.ts'
import type { Viewer } from '../show-order.ts'
import { priceVehicles } from '../vehicles/price-vehicles.ts'
import { findChange, findChangeables, findOtherLegs, makeChange, type ChangeableTicket } from './change-queries.ts'
import {
  changeSum,
  checkChange,
  checkVehiclesTogether,
  dueFor,
  type ChangeCause,
  type ChangeSum
} from './change-rules.ts'
import type { Change, ChangeQuote, ChangeQuoteRequest, ChangeRequest } from './change-schemas.ts'

type Parts = { sql: Database; keys: KeyStore }

interface Plan {
  cause: ChangeCause
  offer: Offer
  /** In the order of their positions: a vehicle after its driver. */
  tickets: (ChangeableTicket & { sum: ChangeSum; place: PricedPlace })[]
  due: Fen
}

/** Throws the refusals of a change. */
export async function quoteChange(
  parts: Parts,
  request: ChangeQuoteRequest,
  viewer: Viewer,
  now: Date
): Promise<ChangeQuote> {
  const { cause, offer, tickets, due } = await planChange(parts, request, viewer, now)
  return {
    cause,
    due,
    tickets: tickets.map(({ ticketNo, fare, sum }) => ({ ticketNo, fare: fare + sum.difference, ...sum })),
    holdMinutes: offer.holdMinutes
  }
}

export interface ChangePlacement {
  /** Chosen by the caller; it becomes the id of the order that holds the new tickets. */
  id: string
  request: ChangeRequest
}

/** The same id with the same content is the same change. Throws the refusals of a change, change-amount-changed and order-id-reused. */
export async function changeTickets(
  { sql, keys }: Parts,
  { id, request }: ChangePlacement,
  viewer: Viewer,
  now: Date
): Promise<Change> {
  const digest = sm3(new TextEncoder().encode(canonicalJson([viewer.owner, request])))
  const before = await findOrderDigest(sql, id)
  if (before) return await knownChange(sql, id, { before, digest }, viewer)

  const plan = await planChange({ sql, keys }, request, viewer, now)
  const { cause, tickets, due } = plan
  if (due !== request.due) throw refuse('change-amount-changed', { due })
  await assertStillEntitled({ sql, keys }, plan, now)
  const answer = await makeChange(sql, {
    hold: await holdFor({ sql, keys }, { id, request, digest }, plan, now),
    fromOrder: tickets[0]!.orderId,
    cause,
    overrule: request.overrule?.code ?? null,
    overruleNote: request.overrule?.note.trim() ?? null,
    fee: sumFen(tickets.map(({ sum }) => sum.fee)),
    difference: sumFen(tickets.map(({ sum }) => sum.difference)),
    counts: cause === 'passenger' ? 1 : 0,
    actor: viewer.owner,
    items: tickets.map(({ ticketNo, sum }) => ({ ticketNo, ...sum }))
  })
  if (answer === 'known')
    return await knownChange(sql, id, { before: (await findOrderDigest(sql, id))!, digest }, viewer)
  return await showChange(sql, id, viewer)
}

/** Throws the refusal change-not-found; another's change is not found either. */
export async function showChange(sql: Queryable, id: string, { owner, seesAll }: Viewer): Promise<Change> {
  const change = await findChange(sql, id)
  if (!change || !(seesAll || change.owner === owner)) throw refuse('change-not-found')
  return change
}

async function knownChange(
  sql: Queryable,
  id: string,
  { before, digest }: { before: Uint8Array; digest: Uint8Array },
  viewer: Viewer
): Promise<Change> {
  if (!equalConstantTime(before, digest)) throw refuse('order-id-reused')
  return await showChange(sql, id, viewer)
}

async function planChange({ sql, keys }: Parts, request: ChangeQuoteRequest, viewer: Viewer, now: Date): Promise<Plan> {
  const { asked, others } = await requireTickets(sql, request, viewer)
  const cause = request.overrule ? 'overrule' : causeOf(asked)
  const offer = await offerThrough(
    sql,
    { ...request, cabin: request.cabin ?? asked[0]!.cabin },
    viewer.channel ?? 'web'
  )
  if (!offer) throw refuse('departure-not-found')
  const otherClass = checkCabin(offer, request.cabin)
  if (otherClass) throw refuse(otherClass)
  for (const ticket of asked) {
    const { change: terms } = ticket
    const fault = checkChange({ ...ticket, cause, terms, secondsLeft: secondsLeft(ticket, now) })
    if (fault) throw refuse(fault, { ticketNo: ticket.ticketNo })
  }
  const parted = checkVehiclesTogether(asked, others)
  if (parted) throw refuse(parted)
  const places = await placesOn({ sql, keys }, offer, asked, now)
  assertChildrenKeepAnAdult(others)
  if (cause !== 'overrule') await assertStillConnected(sql, asked, offer)
  const tickets = asked.map((ticket, index) => {
    const place = places[index]!
    return { ...ticket, place, sum: sumFor(ticket, place, cause, now) }
  })
  return { cause, offer, tickets, due: dueFor(tickets.map(({ sum }) => sum)) }
}

/** What each ticket takes and costs on the new departure, in their order. Throws the refusals of its sale. */
async function placesOn(
  { sql, keys }: Parts,
  offer: Offer,
  asked: readonly ChangeableTicket[],
  now: Date
): Promise<PricedPlace[]> {
  const passengers = asked.filter(({ vehicle }) => vehicle === null)
  const [rates] = await certificateRates(sql, [offer], await certificatesOf(keys, passengers))
  const seats = passengers.map(({ fareKind }, index) => priceOf(offer, fareKind as FareKind, rates![index]))
  const kinds = seats.map(({ fareKind }) => fareKind)
  const closed = checkSale(offer, kinds, now)
  if (closed) throw refuse(closed)
  const vehicles = asked.flatMap(({ vehicle }) => (vehicle ? [vehicle] : []))
  const slots = (await priceVehicles(sql, [offer], vehicles, now)).map(({ place }) => place)
  return asked.map(({ vehicle }) => (vehicle ? slots.shift()! : seats.shift()!))
}

async function certificatesOf(keys: KeyStore, asked: readonly ChangeableTicket[]) {
  return await Promise.all(
    asked.map(async ({ identity, orderId, position }) => {
      const { certificate } = await openIdentity(keys, identity, `${orderId}:${position}`)
      return certificate?.kind ?? null
    })
  )
}

/** The asked tickets, of one leg of one order the viewer may see, and the other coupons of the order. */
async function requireTickets(sql: Queryable, request: ChangeQuoteRequest, { owner, seesAll }: Viewer) {
  const all = await findChangeables(sql, request.tickets[0]!, request)
  const asked = all.filter(({ ticketNo }) => request.tickets.includes(ticketNo))
  if (asked.length !== request.tickets.length || !(seesAll || asked[0]!.owner === owner))
    throw refuse('ticket-not-found')
  if (new Set(asked.map(({ leg }) => leg)).size > 1) throw refuse('change-one-leg')
  return { asked, others: all.filter(({ ticketNo }) => !request.tickets.includes(ticketNo)) }
}

const carrierCaused = new Set(['SUSPENDED', 'CANCELLED', 'MERGED', 'MISSED'])

function causeOf(asked: readonly ChangeableTicket[]): ChangeCause {
  const carrier = asked.every(
    ({ departureState, state, feesWaived, connectionBroken }) =>
      carrierCaused.has(departureState) || state === 'SUSPENDED' || feesWaived || connectionBroken
  )
  return carrier ? 'carrier' : 'passenger'
}

const secondsLeft = ({ departsAt }: ChangeableTicket, now: Date): number => (departsAt.getTime() - now.getTime()) / 1000

function sumFor(ticket: ChangeableTicket, place: PricedPlace, cause: ChangeCause, now: Date): ChangeSum {
  const { fareKind, fare, components, serviceFee: extras, table, singleFare, change: terms } = ticket
  const refund = {
    fareKind,
    fare,
    components,
    extras,
    table,
    changed: ticket.changes > 0,
    checked: false,
    secondsLeft: secondsLeft(ticket, now)
  }
  const sum = changeSum({ cause, newFare: place.singleFare, singleFare, terms, refund })
  if (typeof sum === 'string') throw refuse(sum, { ticketNo: ticket.ticketNo })
  return sum
}

/** The leg before must still reach the new one, and that the leg after. */
async function assertStillConnected(sql: Queryable, asked: readonly ChangeableTicket[], offer: Offer): Promise<void> {
  const { orderId, leg } = asked[0]!
  const withVehicle = asked.some(({ vehicle }) => vehicle !== null)
  const others = await findOtherLegs(sql, { orderId, leg, passengers: asked.map(({ passenger }) => passenger) })
  for (const other of others) {
    if (other.leg === leg - 1) await assertConnected(sql, [other, offer], withVehicle)
    if (other.leg === leg + 1) await assertConnected(sql, [offer, other], withVehicle)
  }
  const numbers = others.map((other) => other.leg)
  const ends = { first: numbers.every((other) => other > leg), last: numbers.every((other) => other < leg) }
  await assertPartnersReach(sql, { orderId, ride: offer, ...ends })
}

/** A concession may be outgrown by the new day; an age stated for a document without a birth date was not kept, and stays believed. */
async function assertStillEntitled({ sql, keys }: Parts, { offer, tickets }: Plan, now: Date): Promise<void> {
  const terms = { ...offer, ...(await frozenTerms(sql, offer.refundPolicy)) }
  for (const { orderId, position, ticketNo, fareKind, vehicle, identity } of tickets) {
    if (vehicle) continue
    const { document, certificate } = await openIdentity(keys, identity, `${orderId}:${position}`)
    const traveller = {
      document,
      birthDay: null,
      fareKind: fareKind as FareKind,
      certificate: certificate?.kind ?? null
    }
    const fault = checkPassenger(terms, traveller, calendarDay(now))
    if (fault && fault !== 'age-unproven') throw refuse(fault, { ticketNo })
  }
}

async function holdFor(
  { sql, keys }: Parts,
  { id, request, digest }: ChangePlacement & { digest: Uint8Array },
  { offer, tickets, due }: Plan,
  now: Date
): Promise<NewHold> {
  const { departure, fromPosition, toPosition, refundPolicy } = offer
  const seated = tickets.filter(({ place }) => Object.keys(place.claims).length === 0)
  const claims = sumClaims(tickets.map(({ place }) => place.claims))
  return {
    id,
    digest: hex(digest),
    owner: tickets[0]!.owner,
    soldAt: request.counter ? await findPlaceId(sql, request.counter.place) : null,
    contract: null,
    product: null,
    total: fen(Math.max(0, due)),
    placedAt: now,
    holdUntil: new Date(now.getTime() + offer.holdMinutes * 60_000),
    numberPrefix: ticketNumberPrefix(offer.fromCode, request.counter ?? null),
    legs: [
      {
        departure,
        fromPosition,
        toPosition,
        refundPolicy,
        wanted: seated.map(() => null),
        claims
      }
    ],
    coupons: await Promise.all(
      tickets.map(async (ticket, position) => await newCoupon(keys, id, position, { ticket, seated }))
    ),
    vehicles: vehiclesOf(tickets)
  }
}

/** Each with its driver, by their positions in the new order. */
function vehiclesOf(tickets: Plan['tickets']): NewVehicle[] {
  return tickets.flatMap(({ vehicle, driver }, position) => {
    if (!vehicle) return []
    const { plate, kind, lengthCm, newEnergy, dangerousGoods } = vehicle
    const described = { plate, kind, length_cm: lengthCm, new_energy: newEnergy, dangerous_goods: dangerousGoods }
    return [{ position, driver: tickets.findIndex((one) => one.position === driver), ...described }]
  })
}

/** Without its document: the database names the passenger when the old coupon ends. */
async function newCoupon(
  keys: KeyStore,
  id: string,
  position: number,
  { ticket, seated }: { ticket: Plan['tickets'][number]; seated: readonly unknown[] }
): Promise<NewCoupon> {
  const { place, sum, serviceFee } = ticket
  const seatPlace = seated.indexOf(ticket)
  const identity = await openIdentity(keys, ticket.identity, `${ticket.orderId}:${ticket.position}`)
  return {
    leg: 0,
    passenger: position,
    seat_place: seatPlace === -1 ? null : seatPlace,
    claims: place.claims,
    fare_kind: place.fareKind,
    fare: fen(ticket.fare + sum.difference),
    single_fare: place.singleFare,
    service_fee: serviceFee,
    document_kind: null,
    document_digest: null,
    identity: hex(await sealIdentity(keys, identity, `${id}:${position}`))
  }
}
