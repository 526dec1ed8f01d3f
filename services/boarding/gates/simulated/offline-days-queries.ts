// The stage of the offline days in SQL: doors at the busiest places, tickets for their departures, and what the platform did with some of
// them while no gate could hear of it.
import type { Queryable, Transaction } from '../../../../clearing/database.ts'
import { policyInForce } from '../../../timetable/departure-queries.ts'

export interface StageDeparture {
  place: number
  departure: number
  position: number
  toPosition: number
  departsAt: Date
  notBefore: Date
  notAfter: Date
}

/** What boards at the busiest places of a time. */
export async function findStage(
  sql: Queryable,
  { places, from, until }: { places: number; from: Date; until: Date }
): Promise<StageDeparture[]> {
  return await sql<StageDeparture[]>`
    with boarding as (
      select board.place, departure.id as departure, board.position,
        (select max(position) from line_stop as last where last.line = line.id) as to_position, boards.at as departs_at,
        boards.at - policy.check_in_opens_minutes * interval '1 minute' as not_before,
        boards.at - policy.check_in_closes_minutes * interval '1 minute' as not_after
      from departure
      join line on line.id = departure.line
      join line_stop as board on board.line = line.id
      cross join lateral (select departure.departs_at + board.minutes * interval '1 minute' as at) as boards
      ${policyInForce(sql, sql`board.position`)}
      where departure.kind = 'fixed' and boards.at between ${from} and ${until}
        and exists (select from line_stop as on_way where on_way.line = line.id and on_way.position > board.position))
    select * from boarding
    where place in (select place from boarding group by place order by count(*) desc, place limit ${places})
    order by place, departs_at, departure`
}

export async function layDoors(
  tx: Transaction,
  doors: readonly { place: number; number: number; passage: string }[]
): Promise<{ id: number; place: number; number: number; passage: string }[]> {
  return await tx<{ id: number; place: number; number: number; passage: string }[]>`
    insert into gate (place, number, name, passage)
    select place, number, number || ' 号口', passage
    from jsonb_to_recordset(${tx.json(doors)}) as door (place integer, number smallint, passage text)
    returning id, place, number, passage`
}

export interface NewTicket {
  orderId: string
  ticketNo: string
  departure: number
  position: number
  toPosition: number
  /** Hexadecimal. */
  digest: string
  identity: string
}

/** Sold before; their places are not taken from anybody. */
export async function layTickets(tx: Transaction, tickets: readonly NewTicket[], at: Date): Promise<void> {
  const rows = tx`jsonb_to_recordset(${tx.json(tickets as never)}) as sold ("orderId" uuid, "ticketNo" text, departure integer,
    position smallint, "toPosition" smallint, digest text, identity text)`
  await tx`
    insert into ticket_order (id, request_digest, owner, departures, state, total, hold_until, placed_at, issued_at)
    select "orderId", decode(digest, 'hex'), 'passenger:simulated', array[departure], 'ISSUED', 5000, ${at}, ${at}, ${at} from ${rows}`
  await tx`
    insert into coupon (order_id, position, ticket_no, departure, stops, claims, state, fare_kind, fare, single_fare, refund_policy,
      document_kind, document_digest, identity, passenger)
    select "orderId", 0, "ticketNo", departure, int4range(position, "toPosition"), '{"passenger": 1}', 'ISSUED', 'full', 5000, 5000,
      (select min(id) from refund_policy), '01', decode(digest, 'hex'), decode(identity, 'hex'), 0 from ${rows}`
}

export interface Meanwhile {
  ticketNo: string
  fate: 'REFUNDED' | 'CHANGED' | 'VOIDED' | 'SUSPENDED' | 'reissue'
  at: Date
  /** Of a refund or re-issue. */
  id: string
}

/** What happened at the platform while the gates were on their own. */
export async function layMeanwhile(tx: Transaction, happened: readonly Meanwhile[]): Promise<void> {
  const rows = tx`jsonb_to_recordset(${tx.json(happened as never)}) as meanwhile ("ticketNo" text, fate text, at timestamptz, id uuid)`
  await tx`
    insert into refund (id, order_id, request_digest, reason, amount, state, asked_at, paid_at, next_attempt_at)
    select meanwhile.id, coupon.order_id, sha256(meanwhile.id::text::bytea), 'passenger', 4500, 'PAID', at, at, at
    from ${rows} join coupon on coupon.ticket_no = "ticketNo" where fate = 'REFUNDED'`
  await tx`
    insert into refund_item (refund, ticket_no, fee, amount) select id, "ticketNo", 500, 4500 from ${rows} where fate = 'REFUNDED'`
  await tx`
    insert into credential_reissue (id, ticket_no, edition, reason, reissued_at, reissued_by)
    select id, "ticketNo", 1, 'lost', at, 'clerk:simulated' from ${rows} where fate = 'reissue'`
  await tx`
    update coupon set state = fate, live = fate = 'SUSPENDED' from ${rows}
    where coupon.ticket_no = "ticketNo" and fate <> 'reissue'`
  await tx`
    insert into ticket_event (ticket_no, event, state, at, actor)
    select "ticketNo", lower(fate), case when fate = 'reissue' then 'ISSUED' else fate end, at, 'clerk:simulated' from ${rows}`
}

/** What the platform has of what the gates wrote down. */
export async function countBroughtBack(sql: Queryable) {
  const [row] = await sql<{ scans: number; twice: number; uses: number; usedTwice: number }[]>`
    select (select count(*)::integer from gate_scan) as scans,
      (select count(*)::integer - count(distinct "check")::integer from gate_scan) as twice,
      (select count(*)::integer from boarding_check where result = 'OPEN' and conflict = '' and passage = 'boarding'
        and received_at is not null) as uses,
      (select count(*)::integer from (select from boarding_check where result = 'OPEN' and conflict = '' and passage = 'boarding'
        and undone_at is null group by ticket_no having count(*) > 1) as more) as used_twice`
  const kinds = await sql<{ kind: string; count: number }[]>`
    select kind, count(*)::integer from gate_conflict group by kind order by kind`
  return { ...row!, conflictsByKind: Object.fromEntries(kinds.map(({ kind, count }) => [kind, count])) }
}
