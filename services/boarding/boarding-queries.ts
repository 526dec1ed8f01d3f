// Credentials, what a gate needs to know of a ticket, and the checks it made.
import type { Queryable, Transaction } from '../../clearing/database.ts'
import { refuse } from '../refusals.ts'
import type { CouponState } from '../ticketing/coupon-rules.ts'
import type { CouponKind } from '../ticketing/fare-rules.ts'
import { policyInForce } from '../timetable/departure-queries.ts'
import type { DepartureState } from '../timetable/timetable-schemas.ts'
import type { JourneyClaim } from './credentials/ticket-code.ts'
import { passageRules, type PassageKind } from './passages/passage-rules.ts'

export interface BoardingTicket {
  ticketNo: string
  orderId: string
  position: number
  /** Counted from 0. */
  leg: number
  /** Null for a single ticket, and for a vehicle's. */
  journey: JourneyClaim | null
  state: CouponState
  seat: number | null
  fareKind: CouponKind
  documentKind: string | null
  documentDigest: Uint8Array | null
  identity: Uint8Array
  departure: number
  line: number
  departureState: DepartureState
  /** A loading station (配载) has its own. */
  stateHere: DepartureState
  departsAt: Date
  from: string
  fromName: string
  to: string
  toName: string
  notBefore: Date
  notAfter: Date
  checkedAt: Date | null
  checkedGate: number | null
  /** Of its credentials, or of any of its journey's: how often they were re-issued. */
  edition: number
}

/** Everything boarding asks of a ticket; `coupon` may be narrowed by a where. */
export const boardingTickets = (sql: Queryable) => sql`
    select coupon.ticket_no, coupon.order_id, coupon.position, coupon.leg, case when journey.number is not null then
      json_build_object('number', journey.number, 'passenger', coupon.passenger) end as journey, coupon.state, coupon.seat_number as seat, coupon.fare_kind,
      coupon.document_kind, coupon.document_digest, coupon.identity, departure.id as departure, line.id as line, departure.state as departure_state,
      coalesce((select state from departure_loading where departure_loading.departure = departure.id
        and departure_loading.position = lower(coupon.stops)), departure.state) as state_here,
      boards.at as departs_at, origin.code as "from", origin.name as from_name, destination.code as "to", destination.name as to_name,
      boards.first_at - policy.check_in_opens_minutes * interval '1 minute' as not_before,
      boards.at - policy.check_in_closes_minutes * interval '1 minute' as not_after,
      opened.checked_at, opened.number as checked_gate,
      (select coalesce(max(edition), 0)::integer from credential_reissue
        where credential_reissue.ticket_no = any (case when journey.number is null then array[coupon.ticket_no]
          else coupon.ticket_no || array(select journey_tickets(journey.number, coupon.passenger)) end)) as edition
    from coupon
    -- Each by its key after its ticket (offset 0), whatever a planner knows of young tables: joined otherwise, the tickets of a few
    -- passengers meet every order, every place or every check there is.
    cross join lateral (select * from ticket_order where ticket_order.id = coupon.order_id offset 0) as placed
    cross join lateral (
      select case when coupon.fare_kind in ('vehicle', 'truck') then null when placed.journey_number is not null then placed.journey_number
        -- Only what was changed can be of a journey that another order began.
        when exists (select from ticket_change where ticket_change.order_id = placed.id) then journey_of(placed.id) end as number) as journey
    join departure on departure.id = coupon.departure
    join line on line.id = departure.line
    cross join lateral (
      select * from line_stop where line_stop.line = line.id and position = lower(coupon.stops) offset 0) as board
    cross join lateral (
      select * from line_stop where line_stop.line = line.id and position = upper(coupon.stops) offset 0) as alight
    cross join lateral (select code, name from place where place.id = board.place offset 0) as origin
    cross join lateral (select code, name from place where place.id = alight.place offset 0) as destination
    cross join lateral (
      select departure.departs_at + board.minutes * interval '1 minute' as at,
        -- A shuttle (流水班) boards from its first run to its last.
        coalesce(departure.first_departs_at, departure.departs_at) + board.minutes * interval '1 minute' as first_at) as boards
    ${policyInForce(sql, sql`board.position`)}
    left join lateral (
      select checked_at, (select number from gate where gate.id = boarding_check.gate) from boarding_check
      where boarding_check.ticket_no = coupon.ticket_no and result = 'OPEN' and undone_at is null and conflict = ''
        and boarding_check.passage in ('boarding', 'deck') offset 0) as opened on true`

export async function findBoardingTicket(sql: Queryable, ticketNo: string): Promise<BoardingTicket | null> {
  const [ticket] = await sql<BoardingTicket[]>`${boardingTickets(sql)} where coupon.ticket_no = ${ticketNo}`
  return ticket ?? null
}

/** The legs of one passenger of a journey that have a departure, in order of travel. */
export async function findJourneyTickets(
  sql: Queryable,
  { number, passenger }: JourneyClaim
): Promise<BoardingTicket[]> {
  return await sql<BoardingTicket[]>`
    ${boardingTickets(sql)}
    where coupon.ticket_no in (select journey_tickets(${number}, ${passenger})) and coupon.state not in ('HELD', 'RELEASED')
    order by boards.at, coupon.ticket_no`
}

/** Checks of one ticket wait for each other, and for its refund, here. */
export async function lockTicket(tx: Transaction, ticketNo: string): Promise<void> {
  await tx`select from coupon where ticket_no = ${ticketNo} for update`
}

export interface GateRow {
  id: number
  number: number
  place: string
  placeName: string
  placeId: number
  passage: PassageKind
}

/** Throws the refusal gate-not-found. */
export async function findGate(sql: Queryable, id: number): Promise<GateRow> {
  const [row] = await sql<GateRow[]>`
    select gate.id, gate.number, gate.passage, place.id as place_id, place.code as place, place.name as place_name
    from gate join place on place.id = gate.place where gate.id = ${id}`
  if (!row) throw refuse('gate-not-found')
  return row
}

/** What is being boarded at a gate, as a ticket of that departure sees it. */
export interface BoardedDeparture {
  departure: number
  line: number
  departsAt: Date
}

/** Null when the departure does not board at this place. */
export async function findBoardedDeparture(
  sql: Queryable,
  { departure, place }: { departure: number; place: string }
): Promise<BoardedDeparture | null> {
  const [row] = await sql<BoardedDeparture[]>`
    select departure.id as departure, departure.line, departure.departs_at + board.minutes * interval '1 minute' as departs_at
    from departure
    join line_stop as board on board.line = departure.line
    join place on place.id = board.place
    where departure.id = ${departure} and place.code = ${place}
    order by board.position limit 1`
  return row ?? null
}

export interface CheckRow {
  id: number
  gate: number
  nonce: string
  ticketNo: string | null
  passage: PassageKind
  means: 'code' | 'slip' | 'document'
  result: 'OPEN' | 'REFUSED'
  code: string
  /** What the refusal's words name. */
  named: Record<string, string>
  actor: string
  checkedAt: Date
  undoneAt: Date | null
  /** Why it does not count as the use of the ticket; '' when it does. */
  conflict: string
}

export async function lockCheck(tx: Transaction, id: number): Promise<CheckRow | null> {
  const [row] = await tx<CheckRow[]>`select * from boarding_check where id = ${id} for update`
  return row ?? null
}

/** The ticket is as before the check; its history keeps both. */
export async function undoCheck(tx: Transaction, check: CheckRow, actor: string, now: Date): Promise<void> {
  await tx`update boarding_check set undone_at = ${now} where id = ${check.id}`
  if (passageRules[check.passage].consumes)
    await tx`update coupon set state = 'ISSUED' where ticket_no = ${check.ticketNo} and state = 'CHECKED'`
  await tx`
    insert into ticket_event (ticket_no, event, state, at, actor)
    select ticket_no, 'undo-check-in', state, ${now}, ${actor} from coupon where ticket_no = ${check.ticketNo}`
}
