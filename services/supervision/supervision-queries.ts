// SQL of ratings and cases. Every step of a case appends an event under the case's own lock, so two handlers cannot both take it.
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import type { CaseKind, CaseState, CaseSubject } from './case-rules.ts'
import type { RatingRequest, RatingSummary } from './supervision-schemas.ts'

/** False when the ticket was rated before. */
export async function insertRating(
  tx: Transaction,
  { ticketNo, departure, ...stars }: RatingRequest & { ticketNo: string; departure: number },
  now: Date
): Promise<boolean> {
  const { count } = await tx`
    insert into ticket_rating (ticket_no, departure, punctuality, comfort, staff, rated_at)
    values (${ticketNo}, ${departure}, ${stars.punctuality}, ${stars.comfort}, ${stars.staff}, ${now})
    on conflict do nothing`
  return count === 1
}

/** By carrier, over the days of departure; groups of fewer than `least` are left out. */
export async function sumRatings(
  sql: Queryable,
  { from, to, least }: { from: string; to: string; least: number }
): Promise<RatingSummary[]> {
  return await sql<RatingSummary[]>`
    select carrier.code as carrier, carrier.name as carrier_name, count(*)::integer as ratings,
      round(avg(punctuality), 2)::float as punctuality, round(avg(comfort), 2)::float as comfort, round(avg(staff), 2)::float as staff
    from ticket_rating as rating
    join departure on departure.id = rating.departure
    join line on line.id = departure.line
    join carrier on carrier.id = line.carrier
    where departure.day between ${from} and ${to}
    group by carrier.id having count(*) >= ${least} order by carrier.code`
}

export interface CaseRow {
  id: string
  number: string
  kind: CaseKind
  subject: CaseSubject
  ticketNo: string | null
  owner: string
  asked: Fen | null
  state: CaseState
  party: string | null
  requestDigest: Uint8Array
  openedAt: Date
  acceptBy: Date
  answerBy: Date
  answeredAt: Date | null
  /** What was paid on it. */
  paid: Fen
}

const cases = (sql: Queryable) => sql`
  select service_case.*, coalesce((select sum(amount)::bigint from ticket_claim where case_id = service_case.id), 0)::bigint as paid
  from service_case`

export async function findCase(sql: Queryable, id: string): Promise<CaseRow | null> {
  const [row] = await sql<CaseRow[]>`${cases(sql)} where id = ${id}`
  return row ?? null
}

export async function lockCase(tx: Transaction, id: string): Promise<CaseRow | null> {
  await tx`select from service_case where id = ${id} for update`
  return await findCase(tx, id)
}

export async function listCasesOf(sql: Queryable, owner: string): Promise<CaseRow[]> {
  return await sql<CaseRow[]>`${cases(sql)} where owner = ${owner} order by opened_at desc limit 200`
}

/** The one due soonest first. */
export async function listOpenCases(sql: Queryable, limit: number): Promise<CaseRow[]> {
  return await sql<CaseRow[]>`
    ${cases(sql)} where state in ('RECEIVED', 'ACCEPTED', 'TRANSFERRED', 'ANSWERED')
    order by case when state = 'ANSWERED' then 1 else 0 end, answer_by limit ${limit}`
}

export interface Deadline {
  acceptHours: number
  answerDays: number
}

export async function findDeadline(sql: Queryable, kind: CaseKind, day: string): Promise<Deadline> {
  const [row] = await sql<Deadline[]>`
    select accept_hours, answer_days from case_deadline where kind = ${kind} and effective_from <= ${day}
    order by effective_from desc limit 1`
  return row!
}

export interface NewCase extends Omit<CaseRow, 'number' | 'state' | 'party' | 'answeredAt' | 'paid'> {
  day: string
}

/** False when the id is taken. */
export async function insertCase(tx: Transaction, opened: NewCase): Promise<boolean> {
  const { id, kind, subject, ticketNo, owner, asked, requestDigest, openedAt, acceptBy, answerBy, day } = opened
  const { count } = await tx`
    insert into service_case (id, number, kind, subject, ticket_no, owner, asked, state, request_digest, opened_at, accept_by, answer_by)
    values (${id}, ${day.replaceAll('-', '')} || lpad(nextval('case_number')::text, 6, '0'), ${kind}, ${subject}, ${ticketNo}, ${owner},
      ${asked}, 'RECEIVED', ${Buffer.from(requestDigest)}, ${openedAt}, ${acceptBy}, ${answerBy})
    on conflict (id) do nothing`
  return count === 1
}

export async function setCaseState(
  tx: Transaction,
  { id, state, party, answerBy, answeredAt }: Pick<CaseRow, 'id' | 'state' | 'party' | 'answerBy' | 'answeredAt'>
): Promise<void> {
  await tx`
    update service_case set state = ${state}, party = ${party}, answer_by = ${answerBy}, answered_at = ${answeredAt} where id = ${id}`
}

export interface CaseEvent {
  ordinal: number
  at: Date
  event: string
  actor: string
  words: Uint8Array | null
}

export async function nextOrdinal(tx: Transaction, id: string): Promise<number> {
  const [row] = await tx<{ next: number }[]>`select count(*)::integer + 1 as next from case_event where case_id = ${id}`
  return row!.next
}

export async function insertCaseEvent(tx: Transaction, id: string, event: CaseEvent): Promise<void> {
  const { ordinal, at, actor, words } = event
  await tx`
    insert into case_event (case_id, ordinal, event, at, actor, words)
    values (${id}, ${ordinal}, ${event.event}, ${at}, ${actor}, ${words && Buffer.from(words)})`
}

export async function listCaseEvents(sql: Queryable, id: string): Promise<CaseEvent[]> {
  return await sql<CaseEvent[]>`
    select ordinal, at, event, actor, words from case_event where case_id = ${id} order by ordinal`
}

/** Cases that missed a deadline and are not marked, and answered ones nobody took up again. */
export async function listDueCases(sql: Queryable, now: Date, closeBefore: Date): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from service_case
    where (state = 'ANSWERED' and answered_at < ${closeBefore})
      or (((state = 'RECEIVED' and accept_by < ${now}) or (state in ('RECEIVED', 'ACCEPTED', 'TRANSFERRED') and answer_by < ${now}))
        and not exists (select from case_event where case_id = service_case.id and event = 'overdue'
          and at > case when answer_by < ${now} then answer_by else accept_by end))
    order by answer_by limit 500`
  return rows.map(({ id }) => id)
}

export interface TicketEvidence {
  departure: number
  line: string
  carrier: string
  departsAt: Date
  departureState: string
  couponState: string
  fare: Fen
  serviceFee: Fen
  ceiling: Fen | null
  claimed: Fen
  orderId: string
}

/** What we know of the ride; null for a leg that has no departure yet. */
export async function findEvidence(sql: Queryable, ticketNo: string): Promise<TicketEvidence | null> {
  const [row] = await sql<TicketEvidence[]>`
    select departure.id as departure, line.code as line, carrier.code as carrier, departure.departs_at + board.minutes * interval '1 minute' as departs_at,
      departure.state as departure_state, coupon.state as coupon_state, coupon.fare, coupon.service_fee, coupon.order_id,
      ceiling_of(line.id, lower(coupon.stops), upper(coupon.stops), departure.day) as ceiling,
      coalesce((select sum(amount)::bigint from ticket_claim where ticket_claim.ticket_no = coupon.ticket_no), 0)::bigint as claimed
    from coupon
    join departure on departure.id = coupon.departure
    join line on line.id = departure.line
    join carrier on carrier.id = line.carrier
    join line_stop as board on board.line = line.id and board.position = lower(coupon.stops)
    where coupon.ticket_no = ${ticketNo}`
  return row ?? null
}
