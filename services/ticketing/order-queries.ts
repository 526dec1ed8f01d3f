// Orders: holding, paying, issuing and expiring, each one statement that is a unit of work by itself (functions of
// migrations 0011 and 0020).
import type { BusinessDay } from '../../clearing/business-day.ts'
import { type Database, type Queryable, violates } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import { identityLimit } from '../identity/identity-limits.ts'
import { refuse } from '../refusals.ts'
import type { Claims, CouponKind } from './fare-rules.ts'
import type { CouponState } from './coupon-rules.ts'
import type { Contract, OrderState, Ride, TicketEvent } from './ticketing-schemas.ts'
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

export const fullPools = {
  departure_full: 'no-places-left',
  passenger_full: 'no-places-left',
  'free-child_full': 'no-places-left',
  vehicle_full: 'deck-full',
  lane_full: 'deck-full',
  'new-energy_full': 'new-energy-quota-full',
  'dangerous-goods_full': 'dangerous-goods-not-carried'
} as const

/** 'held', or 'known' when the id was used before. Throws the refusals no-places-left, seat-taken and those of identityLimit. */
export async function holdPlaces(sql: Database, hold: NewHold): Promise<'held' | 'known'> {
  try {
    const [row] = await sql<{ answer: 'held' | 'known' | keyof typeof fullPools }[]>`
      select hold_order(${sql.json(hold as never)}) as answer`
    const { answer } = row!
    if (answer === 'held' || answer === 'known') return answer
    throw refuse(fullPools[answer])
  } catch (error) {
    throw placeRefusal(error) ?? error
  }
}

/** What a unit of work that takes places was refused for; null when it was something else. */
export function placeRefusal(error: unknown): Error | null {
  for (const [constraint, code] of Object.entries(fullPools)) if (violates(error, constraint)) return refuse(code)
  return violates(error, 'seat_taken') ? refuse('seat-taken') : (identityLimit(error) ?? null)
}

export async function findOrderDigest(sql: Queryable, id: string): Promise<Uint8Array | null> {
  const [row] = await sql<{ requestDigest: Uint8Array }[]>`select request_digest from ticket_order where id = ${id}`
  return row?.requestDigest ?? null
}

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
  fareKind: CouponKind
  fare: Fen
  serviceFee: Fen
  identity: Uint8Array
  vehicle: ShownVehicle | null
}

const orderRows = (sql: Queryable) => sql`
    select placed.id, placed.owner, placed.state, placed.total, placed.hold_until, placed.placed_at, placed.issued_at,
      placed.journey_number, placed.contract, coupon.position, coupon.leg, coupon.ticket_no, coupon.state as coupon_state, coupon.seat_number as seat, coupon.fare_kind, coupon.fare,
      coupon.service_fee, coupon.identity,
      (select json_build_object('plate', plate, 'kind', kind, 'lengthCm', length_cm, 'newEnergy', new_energy, 'dangerousGoods',
        dangerous_goods) from vehicle where vehicle.order_id = coupon.order_id and vehicle.position = coupon.position) as vehicle,
      departure.id as departure, coalesce(departure.number, '') as number, line.mode, coalesce(departure.state, 'PLANNED') as departure_state,
      coupon.open_until,
      origin.code as from_code, origin.name as from_name, destination.code as to_code, destination.name as to_name,
      leaves.at + board.minutes * interval '1 minute' as departs_at, leaves.at + alight.minutes * interval '1 minute' as arrives_at
    from ticket_order as placed
    join coupon on coupon.order_id = placed.id
    left join departure on departure.id = coupon.departure
    join line on line.id = coalesce(departure.line, coupon.open_line)
    join line_stop as board on board.line = line.id and board.position = lower(coupon.stops)
    join line_stop as alight on alight.line = line.id and alight.position = upper(coupon.stops)
    join place as origin on origin.id = board.place
    join place as destination on destination.id = alight.place
    cross join lateral (
      select coalesce(departure.departs_at, (coupon.open_until + 1)::timestamp at time zone 'Asia/Shanghai') as at) as leaves`

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
  const rows = await sql<FlatRow[]>`${orderRows(sql)} where placed.id = ${id} order by coupon.position`
  return rows.map(nestRide)
}

export async function findTicketRow(sql: Queryable, ticketNo: string): Promise<OrderRow | null> {
  const [row] = await sql<FlatRow[]>`${orderRows(sql)} where coupon.ticket_no = ${ticketNo}`
  return row ? nestRide(row) : null
}

/** The latest orders of one owner, newest first. */
export async function findOrdersOf(sql: Queryable, owner: string): Promise<OrderRow[]> {
  const rows = await sql<FlatRow[]>`
    ${orderRows(sql)}
    where placed.id in (select id from ticket_order where owner = ${owner} order by placed_at desc limit 50)
    order by placed.placed_at desc, placed.id, coupon.position`
  return rows.map(nestRide)
}

/** The live tickets of one identity, soonest departure last. */
export async function findTicketsOfDocument(sql: Queryable, documentDigest: Uint8Array): Promise<OrderRow[]> {
  const rows = await sql<FlatRow[]>`
    ${orderRows(sql)}
    where coupon.document_digest = ${documentDigest} and coupon.live and coupon.state <> 'HELD'
    order by departure.departs_at desc
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
