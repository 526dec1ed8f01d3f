// Refunds that wait at a window, in SQL: tickets a disruption stopped whose money was cash, for as long as nobody has given it back.
import type { Queryable } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'

export interface WaitingRow {
  ticketNo: string
  orderId: string
  position: number
  departure: number
  lineName: string
  departsAt: Date
  place: string
  identity: Uint8Array
  amount: Fen
  ownDocument: boolean
  stoppedAt: Date
  cause: string
}

/** Each once, under the latest command that stopped it. */
const waiting = (sql: Queryable) => sql`
    select distinct on (stopped.ticket_no) stopped.ticket_no, coupon.order_id, coupon.position, coupon.departure, line.name as line_name,
      departure.departs_at + board.minutes * interval '1 minute' as departs_at, place.code as place, coupon.identity,
      coupon.fare + coupon.service_fee as amount, coupon.document_digest is not null as own_document, coupon.document_digest,
      disruption.ordered_at as stopped_at, disruption.cause
    from disrupted_ticket as stopped
    join coupon on coupon.ticket_no = stopped.ticket_no
    join disruption on disruption.id = stopped.disruption
    join departure on departure.id = coupon.departure
    join line on line.id = departure.line
    join line_stop as board on board.line = line.id and board.position = lower(coupon.stops)
    join place on place.id = board.place
    where stopped.money = 'AT_COUNTER' and coupon.state = 'SUSPENDED'
    order by stopped.ticket_no, disruption.ordered_at desc`

/** Of tickets that board at a place; those that have waited longest first. */
export async function findWaitingRefunds(sql: Queryable, place: string): Promise<WaitingRow[]> {
  return await sql<WaitingRow[]>`
    select * from (${waiting(sql)}) as waiting where place = ${place} order by stopped_at, departs_at, order_id, position limit 200`
}

export async function sumWaitingRefunds(sql: Queryable, place: string): Promise<{ tickets: number; amount: Fen }> {
  const [row] = await sql<{ tickets: number; amount: Fen }[]>`
    select count(*)::integer as tickets, coalesce(sum(amount), 0)::bigint as amount
    from (${waiting(sql)}) as waiting where place = ${place}`
  return row!
}

/** Wherever they board: what these documents may take away, children without one of their own among them. */
export async function findWaitingOf(sql: Queryable, digests: readonly Uint8Array[]): Promise<WaitingRow[]> {
  return await sql<WaitingRow[]>`
    with waiting as (${waiting(sql)}),
      own as (select * from waiting where document_digest in (
        select decode(hex, 'hex') from unnest(${hexOf(digests)}::text[]) as hex))
    select * from own
    union all
    select * from waiting where not own_document and order_id in (select order_id from own)
    order by order_id, position`
}

/** Whether every one of the tickets is one of these documents', or has none and is of an order of theirs. */
export async function areTicketsOf(
  sql: Queryable,
  tickets: readonly string[],
  digests: readonly Uint8Array[]
): Promise<boolean> {
  const [row] = await sql<{ all: boolean }[]>`
    with asked as (
      select order_id, document_digest, encode(document_digest, 'hex') = any (${hexOf(digests)}) as shown
      from coupon where ticket_no = any (${[...tickets]}))
    select count(*) = ${tickets.length} and bool_and(coalesce(shown, order_id in (select order_id from asked where shown))) as "all"
    from asked`
  return row!.all
}

const hexOf = (digests: readonly Uint8Array[]): string[] => digests.map((digest) => Buffer.from(digest).toString('hex'))
