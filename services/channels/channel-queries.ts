// Channels, their accounts and movements.
import type { BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { SellingTerms } from './channel-rules.ts'
import type { Channel, ChannelTerms, Movement } from './channel-schemas.ts'

const channels = (sql: Queryable, today: BusinessDay) => sql`
    select channel.code, name, kind, state, opens_minute, closes_minute, tickets_per_day,
      trim_scale(commission_rate)::text as commission_rate, ticket_charge, credit_limit, balance,
      coalesce(channel_day.tickets, 0) as sold_today
    from channel
    join channel_account as account on account.channel = channel.id
    left join channel_day on channel_day.channel = channel.id and channel_day.day = ${today}`

export async function listChannels(sql: Queryable, today: BusinessDay): Promise<Channel[]> {
  return await sql<Channel[]>`${channels(sql, today)} order by channel.code`
}

export async function findChannel(sql: Queryable, code: string, today: BusinessDay): Promise<Channel | null> {
  const [channel] = await sql<Channel[]>`${channels(sql, today)} where channel.code = ${code}`
  return channel ?? null
}

export async function findChannelId(sql: Queryable, code: string): Promise<number | null> {
  const [row] = await sql<{ id: number }[]>`select id from channel where code = ${code}`
  return row?.id ?? null
}

export async function listSellingTerms(sql: Queryable): Promise<({ code: string } & SellingTerms)[]> {
  return await sql`select code, state, opens_minute, closes_minute from channel`
}

/** Lowering the limit below what is drawn is refused by the account's own constraint. */
export async function saveChannel(tx: Transaction, code: string, terms: ChannelTerms): Promise<void> {
  const { name, kind, state, opensMinute, closesMinute, ticketsPerDay, commissionRate, ticketCharge } = terms
  const [row] = await tx<{ id: number }[]>`
    insert into channel (code, name, kind, state, opens_minute, closes_minute, tickets_per_day, commission_rate, ticket_charge)
    values (${code}, ${name}, ${kind}, ${state}, ${opensMinute}, ${closesMinute}, ${ticketsPerDay}, ${commissionRate}::numeric,
      ${ticketCharge})
    on conflict on constraint channel_code do update set name = excluded.name, kind = excluded.kind, state = excluded.state,
      opens_minute = excluded.opens_minute, closes_minute = excluded.closes_minute,
      tickets_per_day = excluded.tickets_per_day, commission_rate = excluded.commission_rate,
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
