// The waitlist in SQL: joining, filling and ending are one statement each (functions of migration 0061).
import type { Queryable } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'
import type { NewHold } from '../order-queries.ts'
import type { WaitlistEntry } from './waitlist-schemas.ts'

export interface NewEntry {
  id: string
  digest: string
  owner: string
  total: Fen
  joinedAt: Date
  payUntil: Date
  deadline: Date
  wishes: { departure: number; closesAt: Date; hold: NewHold }[]
}

/** 'known' when the id was used before. */
export async function joinList(sql: Queryable, entry: NewEntry): Promise<'joined' | 'known'> {
  const [row] = await sql<{ answer: 'joined' | 'known' }[]>`select join_waitlist(${sql.json(entry as never)}) as answer`
  return row!.answer
}

/** Gives places that came back to the first in line; a place is in nobody else's reach before that. Answers how many were filled. */
export async function fillFreedPlaces(sql: Queryable, now: Date): Promise<number> {
  const [row] = await sql<{ filled: number | null }[]>`
    select case when exists (select from waitlist_freed) then fill_waitlist(array(select departure from waitlist_freed), ${now})
      else 0 end as filled`
  return row!.filled ?? 0
}

/** What an order's unit of work has freed goes to the list within it. */
export async function fillFreedBy(sql: Queryable, orderId: string, now: Date): Promise<void> {
  await sql`select fill_freed_places(${orderId}, ${now})`
}

/** False when the entry is not waiting. */
export async function endWaiting(
  sql: Queryable,
  id: string,
  state: 'UNFILLED' | 'CANCELLED',
  now: Date
): Promise<boolean> {
  const [row] = await sql<{ ended: boolean }[]>`select end_waiting(${id}, ${state}, ${now}) as ended`
  return row!.ended
}

export async function findPastDeadline(sql: Queryable, now: Date, batch: number): Promise<string[]> {
  const rows = await sql<{ orderId: string }[]>`
    select order_id from waitlist_entry where state = 'WAITING' and deadline <= ${now} order by deadline limit ${batch}`
  return rows.map(({ orderId }) => orderId)
}

export async function hasFreedPlaces(sql: Queryable): Promise<boolean> {
  const [row] = await sql<{ freed: boolean }[]>`select exists (select from waitlist_freed) as freed`
  return row!.freed
}

export interface EntryRow extends WaitlistEntry {
  owner: string
}

const entryRows = (sql: Queryable) => sql`
    select placed.id, placed.owner, placed.total as prepaid, placed.hold_until as pay_until, entry.deadline,
      case when entry.state = 'UNPAID' and placed.state <> 'LOCKED' then 'CANCELLED' else entry.state end as state,
      case when entry.state = 'WAITING' then (
        select count(distinct other.order_id)::integer from waitlist_wish as own
        join waitlist_wish as wish on wish.departure = own.departure and wish.open
        join waitlist_entry as other on other.order_id = wish.entry and other.queue_number < entry.queue_number
        where own.entry = entry.order_id) end as ahead,
      (select json_agg(json_build_object('departure', departure, 'total', (hold ->> 'total')::bigint) order by rank)
        from waitlist_wish where waitlist_wish.entry = entry.order_id) as wishes,
      entry.filled_order as "order"
    from waitlist_entry as entry join ticket_order as placed on placed.id = entry.order_id`

export async function findEntry(sql: Queryable, id: string): Promise<EntryRow | null> {
  const [row] = await sql<EntryRow[]>`${entryRows(sql)} where entry.order_id = ${id}`
  return row ?? null
}

/** The latest entries of one owner, newest first. */
export async function findEntriesOf(sql: Queryable, owner: string): Promise<EntryRow[]> {
  return await sql<EntryRow[]>`${entryRows(sql)} where placed.owner = ${owner} order by placed.placed_at desc limit 50`
}
