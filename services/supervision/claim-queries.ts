// Money given back on tickets that stay what they are: recorded, paid through the charges it came from, and told in the ticket's history.
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'

export interface NewClaim {
  /** Of the refund that pays it. */
  id: string
  orderId: string
  ticketNo: string
  amount: Fen
  cause: 'overcharge' | 'service-failure'
  caseId: string | null
  actor: string
  digest: Uint8Array
}

/** Refunds, changes and claims of one order take turns here. */
export async function lockOrderOf(tx: Transaction, ticketNo: string): Promise<void> {
  await tx`
    select from ticket_order where id = (select order_id from coupon where ticket_no = ${ticketNo}) for update`
}

export async function findClaim(sql: Queryable, id: string): Promise<{ requestDigest: Uint8Array } | null> {
  const [row] = await sql<{ requestDigest: Uint8Array }[]>`
    select request_digest from refund where id = ${id} and reason = 'claim'`
  return row ?? null
}

/** Who calls this holds the order's lock and has seen that so much is left. */
export async function recordClaim(tx: Transaction, claim: NewClaim, now: Date): Promise<void> {
  const { id, orderId, ticketNo, amount, cause, caseId, actor, digest } = claim
  await tx`
    insert into refund (id, order_id, request_digest, reason, amount, state, asked_at, next_attempt_at)
    values (${id}, ${orderId}, ${Buffer.from(digest)}, 'claim', ${amount}, 'PAYING', ${now}, ${now})`
  await tx`
    with told as (
      insert into ticket_event (ticket_no, event, state, at, actor, detail)
      select ticket_no, 'claim', state, ${now}, ${actor}, ${`${cause} ${amount}`} from coupon where ticket_no = ${ticketNo}
      returning id)
    insert into ticket_claim (refund, event, ticket_no, amount, cause, case_id, settled_at, actor)
    select ${id}, told.id, ${ticketNo}, ${amount}, ${cause}, ${caseId}, ${now}, ${actor} from told`
  await tx`select lay_refund(${id})`
}

/** Tickets noted when a ceiling was published below their fare (migration 0109), whose ride is over, or that ended otherwise. */
export async function listOvercharged(sql: Queryable, now: Date, limit: number): Promise<string[]> {
  const rows = await sql<{ ticketNo: string }[]>`
    select overcharge.ticket_no from overcharge
    join coupon on coupon.ticket_no = overcharge.ticket_no
    join departure on departure.id = coupon.departure
    where departure.departs_at < ${now} and coupon.state not in ('ISSUED', 'SUSPENDED', 'REFUNDING')
    order by overcharge.ticket_no limit ${limit}`
  return rows.map(({ ticketNo }) => ticketNo)
}

export async function forgetOvercharge(tx: Transaction, ticketNo: string): Promise<void> {
  await tx`delete from overcharge where ticket_no = ${ticketNo}`
}

/** Broken connections nobody decided on, all of whose suspended tickets were for departures before then. */
export async function listAbandonedConnections(
  sql: Queryable,
  departedBefore: Date
): Promise<{ id: string; journey: string }[]> {
  return await sql<{ id: string; journey: string }[]>`
    select broken.id, broken.journey from broken_connection as broken
    join coupon on coupon.ticket_no = any(broken.tickets) and coupon.state = 'SUSPENDED'
    join departure on departure.id = coupon.departure
    where broken.state = 'OPEN'
    group by broken.id having max(departure.departs_at) < ${departedBefore} order by broken.broken_at limit 500`
}
