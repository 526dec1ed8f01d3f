// Booked journeys with what became of their departures, the connections that broke, and the work that is due for them.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { Mode } from '../../network/network-schemas.ts'
import type { CouponKind } from '../fare-rules.ts'
import type { Contract } from '../ticketing-schemas.ts'
import type { BookedLeg, Break } from './connection-rules.ts'
import type { BrokenConnection, ConnectionChoice } from './connection-schemas.ts'

/** One coupon of a journey that is travelled or still to be; a vehicle's counts under its driver. */
export interface JourneyLeg extends BookedLeg {
  journey: string
  contract: Contract
  owner: string
  orderId: string
  ticketNo: string
  passenger: number
  fareKind: CouponKind
  mode: Mode
  day: BusinessDay
  fromCode: string
  toCode: string
}

/** In order of travel. Legs that are still open, were changed, refunded or never paid are not among them. */
export async function findJourneyLegs(sql: Queryable, journey: string): Promise<JourneyLeg[]> {
  return await sql<JourneyLeg[]>`
    select booked.journey_number as journey, booked.contract, booked.owner, coupon.order_id, coupon.ticket_no, coupon.passenger,
      coupon.leg, coupon.state, coupon.fare_kind, coupon.departure, departure.state as departure_state, line.mode, departure.day,
      origin.code as from_code, destination.code as to_code,
      departure.departs_at + board.minutes * interval '1 minute' as departs_at,
      departure.departs_at + alight.minutes * interval '1 minute' as arrives_at
    from ticket_order as booked
    cross join lateral journey_coupons(booked.journey_number) as coupon
    join departure on departure.id = coupon.departure
    join line on line.id = departure.line
    join line_stop as board on board.line = line.id and board.position = lower(coupon.stops)
    join line_stop as alight on alight.line = line.id and alight.position = upper(coupon.stops)
    join place as origin on origin.id = board.place
    join place as destination on destination.id = alight.place
    where booked.journey_number = ${journey} and coupon.state in ('ISSUED', 'CHECKED', 'USED', 'NO_SHOW', 'SUSPENDED')
    order by coupon.leg, coupon.passenger, coupon.position`
}

/** The journeys with a ticket on this departure. */
export async function findJourneysOn(sql: Queryable, departure: number): Promise<string[]> {
  const rows = await sql<{ journey: string }[]>`
    select distinct journey from coupon cross join lateral journey_of(coupon.order_id) as journey
    where departure = ${departure} and live and state <> 'HELD' and journey is not null
    order by journey`
  return rows.map(({ journey }) => journey)
}

/** Every change to a journey's tickets waits here, the lowest order first. */
export async function lockJourney(tx: Transaction, journey: string): Promise<void> {
  await tx`
    select from ticket_order where id in (select order_id from journey_coupons(${journey})) order by id for update`
}

export interface BrokenRow extends BrokenConnection {
  journey: string
  departure: number
  endedAt: Date | null
}

const columns = (sql: Queryable) => sql`
    id, journey, passengers, leg, cause, departure, minutes_short, tickets, choices, state, broken_at, ended_at`

/** The latest first. */
export async function findBrokenConnections(sql: Queryable, journey: string): Promise<BrokenRow[]> {
  return await sql<BrokenRow[]>`
    select ${columns(sql)} from broken_connection where journey = ${journey} order by broken_at desc, passengers`
}

export async function findBrokenConnection(sql: Queryable, id: string): Promise<BrokenRow | null> {
  const [row] = await sql<BrokenRow[]>`select ${columns(sql)} from broken_connection where id = ${id}`
  return row ?? null
}

/** Opens one, or brings the open one of this party up to date. Its tickets that could be travelled by are suspended. */
export async function recordBreak(
  tx: Transaction,
  { journey, passengers, tickets, broken }: { journey: string; passengers: number[]; tickets: string[]; broken: Break },
  now: Date
): Promise<void> {
  const { leg, cause, departure, minutesShort } = broken
  await tx`
    insert into broken_connection (journey, passengers, leg, cause, departure, minutes_short, tickets, state, broken_at, look_again_at)
    values (${journey}, ${passengers}, ${leg}, ${cause}, ${departure}, ${minutesShort}, ${tickets}, 'OPEN', ${now}, ${now})
    on conflict (journey, (passengers[1])) where state = 'OPEN' do update set passengers = excluded.passengers, leg = excluded.leg,
      cause = excluded.cause, departure = excluded.departure, minutes_short = excluded.minutes_short, tickets = excluded.tickets,
      look_again_at = excluded.look_again_at`
  await moveTickets(
    tx,
    { tickets, from: 'ISSUED', to: 'SUSPENDED', event: 'suspend', detail: 'CONNECTION_BROKEN' },
    now
  )
}

/** The connection holds again, or the passenger has chosen, told by what became of its tickets; those still suspended may be travelled. */
export async function endBreak(
  tx: Transaction,
  { id, tickets }: Pick<BrokenRow, 'id' | 'tickets'>,
  now: Date
): Promise<void> {
  await tx`
    update broken_connection set ended_at = ${now}, state = (
      select case when bool_or(state in ('ISSUED', 'SUSPENDED')) then 'RESUMED' when bool_or(state = 'CHANGED') then 'REBOOKED'
        when bool_or(state in ('REFUNDING', 'REFUNDED', 'VOIDED')) then 'REFUNDED' else 'CLOSED' end
      from coupon where ticket_no = any (${tickets}))
    where id = ${id} and state = 'OPEN'`
  await moveTickets(tx, { tickets, from: 'SUSPENDED', to: 'ISSUED', event: 'resume', detail: '' }, now)
}

async function moveTickets(
  tx: Transaction,
  move: { tickets: string[]; from: string; to: string; event: string; detail: string },
  now: Date
): Promise<void> {
  const { tickets, from, to, event, detail } = move
  await tx`
    with moved as (
      update coupon set state = ${to} where ticket_no = any (${tickets}) and state = ${from} returning ticket_no)
    insert into ticket_event (ticket_no, event, state, at, actor, detail)
    select ticket_no, ${event}, ${to}, ${now}, 'worker:connections', ${detail} from moved`
}

export async function saveChoices(
  tx: Transaction,
  { id, choices }: { id: string; choices: ConnectionChoice[] },
  lookAgainAt: Date
): Promise<void> {
  await tx`
    update broken_connection set choices = ${tx.json(choices)}, look_again_at = ${lookAgainAt}
    where id = ${id} and state = 'OPEN'`
}

/** Departures whose time or state changed, and journeys whose ways on are to be looked for again. */
export async function findDueReviews(sql: Queryable): Promise<number[]> {
  const rows = await sql<{ departure: number }[]>`select departure from connection_review order by departure limit 100`
  return rows.map(({ departure }) => departure)
}

export async function findDueChoices(sql: Queryable, now: Date): Promise<string[]> {
  const rows = await sql<{ journey: string }[]>`
    select distinct journey from broken_connection where state = 'OPEN' and look_again_at <= ${now} limit 100`
  return rows.map(({ journey }) => journey)
}

/** Which change of the departure is being reviewed; null when none waits. */
export async function findReview(sql: Queryable, departure: number): Promise<number | null> {
  const [row] = await sql<{ change: number }[]>`select change from connection_review where departure = ${departure}`
  return row?.change ?? null
}

/** A change that came meanwhile keeps the review due. */
export async function endReview(sql: Queryable, departure: number, change: number): Promise<void> {
  await sql`delete from connection_review where departure = ${departure} and change = ${change}`
}
