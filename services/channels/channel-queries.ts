// Channels, their accounts and movements.
import { calendarDay } from '../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { SellingTerms } from './channel-rules.ts'
import type { Channel, ChannelTerms, Movement } from './channel-schemas.ts'

const channels = (sql: Queryable, now: Date) => sql`
    select channel.code, name, kind, state, opens_minute, closes_minute, tickets_per_day,
      trim_scale(commission_rate)::text as commission_rate, ticket_charge, credit_limit, balance,
      refunds_free_quota, case when tickets_per_day is not null then quota_used(channel.id, ${calendarDay(now)}, ${now}) end as sold_today
    from channel
    join channel_account as account on account.channel = channel.id`

export async function listChannels(sql: Queryable, now: Date): Promise<Channel[]> {
  return await sql<Channel[]>`${channels(sql, now)} order by channel.code`
}

export async function findChannel(sql: Queryable, code: string, now: Date): Promise<Channel | null> {
  const [channel] = await sql<Channel[]>`${channels(sql, now)} where channel.code = ${code}`
  return channel ?? null
}

export async function findChannelId(sql: Queryable, code: string): Promise<number | null> {
  const [row] = await sql<{ id: number }[]>`select id from channel where code = ${code}`
  return row?.id ?? null
}

type Listed = { code: string; ticketsPerDay: number | null } & SellingTerms

export async function listSellingTerms(sql: Queryable): Promise<Listed[]> {
  return await sql<Listed[]>`select code, state, opens_minute, closes_minute, tickets_per_day from channel`
}

/** Lowering the limit below what is drawn is refused by the account's own constraint. */
export async function saveChannel(tx: Transaction, code: string, terms: ChannelTerms): Promise<void> {
  const {
    name,
    kind,
    state,
    opensMinute,
    closesMinute,
    ticketsPerDay,
    refundsFreeQuota,
    commissionRate,
    ticketCharge
  } = terms
  const [row] = await tx<{ id: number }[]>`
    insert into channel (code, name, kind, state, opens_minute, closes_minute, tickets_per_day, refunds_free_quota, commission_rate,
      ticket_charge)
    values (${code}, ${name}, ${kind}, ${state}, ${opensMinute}, ${closesMinute}, ${ticketsPerDay}, ${refundsFreeQuota},
      ${commissionRate}::numeric, ${ticketCharge})
    on conflict on constraint channel_code do update set name = excluded.name, kind = excluded.kind, state = excluded.state,
      opens_minute = excluded.opens_minute, closes_minute = excluded.closes_minute,
      tickets_per_day = excluded.tickets_per_day, refunds_free_quota = excluded.refunds_free_quota, commission_rate = excluded.commission_rate,
      ticket_charge = excluded.ticket_charge
    returning id`
  await tx`
    insert into channel_account (channel, credit_limit) values (${row!.id}, ${terms.creditLimit})
    on conflict (channel) do update set credit_limit = excluded.credit_limit`
}

export async function findTopUp(sql: Queryable, id: string): Promise<{ channel: number; amount: number } | null> {
  const [row] = await sql<{ channel: number; amount: number }[]>`
    select channel, amount from channel_movement where kind = 'top-up' and key = ${id}`
  return row ?? null
}

/** The latest first; `before` an id for the next page. */
export async function listMovements(
  sql: Queryable,
  { code, before, limit }: { code: string; before: number | null; limit: number }
): Promise<Movement[]> {
  return await sql<Movement[]>`
    select movement.id, movement.kind, key, amount, balance, at
    from channel_movement as movement join channel on channel.id = movement.channel
    where channel.code = ${code} and (${before}::integer is null or movement.id < ${before})
    order by movement.id desc limit ${limit}`
}

export async function markSample(tx: Transaction, code: string): Promise<void> {
  await tx`update channel set sample = true where code = ${code}`
}

/** 广园 is known to be of class 1; other sample stations get 2, ports 3. A place that has a class keeps it. */
export async function classPlaces(tx: Transaction): Promise<void> {
  await tx`
    update place set class = case when code = '440100007' then 1 when kind = 'station' then 2 else 3 end
    where sample and class is null`
}
