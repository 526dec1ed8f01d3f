// Sealed identities as the desk asks for them, the audit of who saw them, and what the live check answered.
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { FoundTicket, IdentityAccess, IdentityVerdict } from './identity-schemas.ts'

export interface SealedTicket {
  orderId: string
  position: number
  identity: Uint8Array
}

export async function findSealedTicket(sql: Queryable, ticketNo: string): Promise<SealedTicket | null> {
  const [row] = await sql<SealedTicket[]>`
    select order_id, position, identity from coupon
    where ticket_no = ${ticketNo} and state not in ('HELD', 'RELEASED')`
  return row ?? null
}

/** Every ticket ever sold to a document that is not forgotten, the latest day first. */
export async function findTicketsByDigest(sql: Queryable, documentDigest: Uint8Array): Promise<FoundTicket[]> {
  return await sql<FoundTicket[]>`
    select coupon.ticket_no, coupon.state, line.code as line, departure.number, departure.day, origin.name as from_name,
      destination.name as to_name
    from coupon
    join departure on departure.id = coupon.departure
    join line on line.id = departure.line
    join line_stop as board on board.line = line.id and board.position = lower(coupon.stops)
    join line_stop as alight on alight.line = line.id and alight.position = upper(coupon.stops)
    join place as origin on origin.id = board.place
    join place as destination on destination.id = alight.place
    where coupon.document_digest = ${documentDigest} and coupon.state not in ('HELD', 'RELEASED')
    order by departure.day desc, coupon.ticket_no
    limit 500`
}

/** One look at a time for each account, so that many at once cannot slip past the limit. Returns how many it took since then. */
export async function countAccesses(tx: Transaction, actor: string, since: Date): Promise<number> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`identity_access ${actor}`}, 0))`
  const [row] = await tx<{ count: number }[]>`
    select count(*)::integer as count from identity_access where actor = ${actor} and at > ${since}`
  return row!.count
}

export async function insertAccess(tx: Transaction, access: Omit<IdentityAccess, 'id'>): Promise<void> {
  await tx`insert into identity_access ${tx(access, 'at', 'actor', 'kind', 'reason', 'note', 'tickets')}`
}

export async function findAccesses(sql: Queryable, ticketNo: string | null): Promise<IdentityAccess[]> {
  return await sql<IdentityAccess[]>`
    select id, at, actor, kind, reason, note, tickets from identity_access
    where ${ticketNo}::text is null or tickets @> array[${ticketNo}::text]
    order by id desc
    limit 200`
}

export interface NewVerdict extends IdentityVerdict {
  documentDigest: Uint8Array
}

export async function insertVerdicts(sql: Queryable, verdicts: NewVerdict[]): Promise<void> {
  const columns = [
    'orderId',
    'documentKind',
    'documentDigest',
    'verdict',
    'decision',
    'answeredInMs',
    'askedAt'
  ] as const
  await sql`insert into identity_verdict ${sql(verdicts, ...columns)}`
}

/** The digests, in hexadecimal, that matched since then. */
export async function findMatchesSince(sql: Queryable, digests: Uint8Array[], since: Date): Promise<Set<string>> {
  if (digests.length === 0) return new Set()
  const rows = await sql<{ digest: string }[]>`
    select distinct encode(document_digest, 'hex') as digest from identity_verdict
    where verdict = 'match' and document_digest in ${sql(digests)} and asked_at > ${since}`
  return new Set(rows.map(({ digest }) => digest))
}

export async function findVerdicts(sql: Queryable, orderId: string): Promise<IdentityVerdict[]> {
  return await sql<IdentityVerdict[]>`
    select order_id, document_kind, verdict, decision, answered_in_ms, asked_at from identity_verdict
    where order_id = ${orderId} order by id`
}
