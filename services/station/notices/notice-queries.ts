// Notices in SQL: one for each order a command touched on a departure, by each means that reaches its holder.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import type { Message, MessageOutcome } from './messenger.ts'
import { attemptsMax, retryAfterSeconds, type NoticeFacts } from './notice-rules.ts'

type Means = Message['means']

/** In the unit of work that touched the tickets: nobody is touched without being told. */
export async function tellPassengers(
  tx: Transaction,
  { disruption, departure, means }: { disruption: string; departure: number; means: Means[] },
  now: Date
): Promise<void> {
  await tx`
    insert into notice (disruption, order_id, departure, means, state, passengers, next_attempt_at, ended_at)
    select ${disruption}, holder.order_id, ${departure}, way.means, way.state, holder.passengers, ${now},
      case when way.state <> 'WAITING' then ${now}::timestamptz end
    from (
      select ticket.order_id, placed.owner, count(*)::smallint as passengers, account.id is not null as account, account.phone is not null as phone
      from disrupted_ticket as ticket
      join ticket_order as placed on placed.id = ticket.order_id
      left join sign_in_account as account on placed.owner like 'passenger:%' and account.id::text = substr(placed.owner, 11)
      where ticket.disruption = ${disruption} and ticket.departure = ${departure}
      group by ticket.order_id, placed.owner, account.id) as holder
    cross join lateral (
      select means, 'WAITING' as state from unnest(${means}::text[]) as means
      where (means = 'app' and account) or (means in ('sms', 'voice') and phone)
      union all select 'channel', 'HANDED_OVER' where owner like 'channel:%'
      union all select 'none', 'NO_ADDRESS' where not account and owner not like 'channel:%') as way
    on conflict do nothing`
}

export async function hasDueNotices(sql: Queryable, now: Date): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`
    select exists (select from notice where state = 'WAITING' and next_attempt_at <= ${now}) as due`
  return row!.due
}

export interface DueNotice {
  id: string
  means: Means
  /** The account, and its phone as it is sealed. */
  account: string
  phone: Uint8Array | null
  attempts: number
  disruption: string
  departure: number
  orderId: string
}

/**
 * Takes as many notices of a means as its provider takes by now, and leases them for a minute. What is not used of a second's allowance
 * does not pile up: a provider's limit is a rate.
 */
export async function claimDueNotices(sql: Database, means: Means, batch: number, now: Date): Promise<DueNotice[]> {
  return await transaction(sql, async (tx) => {
    const [pace] = await tx<{ allowed: number }[]>`
      select floor(extract(epoch from ${now}::timestamptz - greatest(spent_until, ${now}::timestamptz - interval '2 seconds')) * per_second)::integer
        as allowed from notice_pace where means = ${means} for update`
    const most = Math.min(pace!.allowed, batch)
    if (most <= 0) return []
    const due = await tx<DueNotice[]>`
      update notice set next_attempt_at = ${now}::timestamptz + interval '1 minute', attempts = attempts + 1
      from ticket_order as placed join sign_in_account as account on account.id::text = substr(placed.owner, 11)
      where notice.id in (
          select id from notice where means = ${means} and state = 'WAITING' and next_attempt_at <= ${now}
          order by next_attempt_at limit ${most} for update skip locked)
        and placed.id = notice.order_id and placed.owner like 'passenger:%'
      returning notice.id, notice.means, account.id as account, account.phone, notice.attempts, notice.disruption, notice.departure, notice.order_id`
    await tx`
      update notice_pace set spent_until = greatest(spent_until, ${now}::timestamptz - interval '2 seconds')
        + ${due.length}::integer * interval '1 second' / per_second
      where means = ${means}`
    return due
  })
}

/** By `disruption departure order`. */
export async function findNoticeFacts(
  sql: Queryable,
  notices: readonly Pick<DueNotice, 'disruption' | 'departure' | 'orderId'>[]
): Promise<Map<string, NoticeFacts>> {
  const rows = await sql<(NoticeFacts & { disruption: string; departure: number; orderId: string })[]>`
    select asked.disruption, asked.departure, asked.order_id, disruption.kind, departure.number, ends.to_name,
      departure.departs_at, departure.planned_departs_at as planned_at, target.number as target_number, target.departs_at as target_departs_at,
      counted.*
    from (select distinct disruption::uuid, departure, "orderId"::uuid as order_id
      from jsonb_to_recordset(${sql.json(notices.map(({ disruption, departure, orderId }) => ({ disruption, departure, orderId })))})
        as notice(disruption text, departure integer, "orderId" text)) as asked
    join disruption on disruption.id = asked.disruption
    join departure on departure.id = asked.departure
    left join departure as target on target.id = disruption.target
    cross join lateral (
      select place.name as to_name from line_stop as last join place on place.id = last.place
      where last.line = departure.line order by last.position desc limit 1) as ends
    cross join lateral (
      select count(*) filter (where outcome = 'SUSPENDED')::integer as suspended,
        count(*) filter (where money in ('DUE', 'ASKED'))::integer as refunding,
        count(*) filter (where money = 'AT_COUNTER')::integer as at_counter
      from disrupted_ticket as ticket
      where ticket.disruption = asked.disruption and ticket.departure = asked.departure and ticket.order_id = asked.order_id) as counted`
  return new Map(rows.map((row) => [factsKey(row), row]))
}

export const factsKey = ({
  disruption,
  departure,
  orderId
}: Pick<DueNotice, 'disruption' | 'departure' | 'orderId'>): string => `${disruption} ${departure} ${orderId}`

/** The delivery log, and what follows from each outcome. */
export async function recordAttempts(
  tx: Transaction,
  attempts: readonly { id: string; attempts: number; outcome: MessageOutcome }[],
  now: Date
): Promise<void> {
  const rows = attempts.map(({ id, attempts: attempt, outcome }) => {
    const over = outcome === 'refused' || (outcome === 'later' && attempt >= attemptsMax)
    const state = outcome === 'delivered' ? 'SENT' : over ? 'GIVEN_UP' : 'WAITING'
    return { id, attempt, outcome, state, after: outcome === 'later' ? retryAfterSeconds(attempt) : 0 }
  })
  await tx`
    with outcomes as materialized (
      select * from jsonb_to_recordset(${tx.json(rows)}) as one(id uuid, attempt smallint, outcome text, state text, after integer)),
    logged as (
      insert into notice_attempt (notice, attempt, at, outcome) select id, attempt, ${now}, outcome from outcomes on conflict do nothing)
    update notice set state = outcomes.state, next_attempt_at = ${now}::timestamptz + after * interval '1 second',
      ended_at = case when outcomes.state <> 'WAITING' then ${now}::timestamptz end
    from outcomes where notice.id = outcomes.id and notice.state = 'WAITING'`
}

/** The latest news of an owner's orders, the newest first. */
export async function findNoticesOf(
  sql: Queryable,
  owner: string
): Promise<(DueNotice & { at: Date; tickets: string[] })[]> {
  return await sql<(DueNotice & { at: Date; tickets: string[] })[]>`
    select notice.id, notice.disruption, notice.departure, notice.order_id, disruption.ordered_at as at,
      (select array_agg(ticket.ticket_no order by ticket.ticket_no) from disrupted_ticket as ticket
        where ticket.disruption = notice.disruption and ticket.order_id = notice.order_id and ticket.departure = notice.departure) as tickets
    from ticket_order as placed
    join notice on notice.order_id = placed.id and notice.means in ('app', 'channel', 'none')
    join disruption on disruption.id = notice.disruption
    where placed.owner = ${owner} and disruption.ordered_at > (select max(ordered_at) from disruption) - interval '30 days'
    order by disruption.ordered_at desc, notice.departure limit 20`
}

export interface LoggedNotice {
  means: Means | 'channel' | 'none'
  state: 'WAITING' | 'SENT' | 'GIVEN_UP' | 'HANDED_OVER' | 'NO_ADDRESS'
  passengers: number
  attempts: number
  endedAt: Date | null
  ticketNo: string
}

/** The delivery log of a command, as the station sees it: no address, no name. */
export async function findNoticesOfDisruption(sql: Queryable, disruption: string): Promise<LoggedNotice[]> {
  return await sql<LoggedNotice[]>`
    select means, state, passengers, attempts, ended_at,
      (select min(ticket_no) from disrupted_ticket as ticket
        where ticket.disruption = notice.disruption and ticket.order_id = notice.order_id) as ticket_no
    from notice where disruption = ${disruption} order by state = 'SENT', ended_at desc nulls first, ticket_no limit 500`
}
