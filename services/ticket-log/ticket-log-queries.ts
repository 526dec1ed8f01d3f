// SQL of the ticket log. Leaves are numbered under one lock, in the order of the outbox, in which nothing committed late is passed over.
import { hex } from '../../card-crypto/bytes.ts'
import type { Tile } from '../../card-crypto/merkle.ts'
import type { Queryable, Transaction } from '../../clearing/database.ts'
import { actorRole } from './leaf-rules.ts'
import type { LoggedEvent, TicketLogHead } from './ticket-log-schemas.ts'

const appendLock = 7_236_021
const reader = 'ticket-log'

/** Whoever holds it is the only one to append or sign until its transaction ends. */
export async function lockTicketLog(tx: Transaction): Promise<void> {
  await tx`select pg_advisory_xact_lock(${appendLock})`
}

/** How many leaves there are. */
export async function findLogSize(sql: Queryable): Promise<number> {
  const [row] = await sql<
    { size: number }[]
  >`select coalesce(max(position) + 1, 0)::integer as size from ticket_log_leaf`
  return row!.size
}

export interface UnloggedEvent {
  id: number
  unit: string
  ticketNo: string
  event: string
  state: string
  at: string
  actor: string
  detail: string
}

const eventColumns = (sql: Queryable) => sql`
  event.ticket_no, event.event, event.state, event.actor, event.detail,
  to_char(event.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`

export async function readUnloggedEvents(tx: Transaction, batch: number): Promise<UnloggedEvent[]> {
  await tx`insert into outbox_cursor (reader, unit, event) values (${reader}, '0', 0) on conflict do nothing`
  return await tx<UnloggedEvent[]>`
    select event.id, event.unit, ${eventColumns(tx)} from ticket_event as event, outbox_cursor as cursor
    where cursor.reader = ${reader} and (event.unit, event.id) > (cursor.unit, cursor.event)
      and event.unit < pg_snapshot_xmin(pg_current_snapshot())
    order by event.unit, event.id limit ${batch}`
}

export async function hasUnloggedEvents(sql: Queryable): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`
    select exists (
      select from ticket_event
      where (unit, id) > (coalesce((select unit from outbox_cursor where reader = ${reader}), '0'),
          coalesce((select event from outbox_cursor where reader = ${reader}), 0))
        and unit < pg_snapshot_xmin(pg_current_snapshot())) as due`
  return row!.due
}

export async function insertLeaves(
  tx: Transaction,
  { from, events, salts }: { from: number; events: readonly UnloggedEvent[]; salts: readonly Uint8Array[] }
): Promise<void> {
  const last = events.at(-1)!
  await tx`
    with moved as (
      update outbox_cursor set unit = ${last.unit}::xid8, event = ${last.id} where reader = ${reader})
    insert into ticket_log_leaf (position, event, salt)
    select ${from}::integer + ordinal::integer - 1, event, decode(salt, 'hex')
    from unnest(${events.map(({ id }) => id)}::integer[], ${salts.map(hex)}::text[])
      with ordinality as leaf (event, salt, ordinal)`
}

export async function saveTiles(tx: Transaction, tiles: readonly Tile[]): Promise<void> {
  await tx`
    insert into ticket_log_tile (level, index, hashes)
    select level, index, decode(hashes, 'hex')
    from unnest(${tiles.map(({ level }) => level)}::smallint[], ${tiles.map(({ index }) => index)}::integer[],
      ${tiles.map(({ hashes }) => hex(hashes))}::text[]) as tile (level, index, hashes)
    on conflict (level, index) do update set hashes = excluded.hashes`
}

/** Those that are there. */
export async function findTiles(sql: Queryable, wanted: readonly { level: number; index: number }[]): Promise<Tile[]> {
  return await sql<Tile[]>`
    select level, index, hashes from ticket_log_tile
    where (level, index) in (
      select * from unnest(${wanted.map(({ level }) => level)}::smallint[], ${wanted.map(({ index }) => index)}::integer[]))`
}

interface HeadRow {
  day: string
  size: number
  root: Uint8Array
  signature: Uint8Array
  signedAt: Date
}

const headOf = ({ day, size, root, signature, signedAt }: HeadRow): TicketLogHead => ({
  day,
  size,
  root: hex(root),
  signature: hex(signature),
  signedAt: signedAt.toISOString()
})

export async function insertHead(tx: Transaction, head: HeadRow): Promise<void> {
  await tx`
    insert into ticket_log_head (day, size, root, signature, signed_at)
    values (${head.day}, ${head.size}, ${Buffer.from(head.root)}, ${Buffer.from(head.signature)}, ${head.signedAt})`
}

export async function findLastHead(sql: Queryable): Promise<TicketLogHead | null> {
  const [row] = await sql<HeadRow[]>`select * from ticket_log_head order by id desc limit 1`
  return row ? headOf(row) : null
}

/** The latest head that covers this many events. */
export async function findHeadOfSize(sql: Queryable, size: number): Promise<TicketLogHead | null> {
  const [row] = await sql<HeadRow[]>`select * from ticket_log_head where size = ${size} order by id desc limit 1`
  return row ? headOf(row) : null
}

/** The last head of each day, the latest day first; `before` a day for the next page. */
export async function listDailyHeads(sql: Queryable, before: string | null, limit: number): Promise<TicketLogHead[]> {
  // From day to day by the index: of the heads of a day, one a minute, only the last is looked at.
  const rows = await sql<HeadRow[]>`
    with recursive signed as (
      select max(day) as day from ticket_log_head where ${before}::date is null or day < ${before}::date
      union all
      select (select max(day) from ticket_log_head where day < signed.day) from signed where signed.day is not null)
    select head.* from (select day from signed where day is not null limit ${limit}) as signed
    cross join lateral (
      select * from ticket_log_head where day = signed.day order by size desc limit 1) as head
    order by head.day desc`
  return rows.map(headOf)
}

/** Every head, in the order they were signed. */
export async function listHeads(sql: Queryable): Promise<TicketLogHead[]> {
  return (await sql<HeadRow[]>`select * from ticket_log_head order by id`).map(headOf)
}

export interface Leaf extends LoggedEvent {
  position: number
}

interface LeafRow extends Omit<UnloggedEvent, 'id' | 'unit'> {
  position: number
  salt: Uint8Array
}

const leafOfRow = ({ position, ticketNo, event, state, at, actor, detail, salt }: LeafRow): Leaf => ({
  position,
  ticketNo,
  event,
  state,
  at,
  by: actorRole(actor),
  detail,
  salt: hex(salt)
})

/** What of a ticket is in the log, in order, and how many of its events are not yet. */
export async function findTicketLeaves(
  sql: Queryable,
  ticketNo: string
): Promise<{ leaves: Leaf[]; unlogged: number }> {
  const rows = await sql<(LeafRow & { position: number | null })[]>`
    select leaf.position, leaf.salt, ${eventColumns(sql)}
    from ticket_event as event left join ticket_log_leaf as leaf on leaf.event = event.id
    where event.ticket_no = ${ticketNo} order by leaf.position`
  const logged = rows.filter(({ position }) => position !== null)
  return { leaves: logged.map(leafOfRow), unlogged: rows.length - logged.length }
}

/** From a position on; a leaf whose event was taken away has an empty ticket number. */
export async function listLeaves(sql: Queryable, from: number, limit: number): Promise<Leaf[]> {
  const rows = await sql<LeafRow[]>`
    select leaf.position, leaf.salt, coalesce(event.ticket_no, '') as ticket_no, coalesce(event.event, '') as event,
      coalesce(event.state, '') as state, coalesce(event.actor, '') as actor, coalesce(event.detail, '') as detail,
      coalesce(to_char(event.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '') as at
    from ticket_log_leaf as leaf left join ticket_event as event on event.id = leaf.event
    where leaf.position >= ${from} order by leaf.position limit ${limit}`
  return rows.map(leafOfRow)
}

/** Events the cursor has passed and no leaf holds: somebody put them in later. */
export async function findUnloggedPast(sql: Queryable): Promise<{ id: number; ticketNo: string } | null> {
  const [row] = await sql<{ id: number; ticketNo: string }[]>`
    select event.id, event.ticket_no from ticket_event as event, outbox_cursor as cursor
    where cursor.reader = ${reader} and (event.unit, event.id) <= (cursor.unit, cursor.event)
      and not exists (select from ticket_log_leaf where event = event.id)
    order by event.id limit 1`
  return row ?? null
}
