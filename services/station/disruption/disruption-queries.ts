// Commands and how far they are. What a command does to one departure is one statement each (functions of migration 0102).
import type { Database, Queryable, Transaction } from '../../../clearing/database.ts'
import type { DepartureState } from '../../timetable/timetable-schemas.ts'
import { stationPolicyInForce } from '../station-departure-queries.ts'
import type { Disruption, DisruptionKind, DisruptionRequest } from './disruption-schemas.ts'

export interface TouchedDeparture {
  id: number
  number: string
  line: number
  day: string
  state: DepartureState
  departsAt: Date
  toName: string
  freeFromDelayMinutes: number
}

/** In rising order. */
export async function findDepartures(sql: Queryable, ids: readonly number[]): Promise<TouchedDeparture[]> {
  return await sql<TouchedDeparture[]>`
    select departure.id, departure.number, departure.line, departure.day, departure.state, departure.departs_at,
      rules.free_from_delay_minutes,
      (select place.name from line_stop as last join place on place.id = last.place
        where last.line = departure.line order by last.position desc limit 1) as to_name
    from departure join line on line.id = departure.line
    ${stationPolicyInForce(sql)}
    where departure.id = any (${[...ids]}) order by departure.id`
}

export interface NewDisruption {
  id: string
  digest: Uint8Array
  request: DisruptionRequest
  refund: 'none' | 'at-once' | 'on-request'
  actor: string
  departures: { id: number; passedOver: boolean }[]
}

/** False when the id was used before, if only a moment ago. */
export async function insertDisruption(tx: Transaction, disruption: NewDisruption, now: Date): Promise<boolean> {
  const { id, digest, request, refund, actor, departures } = disruption
  const { kind, minutes = null, target = null, places = null, cause, note } = request
  const inserted = await tx`
    insert into disruption (id, request_digest, kind, minutes, target, places, refund, cause, note, actor, ordered_at)
    values (${id}, ${digest}, ${kind}, ${minutes}, ${target}, ${places}, ${refund}, ${cause}, ${note.trim()}, ${actor}, ${now})
    on conflict (id) do nothing returning id`
  if (inserted.length === 0) return false
  await tx`
    insert into disruption_departure (disruption, departure, state, reason, done_at)
    select ${id}, id, case when "passedOver" then 'PASSED_OVER' else 'WAITING' end, case when "passedOver" then 'state' end,
      case when "passedOver" then ${now}::timestamptz end
    from jsonb_to_recordset(${tx.json(departures)}) as one(id integer, "passedOver" boolean)`
  return true
}

export async function findRequestDigest(sql: Queryable, id: string): Promise<Uint8Array | null> {
  const [row] = await sql<{ requestDigest: Uint8Array }[]>`select request_digest from disruption where id = ${id}`
  return row?.requestDigest ?? null
}

/** Commands with departures that were not reached yet, the earliest first. */
export async function findUnfinished(sql: Queryable): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from disruption
    where exists (select from disruption_departure as one where one.disruption = disruption.id and one.state = 'WAITING')
    order by ordered_at, id`
  return rows.map(({ id }) => id)
}

export interface Command {
  id: string
  kind: DisruptionKind
  minutes: number | null
  target: number | null
  places: number | null
  actor: string
}

export async function findCommand(sql: Queryable, id: string): Promise<Command | null> {
  const [row] = await sql<Command[]>`select id, kind, minutes, target, places, actor from disruption where id = ${id}`
  return row ?? null
}

export async function findWaiting(sql: Queryable, disruption: string): Promise<number[]> {
  const rows = await sql<{ departure: number }[]>`
    select departure from disruption_departure where disruption = ${disruption} and state = 'WAITING' order by departure`
  return rows.map(({ departure }) => departure)
}

/** The departure under lock, if the command still has to reach it; two workers at one command do not do it twice. */
export async function lockWaiting(tx: Transaction, disruption: string, departure: number): Promise<boolean> {
  const rows = await tx`
    select from disruption_departure where disruption = ${disruption} and departure = ${departure} and state = 'WAITING' for update`
  if (rows.length > 0) await tx`select from departure where id = ${departure} for update`
  return rows.length > 0
}

export async function markDone(
  tx: Transaction,
  {
    disruption,
    departure,
    before,
    tickets
  }: { disruption: string; departure: number; before: DepartureState; tickets: number | null },
  now: Date
): Promise<void> {
  await tx`
    update disruption_departure set state = ${tickets === null ? 'PASSED_OVER' : 'DONE'}, reason = ${tickets === null ? 'state' : null},
      state_before = ${before}, tickets = ${tickets ?? 0}, done_at = ${now}
    where disruption = ${disruption} and departure = ${departure}`
}

/** The state a departure had before it was last suspended or merged; what was reported is reported still. */
export async function findStateBefore(
  sql: Queryable,
  departure: number,
  kind: 'SUSPEND' | 'MERGE'
): Promise<DepartureState> {
  const [row] = await sql<{ state: DepartureState }[]>`
    select state_before as state from disruption_departure as one join disruption on disruption.id = one.disruption
    where one.departure = ${departure} and disruption.kind = ${kind} and one.state = 'DONE' order by ordered_at desc limit 1`
  return row?.state ?? 'ON_SALE'
}

type At = { disruption: string; departure: number }
const counted = async (rows: Promise<{ tickets: number }[]>): Promise<number> => (await rows)[0]!.tickets

/** These answer how many tickets they touched. */
export async function stopDeparture(
  tx: Transaction,
  { disruption, departure }: At,
  state: string,
  now: Date
): Promise<number> {
  return await counted(tx`select stop_departure(${disruption}, ${departure}, ${state}, ${now}) as tickets`)
}

export async function resumeDeparture(
  tx: Transaction,
  { disruption, departure }: At,
  state: string,
  now: Date
): Promise<number> {
  return await counted(tx`select resume_departure(${disruption}, ${departure}, ${state}, ${now}) as tickets`)
}

export async function delayDeparture(
  tx: Transaction,
  { disruption, departure }: At,
  waived: boolean,
  now: Date
): Promise<number> {
  return await counted(tx`select delay_departure(${disruption}, ${departure}, ${waived}, ${now}) as tickets`)
}

export async function mergeDeparture(tx: Transaction, { disruption, departure }: At, now: Date): Promise<number> {
  return await counted(tx`select merge_departure(${disruption}, ${departure}, ${now}) as tickets`)
}

export async function undoMerge(
  tx: Transaction,
  { disruption, departure }: At,
  state: string,
  now: Date
): Promise<number> {
  return await counted(tx`select undo_merge(${disruption}, ${departure}, ${state}, ${now}) as tickets`)
}

/** Passengers whose vehicle got smaller: moved to another seat, or without one. */
export async function recordReseated(
  tx: Transaction,
  { disruption, departure }: At,
  tickets: { ticketNo: string; seat: number; movedTo: number | null }[]
): Promise<void> {
  await tx`
    insert into disrupted_ticket (disruption, ticket_no, order_id, departure, outcome, seat_before, seat_after, money)
    select ${disruption}, coupon.ticket_no, coupon.order_id, ${departure}, case when "movedTo" is null then 'SUSPENDED' else 'RESEATED' end,
      seat, "movedTo", case when "movedTo" is null then 'BY_CHOICE' else 'NONE' end
    from jsonb_to_recordset(${tx.json(tickets)}) as lost("ticketNo" text, seat smallint, "movedTo" smallint)
    join coupon on coupon.ticket_no = lost."ticketNo"
    where coupon.state <> 'HELD'
    on conflict do nothing`
}

export async function findRefundsDue(sql: Queryable): Promise<string[]> {
  const rows = await sql<{ disruption: string }[]>`select distinct disruption from disrupted_ticket where money = 'DUE'`
  return rows.map(({ disruption }) => disruption)
}

export async function findDeparturesDue(sql: Queryable, disruption: string): Promise<number[]> {
  const rows = await sql<{ departure: number }[]>`
    select distinct departure from disrupted_ticket where disruption = ${disruption} and money = 'DUE' order by departure`
  return rows.map(({ departure }) => departure)
}

/** One unit of work: all that goes back of one departure. Answers how many tickets. */
export async function refundDisrupted(sql: Database, { disruption, departure }: At, now: Date): Promise<number> {
  return await counted(sql`select refund_disrupted(${disruption}, ${departure}, ${now}) as tickets`)
}

/** Counts of rows that only move forward, so no later answer is behind an earlier one; what waits at windows only falls. */
export async function findProgress(sql: Queryable, ids: readonly string[]): Promise<Disruption[]> {
  return await sql<Disruption[]>`
    select disruption.id, kind, cause, note, minutes, refund, ordered_at,
      case when departures.waiting + money.due + money.unpaid + notices.waiting = 0 then 'DONE' else 'RUNNING' end as state,
      json_build_object('total', departures.total, 'done', departures.done, 'passedOver', departures.passed_over) as departures,
      json_build_object('total', money.tickets, 'suspended', money.suspended, 'moved', money.moved, 'resumed', money.resumed,
        'told', money.told) as tickets,
      json_build_object('tickets', money.due + money.asked, 'asked', money.asked, 'paid', money.asked - money.unpaid, 'amount', money.amount,
        'atCounter', money.at_counter, 'paidAtCounter', money.paid_at_counter, 'byChoice', money.by_choice) as refunds,
      json_build_object('total', notices.total, 'sent', notices.sent, 'givenUp', notices.given_up, 'handedOver', notices.handed_over,
        'noAddress', notices.no_address) as notices
    from disruption
    cross join lateral (
      select count(*)::integer as total, count(*) filter (where state = 'DONE')::integer as done,
        count(*) filter (where state = 'PASSED_OVER')::integer as passed_over, count(*) filter (where state = 'WAITING')::integer as waiting
      from disruption_departure where disruption_departure.disruption = disruption.id) as departures
    cross join lateral (
      select count(*)::integer as tickets, count(*) filter (where outcome = 'SUSPENDED')::integer as suspended,
        count(*) filter (where outcome in ('MOVED', 'RESEATED'))::integer as moved,
        count(*) filter (where outcome = 'RESUMED')::integer as resumed, count(*) filter (where outcome = 'NOTIFIED')::integer as told,
        count(*) filter (where money = 'DUE')::integer as due, count(*) filter (where money = 'ASKED')::integer as asked,
        count(*) filter (where money = 'ASKED' and refund.state <> 'PAID')::integer as unpaid,
        count(*) filter (where money = 'AT_COUNTER' and coupon.state = 'SUSPENDED')::integer as at_counter,
        count(*) filter (where money = 'AT_COUNTER' and coupon.state in ('REFUNDING', 'REFUNDED'))::integer as paid_at_counter, count(*) filter (where money = 'BY_CHOICE')::integer as by_choice,
        coalesce(sum(item.amount), 0)::bigint as amount
      from disrupted_ticket as ticket
      join coupon on coupon.ticket_no = ticket.ticket_no
      left join refund on refund.id = ticket.refund
      left join refund_item as item on item.ticket_no = ticket.ticket_no and item.refund = ticket.refund
      where ticket.disruption = disruption.id) as money
    cross join lateral (
      select count(*)::integer as total, count(*) filter (where state = 'SENT')::integer as sent,
        count(*) filter (where state = 'GIVEN_UP')::integer as given_up, count(*) filter (where state = 'HANDED_OVER')::integer as handed_over,
        count(*) filter (where state = 'NO_ADDRESS')::integer as no_address, count(*) filter (where state = 'WAITING')::integer as waiting
      from notice where notice.disruption = disruption.id) as notices
    where disruption.id = any (${[...ids]}) order by ordered_at desc`
}

/**
 * Departures nobody reported though their line's rule says how long after departure that is a departure that did not leave (脱班), each
 * with the id of the command that will say so.
 */
export async function findNeverReported(sql: Queryable, now: Date): Promise<{ departure: number; id: string }[]> {
  return await sql<{ departure: number; id: string }[]>`
    select departure.id as departure, md5('missed:' || departure.id)::uuid as id
    from departure join line on line.id = departure.line
    ${stationPolicyInForce(sql)}
    where departure.day between (${now}::timestamptz at time zone 'Asia/Shanghai')::date - 1 and (${now}::timestamptz at time zone 'Asia/Shanghai')::date
      and departure.state in ('ON_SALE', 'SALE_STOPPED', 'DELAYED') and rules.missed_after_minutes is not null
      and departure.departs_at + rules.missed_after_minutes * interval '1 minute' <= ${now}
    order by departure.id limit 500`
}

/** The latest commands that touched departures of a place. */
export async function findLatest(sql: Queryable, place: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from disruption
    where exists (
      select from disruption_departure as one
      join departure on departure.id = one.departure
      join line_stop as stop on stop.line = departure.line
      join place on place.id = stop.place
      where one.disruption = disruption.id and place.code = ${place})
    order by ordered_at desc limit 12`
  return rows.map(({ id }) => id)
}

export interface TouchedRow {
  ticketNo: string
  orderId: string
  position: number
  departure: number
  outcome: 'NOTIFIED' | 'SUSPENDED' | 'MOVED' | 'RESEATED' | 'RESUMED'
  seatBefore: number | null
  seatAfter: number | null
  money: 'NONE' | 'DUE' | 'ASKED' | 'AT_COUNTER' | 'BY_CHOICE'
  identity: Uint8Array
}

export async function findTouched(sql: Queryable, disruption: string): Promise<TouchedRow[]> {
  return await sql<TouchedRow[]>`
    select ticket.ticket_no, ticket.order_id, coupon.position, ticket.departure, outcome, seat_before, seat_after, money, coupon.identity
    from disrupted_ticket as ticket join coupon on coupon.ticket_no = ticket.ticket_no
    where disruption = ${disruption} order by ticket.departure, seat_before nulls last, ticket.ticket_no limit 1000`
}
