// Credentials, what a gate needs to know of a ticket, and the checks it made.
import type { Queryable, Transaction } from '../../clearing/database.ts'
import { refuse } from '../refusals.ts'
import type { CouponState } from '../ticketing/coupon-rules.ts'
import type { CouponKind } from '../ticketing/fare-rules.ts'
import { policyInForce } from '../timetable/departure-queries.ts'
import type { DepartureState } from '../timetable/timetable-schemas.ts'
import type { CodeForm } from './boarding-schemas.ts'

export interface BoardingTicket {
  ticketNo: string
  orderId: string
  position: number
  state: CouponState
  seat: number | null
  fareKind: CouponKind
  documentKind: string | null
  documentDigest: Uint8Array | null
  identity: Uint8Array
  departure: number
  departureState: DepartureState
  departsAt: Date
  from: string
  fromName: string
  to: string
  toName: string
  notBefore: Date
  notAfter: Date
  checkedAt: Date | null
  checkedGate: number | null
  /** Of its credentials: how often they were re-issued. */
  edition: number
}

const tickets = (sql: Queryable) => sql`
    select coupon.ticket_no, coupon.order_id, coupon.position, coupon.state, coupon.seat_number as seat, coupon.fare_kind,
      coupon.document_kind, coupon.document_digest, coupon.identity, departure.id as departure, departure.state as departure_state,
      boards.at as departs_at, origin.code as "from", origin.name as from_name, destination.code as "to", destination.name as to_name,
      boards.at - policy.check_in_opens_minutes * interval '1 minute' as not_before,
      boards.at - policy.check_in_closes_minutes * interval '1 minute' as not_after,
      opened.checked_at, opened.number as checked_gate,
      (select coalesce(max(edition), 0)::integer from credential_reissue where credential_reissue.ticket_no = coupon.ticket_no) as edition
    from coupon
    join departure on departure.id = coupon.departure
    join line on line.id = departure.line
    join line_stop as board on board.line = line.id and board.position = lower(coupon.stops)
    join line_stop as alight on alight.line = line.id and alight.position = upper(coupon.stops)
    join place as origin on origin.id = board.place
    join place as destination on destination.id = alight.place
    cross join lateral (select departure.departs_at + board.minutes * interval '1 minute' as at) as boards
    ${policyInForce(sql, sql`board.position`)}
    left join lateral (
      select checked_at, gate.number from boarding_check join gate on gate.id = boarding_check.gate
      where boarding_check.ticket_no = coupon.ticket_no and result = 'OPEN' and undone_at is null) as opened on true`

export async function findBoardingTicket(sql: Queryable, ticketNo: string): Promise<BoardingTicket | null> {
  const [ticket] = await sql<BoardingTicket[]>`${tickets(sql)} where coupon.ticket_no = ${ticketNo}`
  return ticket ?? null
}

/** The tickets of a document that board at a place about now, those not yet checked first. */
export async function findTicketsAtGate(
  sql: Queryable,
  { documentDigest, place }: { documentDigest: Uint8Array; place: string },
  now: Date
): Promise<BoardingTicket[]> {
  return await sql<BoardingTicket[]>`
    ${tickets(sql)}
    where coupon.document_digest = ${documentDigest} and coupon.live and coupon.state <> 'HELD' and origin.code = ${place}
      and departure.departs_at between ${now}::timestamptz - interval '2 days' and ${now}::timestamptz + interval '2 days'
      and ${now} between boards.at - policy.check_in_opens_minutes * interval '1 minute'
        and boards.at - policy.check_in_closes_minutes * interval '1 minute'
    order by coupon.state = 'ISSUED' desc, boards.at`
}

/** Checks of one ticket wait for each other, and for its refund, here. */
export async function lockTicket(tx: Transaction, ticketNo: string): Promise<void> {
  await tx`select from coupon where ticket_no = ${ticketNo} for update`
}

interface CredentialKey {
  ticketNo: string
  form: CodeForm
  edition: number
}

export async function findCredential(
  sql: Queryable,
  { ticketNo, form, edition }: CredentialKey
): Promise<Uint8Array | null> {
  const [row] = await sql<{ body: Uint8Array }[]>`
    select body from credential where ticket_no = ${ticketNo} and form = ${form} and edition = ${edition}`
  return row?.body ?? null
}

/** The first one stays; returns the one that is there. */
export async function keepCredential(
  tx: Transaction,
  { body, ...key }: CredentialKey & { body: Uint8Array },
  now: Date
): Promise<Uint8Array> {
  await tx`
    insert into credential (ticket_no, form, edition, body, issued_at)
    values (${key.ticketNo}, ${key.form}, ${key.edition}, ${body}, ${now})
    on conflict do nothing`
  return (await findCredential(tx, key))!
}

export interface GateRow {
  id: number
  number: number
  place: string
  placeName: string
}

/** Throws the refusal gate-not-found. */
export async function findGate(sql: Queryable, id: number): Promise<GateRow> {
  const [row] = await sql<GateRow[]>`
    select gate.id, gate.number, place.code as place, place.name as place_name
    from gate join place on place.id = gate.place where gate.id = ${id}`
  if (!row) throw refuse('gate-not-found')
  return row
}

export interface CheckRow {
  id: number
  gate: number
  nonce: string
  ticketNo: string | null
  means: 'code' | 'slip' | 'document'
  result: 'OPEN' | 'REFUSED'
  code: string
  /** What the refusal's words name. */
  named: Record<string, string>
  actor: string
  checkedAt: Date
  undoneAt: Date | null
}

export async function findCheckByNonce(sql: Queryable, gate: number, nonce: string): Promise<CheckRow | null> {
  const [row] = await sql<CheckRow[]>`select * from boarding_check where gate = ${gate} and nonce = ${nonce}`
  return row ?? null
}

/** Null when another check with this nonce came first. */
export async function recordCheck(
  tx: Transaction,
  check: Omit<CheckRow, 'id' | 'undoneAt'>,
  gateName: string
): Promise<CheckRow | null> {
  const { gate, nonce, ticketNo, means, result, code, named, actor, checkedAt } = check
  const [row] = await tx<CheckRow[]>`
    insert into boarding_check (gate, nonce, ticket_no, means, result, code, named, actor, checked_at)
    values (${gate}, ${nonce}, ${ticketNo}, ${means}, ${result}, ${code}, ${tx.json(named)}, ${actor}, ${checkedAt})
    on conflict (gate, nonce) do nothing
    returning *`
  if (!row) return null
  if (ticketNo === null) return row
  if (result === 'OPEN') await tx`update coupon set state = 'CHECKED' where ticket_no = ${ticketNo}`
  await tx`
    insert into ticket_event (ticket_no, event, state, at, actor, detail)
    select ticket_no, ${result === 'OPEN' ? 'check-in' : 'check-refused'}, state, ${checkedAt}, ${actor},
      ${[gateName, code].filter(Boolean).join(' ')}
    from coupon where ticket_no = ${ticketNo}`
  return row
}

export async function lockCheck(tx: Transaction, id: number): Promise<CheckRow | null> {
  const [row] = await tx<CheckRow[]>`select * from boarding_check where id = ${id} for update`
  return row ?? null
}

/** The ticket is as before the check; its history keeps both. */
export async function undoCheck(tx: Transaction, check: CheckRow, actor: string, now: Date): Promise<void> {
  await tx`update boarding_check set undone_at = ${now} where id = ${check.id}`
  await tx`update coupon set state = 'ISSUED' where ticket_no = ${check.ticketNo} and state = 'CHECKED'`
  await tx`
    insert into ticket_event (ticket_no, event, state, at, actor)
    values (${check.ticketNo}, 'undo-check-in', 'ISSUED', ${now}, ${actor})`
}
