// What a change depends on, and the one statement that makes it (migration 0060).
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { violates, type Database, type Queryable } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'
import type { RefundTable } from '../../fares/policy-schemas.ts'
import type { Mode } from '../../network/network-schemas.ts'
import { refuse } from '../../refusals.ts'
import type { DepartureState } from '../../timetable/timetable-schemas.ts'
import type { CouponState } from '../coupon-rules.ts'
import type { CouponKind } from '../fare-rules.ts'
import { fullRefusal, placeRefusal, type NewHold } from '../order-queries.ts'
import type { ShownVehicle } from '../vehicles/vehicle-schemas.ts'
import type { ChangeCause, ChangeTerms } from './change-rules.ts'
import type { Change } from './change-schemas.ts'
import type { Overrule } from './overrule-rules.ts'

/** A coupon with everything its change depends on. */
export interface ChangeableTicket {
  ticketNo: string
  orderId: string
  position: number
  leg: number
  passenger: number
  owner: string
  state: CouponState
  fareKind: CouponKind
  fare: Fen
  singleFare: Fen
  serviceFee: Fen
  changes: number
  departureState: DepartureState
  feesWaived: boolean
  /** It cannot be reached from the leg before, or not lead on to the next. */
  connectionBroken: boolean
  departsAt: Date
  freeChildrenPerAdult: number
  change: ChangeTerms
  table: RefundTable
  components: Fen
  identity: Uint8Array
  cabin: string | null
  /** Of a vehicle's coupon: its driver's position, and the vehicle. */
  driver: number | null
  vehicle: ShownVehicle | null
  sameDeparture: boolean
  sameLine: boolean
  sameStops: boolean
  sameCities: boolean
}

/** All coupons of the order that holds this ticket, held against the departure it is to be changed to. */
export async function findChangeables(
  sql: Queryable,
  ticketNo: string,
  target: { departure: number; from: string; to: string }
): Promise<ChangeableTicket[]> {
  return await sql<ChangeableTicket[]>`
    select coupon.ticket_no, coupon.order_id, coupon.position, coupon.leg, coupon.passenger, placed.owner, coupon.state,
      coupon.fare_kind, coupon.fare, coupon.single_fare, coupon.service_fee, coupon.changes, departure.state as departure_state, departure.fees_waived,
      connection_broken(coupon.ticket_no) as connection_broken,
      departure.departs_at + board.minutes * interval '1 minute' as departs_at,
      (frozen.terms ->> 'freeChildrenPerAdult')::integer as free_children_per_adult, frozen.terms -> 'change' as change,
      frozen.terms -> 'refund' as table, coupon.identity, cabin_of(coupon.claims) as cabin,
      (frozen.terms ->> 'stationFee')::bigint + (frozen.terms ->> 'fuelSurcharge')::bigint as components,
      vehicle.driver, case when vehicle.driver is not null then json_build_object('plate', plate, 'kind', vehicle.kind, 'lengthCm', length_cm,
        'newEnergy', new_energy, 'dangerousGoods', dangerous_goods) end as vehicle,
      departure.id = ${target.departure} as same_departure,
      departure.line = (select line from departure where id = ${target.departure}) as same_line,
      origin.code = ${target.from} and destination.code = ${target.to} as same_stops,
      origin.city = (select city from place where code = ${target.from})
        and destination.city = (select city from place where code = ${target.to}) as same_cities
    from coupon as asked
    join coupon on coupon.order_id = asked.order_id
    join ticket_order as placed on placed.id = coupon.order_id
    join departure on departure.id = coupon.departure
    join line_stop as board on board.line = departure.line and board.position = lower(coupon.stops)
    join line_stop as alight on alight.line = departure.line and alight.position = upper(coupon.stops)
    join place as origin on origin.id = board.place
    join place as destination on destination.id = alight.place
    join refund_policy as frozen on frozen.id = coupon.refund_policy
    left join vehicle on vehicle.order_id = coupon.order_id and vehicle.position = coupon.position
    where asked.ticket_no = ${ticketNo}
    order by coupon.position`
}

export interface OtherLeg {
  leg: number
  mode: Mode
  day: BusinessDay
  fromCode: string
  toCode: string
  departsAt: Date
  arrivesAt: Date
}

/** The other legs these passengers still have, in whichever order a change put them. */
export async function findOtherLegs(
  sql: Queryable,
  { orderId, leg, passengers }: { orderId: string; leg: number; passengers: number[] }
): Promise<OtherLeg[]> {
  return await sql<OtherLeg[]>`
    with recursive root as (
      select ${orderId}::uuid as id
      union select from_order from root join ticket_change on ticket_change.order_id = root.id),
    family as (
      select id from root
      union select ticket_change.order_id from family join ticket_change on ticket_change.from_order = family.id)
    select distinct coupon.leg, line.mode, departure.day, origin.code as from_code, destination.code as to_code,
      departure.departs_at + board.minutes * interval '1 minute' as departs_at,
      departure.departs_at + alight.minutes * interval '1 minute' as arrives_at
    from family
    join coupon on coupon.order_id = family.id
    join departure on departure.id = coupon.departure
    join line on line.id = departure.line
    join line_stop as board on board.line = departure.line and board.position = lower(coupon.stops)
    join line_stop as alight on alight.line = departure.line and alight.position = upper(coupon.stops)
    join place as origin on origin.id = board.place
    join place as destination on destination.id = alight.place
    where coupon.live and coupon.state <> 'HELD' and coupon.leg <> ${leg} and coupon.passenger = any (${passengers})
    order by coupon.leg`
}

export interface NewChange {
  hold: NewHold
  fromOrder: string
  cause: ChangeCause
  overrule: Overrule['code'] | null
  overruleNote: string | null
  fee: Fen
  difference: Fen
  /** 1 when this change counts against how often a ticket may be changed. */
  counts: 0 | 1
  actor: string
  /** In the order of the hold's coupons. */
  items: { ticketNo: string; fee: Fen; difference: Fen }[]
}

/** 'known' when the id was used before. Throws ticket-not-changeable and the refusals of a hold. */
export async function makeChange(sql: Database, change: NewChange): Promise<'changed' | 'held' | 'known'> {
  try {
    const [row] = await sql<{ answer: string }[]>`
      select change_tickets(${sql.json(change as never)}) as answer`
    const { answer } = row!
    if (answer === 'changed' || answer === 'held' || answer === 'known') return answer
    throw fullRefusal(answer)!
  } catch (error) {
    if (violates(error, 'refund_pkey')) throw refuse('order-id-reused')
    if (violates(error, 'ticket_not_changeable')) throw refuse('ticket-not-changeable')
    throw placeRefusal(error) ?? error
  }
}

export interface KnownChange extends Change {
  owner: string
}

export async function findChange(sql: Queryable, id: string): Promise<KnownChange | null> {
  const [row] = await sql<KnownChange[]>`
    select change.order_id as id, change.from_order, placed.state, change.cause, change.fee + change.difference as due, change.fee,
      change.difference, placed.hold_until, placed.owner,
      (select json_agg(json_build_object('old', item.old_ticket, 'new',
          case when coupon.state not in ('HELD', 'RELEASED') then coupon.ticket_no end, 'fee', item.fee, 'difference', item.difference)
          order by item.position)
        from ticket_change_item as item join coupon on coupon.order_id = item.order_id and coupon.position = item.position
        where item.order_id = change.order_id) as tickets
    from ticket_change as change join ticket_order as placed on placed.id = change.order_id
    where change.order_id = ${id}`
  return row ?? null
}
