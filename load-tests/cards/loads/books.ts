// What the database says about card loads while they are made, and a policy whose day is some seconds long.
import type { Database } from '../../../clearing/database.ts'
import { transaction } from '../../../clearing/database.ts'

export interface LoadBooks {
  imbalance: number
  open: number
  openLoads: number
  funding: number
  loaded: number
  returned: number
  credited: number
  /** Decided only by the day, and nobody was told before. */
  unalarmed: number
  /** The latest alarm, as a share of the time it is allowed (5 of 1,440 minutes). */
  latestAlarmShare: number
  unposted: number
}

/** Alarms after 4 minutes and decides after 22 hours of a day that is so many seconds long; never sooner than a round can see. */
export async function hastenTheDay(sql: Database, seconds: number): Promise<void> {
  const alarm = `${Math.max(0.5, (seconds * 4) / 1440)} seconds`
  await transaction(
    sql,
    async (tx) =>
      await tx`
      insert into load_policy (valid_from, single_least, single_most, balance_most, daily_most, alarm_after, decide_after)
      values (now() - interval '1 second', 100, 100000, 2000000000, 2000000000, ${alarm}::interval, ${`${(seconds * 22) / 24} seconds`}::interval)`
  )
}

export async function askTheBooks(sql: Database): Promise<LoadBooks> {
  const [row] = await sql<LoadBooks[]>`
    select
      (select coalesce(sum(case
          when kind in ('fund', 'use-credit', 'withdraw-credit', 'shortfall', 'move', 'overcharge') then amount
          when kind in ('load', 'return', 'credit') then -amount else 0 end), 0)::bigint from load_line)
        - coalesce(sum(amount) filter (where state in ('FUNDED', 'AUTHORISED', 'RETURNING')), 0)::bigint as imbalance,
      coalesce(sum(amount) filter (where state in ('FUNDED', 'AUTHORISED', 'RETURNING')), 0)::bigint as open,
      (count(*) filter (where state in ('FUNDED', 'AUTHORISED', 'RETURNING')))::integer as open_loads,
      (count(*) filter (where state = 'FUNDING'))::integer as funding,
      (count(*) filter (where state = 'LOADED'))::integer as loaded,
      (count(*) filter (where state = 'RETURNED'))::integer as returned,
      (count(*) filter (where state = 'CREDITED'))::integer as credited,
      (count(*) filter (where evidence in ('deadline', 'no-card') and alarmed_at is null))::integer as unalarmed,
      coalesce(max(extract(epoch from alarmed_at - funded_at)), 0)::float8 as latest_alarm_share,
      (select count(*) from load_line where batch is null)::integer as unposted
    from card_load`
  const [policy] = await sql<{ day: number }[]>`
    select (extract(epoch from decide_after) * 24 / 22)::float8 as day from load_policy order by valid_from desc limit 1`
  return { ...row!, latestAlarmShare: Number((row!.latestAlarmShare / policy!.day).toFixed(4)) }
}
