// Counts exchanged after a departure, and the simulated counterparts' own books.
import type { Database, Queryable, Transaction } from '../../../clearing/database.ts'
import { transaction } from '../../../clearing/database.ts'
import type { CountsByClass } from '../station-schemas.ts'
import type { AskedCount } from './count-party.ts'
import type { CountExchange } from './dispatch-schemas.ts'

/** On water the port counts as well as the carrier. */
export async function askForCounts(
  tx: Transaction,
  { departure, position, mode }: { departure: number; position: number; mode: string },
  now: Date
): Promise<void> {
  const parties = mode === 'ferry' ? ['port', 'carrier'] : ['carrier']
  await tx`
    insert into count_exchange (departure, position, party, next_attempt_at)
    select ${departure}, ${position}, party, ${now} from unnest(${parties}::text[]) as party`
}

export async function hasDueCounts(sql: Queryable, now: Date): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`
    select exists (select from count_exchange where state = 'WAITING' and next_attempt_at <= ${now}) as due`
  return row!.due
}

/** Takes counts to be asked for and puts their next asking further away. */
export async function claimDueCounts(sql: Database, now: Date): Promise<AskedCount[]> {
  return await transaction(
    sql,
    async (tx) =>
      await tx<AskedCount[]>`
      update count_exchange as exchange
      set attempts = attempts + 1, next_attempt_at = ${now}::timestamptz + least(30 * 2 ^ least(attempts, 6), 1800) * interval '1 second'
      from dispatch
      where dispatch.departure = exchange.departure and dispatch.position = exchange.position
        and (exchange.departure, exchange.position, exchange.party) in (
          select departure, position, party from count_exchange where state = 'WAITING' and next_attempt_at <= ${now}
          order by next_attempt_at limit 100 for update skip locked)
      returning exchange.departure, exchange.position, exchange.party, dispatch.counts as ours`
  )
}

export async function recordTheirCounts(
  tx: Transaction,
  { departure, position, party }: AskedCount,
  { theirs, agreed }: { theirs: CountsByClass; agreed: boolean },
  now: Date
): Promise<void> {
  await tx`
    update count_exchange set state = ${agreed ? 'AGREED' : 'DIFFERS'}, theirs = ${tx.json(theirs)}, answered_at = ${now}, next_attempt_at = null
    where departure = ${departure} and position = ${position} and party = ${party} and state = 'WAITING'`
}

/** Those of one place on a day, or all that differ there. */
export async function findExchanges(
  sql: Queryable,
  { place, departure = null }: { place: string; departure?: number | null }
): Promise<CountExchange[]> {
  return await sql<CountExchange[]>`
    select exchange.departure, place.code as place, departure.number, departure.departs_at + stop.minutes * interval '1 minute' as departs_at,
      exchange.party, exchange.state, dispatch.counts as ours, exchange.theirs, exchange.settlement
    from count_exchange as exchange
    join dispatch on dispatch.departure = exchange.departure and dispatch.position = exchange.position
    join departure on departure.id = exchange.departure
    join line_stop as stop on stop.line = departure.line and stop.position = exchange.position
    join place on place.id = stop.place and place.code = ${place}
    where (${departure}::integer is null and exchange.state = 'DIFFERS') or exchange.departure = ${departure}
    order by departs_at, exchange.departure, exchange.party limit 200`
}

/** Asked again, or explained. False when it does not differ. */
export async function endDifference(
  tx: Transaction,
  of: { departure: number; place: string; party: string },
  end: { settlement: string; actor: string } | null,
  now: Date
): Promise<boolean> {
  const change = end
    ? tx`state = 'SETTLED', settled_by = ${end.actor}, settlement = ${end.settlement}`
    : tx`state = 'WAITING', next_attempt_at = ${now}`
  const rows = await tx`
    update count_exchange as exchange set ${change}
    from departure join line_stop as stop on stop.line = departure.line join place on place.id = stop.place
    where exchange.departure = ${of.departure} and departure.id = exchange.departure and stop.position = exchange.position
      and place.code = ${of.place} and exchange.party = ${of.party} and exchange.state = 'DIFFERS' returning exchange.departure`
  return rows.length > 0
}

/** The simulated party's count: the first is what it makes of the departure, a later one is right. Answers how often it was asked. */
export async function bookSimulatedCount(
  sql: Queryable,
  { departure, position, party }: AskedCount,
  { first, right }: { first: CountsByClass; right: CountsByClass }
): Promise<CountsByClass> {
  const [row] = await sql<{ counts: CountsByClass }[]>`
    insert into simulated_count as book (departure, position, party, counts)
    values (${departure}, ${position}, ${party}, ${sql.json(first)})
    on conflict (departure, position, party) do update set asked = book.asked + 1, counts = ${sql.json(right)}
    returning counts`
  return row!.counts
}
