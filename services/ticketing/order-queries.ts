// Orders: holding, paying, issuing and expiring, each one statement that is a unit of work by itself (functions of
// migrations 0011 and 0020).
import type { BusinessDay } from '../../clearing/business-day.ts'
import { constraintOf, type Queryable, violates } from '../../clearing/database.ts'
import { together } from '../../clearing/together.ts'
import type { Fen } from '../../clearing/money.ts'
import type { Refusal } from '../../clearing/refusal.ts'
import { identityLimit } from '../identity/identity-limits.ts'
import { refuse } from '../refusals.ts'
import type { Claims, CouponKind } from './fare-rules.ts'
import type { CouponState } from './coupon-rules.ts'
import type { Contract, OrderState, Ride, ShownCabin, TicketEvent } from './ticketing-schemas.ts'
import type { ShownVehicle, VehicleKind } from './vehicles/vehicle-schemas.ts'

export interface NewHold {
  id: string
  /** Hexadecimal, like the other bytes in here: the whole travels as JSON. */
  digest: string
  owner: string
  soldAt: number | null
  /** Null for a single leg. */
  contract: Contract | null
  /** Sold as this product. */
  product: number | null
  total: Fen
  placedAt: Date
  holdUntil: Date
  numberPrefix: string
  /** In order of travel. */
  legs: NewLeg[]
  coupons: NewCoupon[]
  vehicles: NewVehicle[]
}

export interface NewVehicle {
  /** Of its own coupon, and of its driver's. */
  position: number
  driver: number
  plate: string
  kind: VehicleKind
  length_cm: number
  new_energy: boolean
  dangerous_goods: boolean
}

export interface NewLeg {
  /** Null while it is open. */
  departure: number | null
  fromPosition: number
  toPosition: number
  refundPolicy: number
  /** One entry for each numbered seat: the seat asked for, or null for any. */
  wanted: (number | null)[]
  /** What all of the leg's coupons take from its pools. */
  claims: Claims
  /** Of an open leg. */
  openLine?: number
  openUntil?: BusinessDay
}

export interface NewCoupon {
  leg: number
  passenger: number
  /** Which of the leg's wanted seats, null when it takes none. */
  seat_place: number | null
  claims: Claims
  fare_kind: CouponKind
  fare: Fen
  single_fare: Fen
  service_fee: Fen
  document_kind: string | null
  document_digest: string | null
  identity: string
}

const fullPools = {
  departure_full: 'no-places-left',
  passenger_full: 'no-places-left',
  'free-child_full': 'no-places-left',
  vehicle_full: 'deck-full',
  lane_full: 'deck-full',
  'new-energy_full': 'new-energy-quota-full',
  'dangerous-goods_full': 'dangerous-goods-not-carried'
} as const

/** The refusal behind the name of what is full; null when it is no such name. */
export function fullRefusal(name: string): Refusal | null {
  if (/^cabin-.+_full$/.test(name)) return refuse('cabin-full', { cabin: name.slice(6, -5) })
  return name in fullPools ? refuse(fullPools[name as keyof typeof fullPools]) : null
}

/** What a unit of work that takes places was refused for; null when it was something else. */
export function placeRefusal(error: unknown): Error | null {
  const full = fullRefusal(constraintOf(error) ?? '')
  if (full) return full
  return violates(error, 'seat_taken') ? refuse('seat-taken') : (identityLimit(error) ?? null)
}

export async function findOrderDigest(sql: Queryable, id: string): Promise<Uint8Array | null> {
  return await digestsTogether(sql, id)
}

const digestsTogether = together(
  async (sql: Queryable, ids: string[]): Promise<(Uint8Array | null)[]> => {
    const rows = await sql<{ id: string; requestDigest: Uint8Array }[]>`
      select id, request_digest from ticket_order where id = any (${ids}::uuid[])`
    const byId = new Map(rows.map(({ id, requestDigest }) => [id, requestDigest]))
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null)
  },
  { most: 100, lanes: 1 }
)

/** An order's facts repeated on each of its coupons. */
export interface OrderRow {
  id: string
  owner: string
  state: OrderState
  ride: Ride
  total: Fen
  holdUntil: Date
  placedAt: Date
  issuedAt: Date | null
  journeyNumber: string | null
  contract: Contract | null
  position: number
  leg: number
  ticketNo: string
  couponState: CouponState
  seat: number | null
  cabin: ShownCabin | null
  fareKind: CouponKind
  fare: Fen
  serviceFee: Fen
  identity: Uint8Array
  vehicle: ShownVehicle | null
}

const shownColumns = (sql: Queryable) => sql`
    id, owner, state, total, hold_until, placed_at, issued_at, journey_number, contract, position, leg, ticket_no, coupon_state, seat,
    cabin, fare_kind, fare, service_fee, identity, vehicle, departure, number, mode, departure_state, open_until, from_code, from_name,
    to_code, to_name, departs_at, arrives_at`

/** The join behind it is the view's (migration 0113). */
const orderRows = (sql: Queryable) => sql`select ${shownColumns(sql)} from shown_coupon`

interface FlatRow extends Omit<OrderRow, 'ride'>, Omit<Ride, 'state' | 'from' | 'to'> {
  departureState: Ride['state']
  fromCode: string
  toCode: string
}

function nestRide(row: FlatRow): OrderRow {
  const { departure, number, mode, departureState, fromCode, fromName, toCode, toName, openUntil } = row
  const { departsAt, arrivesAt } = row
  const ride = {
    departure,
    number,
    mode,
    state: departureState,
    from: fromCode,
    fromName,
    to: toCode,
    toName,
    openUntil
  }
  return { ...row, ride: { ...ride, departsAt, arrivesAt } }
}

/** One row per coupon, empty when there is no such order. */
export async function findOrderRows(sql: Queryable, id: string): Promise<OrderRow[]> {
  return await rowsTogether(sql, id)
}

const rowsTogether = together(
  async (sql: Queryable, ids: string[]): Promise<OrderRow[][]> => {
    const rows = await sql<FlatRow[]>`
      select ${shownColumns(sql)} from shown_coupons(${ids}::uuid[])`
    const byId = Map.groupBy(rows.map(nestRide), ({ id }) => id)
    return ids.map((id) => byId.get(id.toLowerCase()) ?? [])
  },
  { most: 50, lanes: 1 }
)

export async function findTicketRow(sql: Queryable, ticketNo: string): Promise<OrderRow | null> {
  const [row] = await sql<FlatRow[]>`${orderRows(sql)} where ticket_no = ${ticketNo}`
  return row ? nestRide(row) : null
}

/** The tickets of a journey as they stand, after any change of a leg too. */
export async function findJourneyRows(sql: Queryable, journey: string): Promise<OrderRow[]> {
  const rows = await sql<FlatRow[]>`
    ${orderRows(sql)}
    where ticket_no in (select ticket_no from journey_coupons(${journey})) and coupon_state not in ('HELD', 'RELEASED', 'CHANGED')
    order by leg, passenger, position`
  return rows.map(nestRide)
}

/** The latest orders of one owner, newest first. */
export async function findOrdersOf(sql: Queryable, owner: string): Promise<OrderRow[]> {
  const rows = await sql<FlatRow[]>`
    ${orderRows(sql)}
    where id in (select id from ticket_order where owner = ${owner} order by placed_at desc limit 50)
    order by placed_at desc, id, position`
  return rows.map(nestRide)
}

/** The live tickets of one identity, soonest departure last. */
export async function findTicketsOfDocument(sql: Queryable, documentDigest: Uint8Array): Promise<OrderRow[]> {
  const rows = await sql<FlatRow[]>`
    ${orderRows(sql)}
    where document_digest = ${documentDigest} and live and coupon_state <> 'HELD'
    order by departs_at desc
    limit 50`
  return rows.map(nestRide)
}

/** Gives the places of an unpaid order back. False when it was not waiting for payment. */
export async function cancelHold(sql: Queryable, id: string): Promise<boolean> {
  const [row] = await sql<{ cancelled: boolean }[]>`select cancel_order(${id}) as cancelled`
  return row!.cancelled
}

/** Returns how many orders expired, at most `batch`. */
export async function releaseExpired(sql: Queryable, now: Date, batch: number): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select release_expired_holds(null, ${now}, ${batch}) as count`
  return row!.count
}

export async function findTicketEvents(sql: Queryable, ticketNo: string): Promise<TicketEvent[]> {
  return await sql<TicketEvent[]>`
    select at, event, state, split_part(actor, ':', 1) as actor, detail from ticket_event
    where ticket_no = ${ticketNo} order by id`
}

export async function hasDueHolds(sql: Queryable, now: Date): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`
    select exists (select from ticket_order where state = 'LOCKED' and hold_until <= ${now}) as due`
  return row!.due
}
