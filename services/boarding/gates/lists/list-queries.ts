// What a gate fetches before it is on its own, in SQL: the departures that board at its place, their tickets, and what changed since it
// last asked.
import type { Queryable } from '../../../../clearing/database.ts'
import { policyInForce } from '../../../timetable/departure-queries.ts'
import type { DepartureKind, DepartureState } from '../../../timetable/timetable-schemas.ts'
import { boardingTickets, type BoardingTicket } from '../../boarding-queries.ts'
import type { Revocation } from '../gate-schemas.ts'

/**
 * Every unit of work below it has ended: whoever asks again with it misses nothing that was still under way, and hears some things
 * twice. Read before what it is to stand for.
 */
export async function currentVersion(sql: Queryable): Promise<number> {
  const [row] = await sql<{ version: string }[]>`select pg_snapshot_xmin(pg_current_snapshot())::text as version`
  return Number(row!.version)
}

export interface BoardingDeparture {
  id: number
  line: number
  lineName: string
  kind: DepartureKind
  state: DepartureState
  departsAt: Date
  notBefore: Date
  notAfter: Date
}

export interface Window {
  place: string
  from: Date
  until: Date
}

/** Those whose boarding has not ended before the window and that leave within it, earliest first. */
export async function findBoardingDepartures(
  sql: Queryable,
  { place, from, until }: Window
): Promise<BoardingDeparture[]> {
  return await sql<BoardingDeparture[]>`
    select departure.id, line.id as line, line.name as line_name, departure.kind, departure.state, boards.at as departs_at,
      boards.first_at - policy.check_in_opens_minutes * interval '1 minute' as not_before,
      boards.at - policy.check_in_closes_minutes * interval '1 minute' as not_after
    from place
    join line_stop as board on board.place = place.id
    join line on line.id = board.line
    join departure on departure.line = line.id
    cross join lateral (
      select departure.departs_at + board.minutes * interval '1 minute' as at,
        coalesce(departure.first_departs_at, departure.departs_at) + board.minutes * interval '1 minute' as first_at) as boards
    ${policyInForce(sql, sql`board.position`)}
    where place.code = ${place} and boards.at between ${from} and ${until}
      and departure.day between (${from}::timestamptz - interval '2 days')::date and (${until}::timestamptz + interval '1 day')::date
      and exists (select from line_stop as on_way where on_way.line = line.id and on_way.position > board.position)
    order by boards.at, departure.id`
}

/** Tickets whose own history, or that of another leg under the same code, has grown since. */
const changedSince = (sql: Queryable, since: number) => sql`
    coupon.ticket_no in (
      with changed as materialized (select distinct ticket_no from ticket_event where unit >= ${String(since)}::xid8)
      select ticket_no from changed
      union
      select journey_tickets(journey_of(other.order_id), other.passenger) from changed join coupon as other using (ticket_no))`

const listed = (sql: Queryable, since: Listing['since']) =>
  since === null ? sql`true` : sql`(coupon.departure = any (${since.fresh}) or ${changedSince(sql, since.version)})`

export interface Listing {
  place: string
  departures: number[]
  /** All tickets of them; of the others those that changed after the version. Null: all of all. */
  since: { version: number; fresh: number[] } | null
}

/** Of these departures, boarding at the place. */
export async function findListedTickets(
  sql: Queryable,
  { place, departures, since }: Listing
): Promise<BoardingTicket[]> {
  return await sql<BoardingTicket[]>`
    ${boardingTickets(sql)}
    where coupon.departure = any (${departures}) and origin.code = ${place} and coupon.state not in ('HELD', 'RELEASED')
      and ${listed(sql, since)}
    order by coupon.departure, coupon.ticket_no`
}

/** Tickets of these departures that may not board, and those with credentials that were ended. */
export async function findRevocations(sql: Queryable, { place, departures, since }: Listing): Promise<Revocation[]> {
  return await sql<Revocation[]>`
    with ticket as (${boardingTickets(sql)}
      where coupon.departure = any (${departures}) and origin.code = ${place} and coupon.state not in ('HELD', 'RELEASED')
        and ${listed(sql, since)})
    select ticket_no, departure, state, edition from ticket
    where ${since === null ? sql`state <> 'ISSUED' or edition > 0` : sql`true`}
    order by ticket_no`
}
