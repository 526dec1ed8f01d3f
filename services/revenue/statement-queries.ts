// Days of ticket revenue and the statements made of them.
import type { BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import { platformCode } from './party-queries.ts'
import type { RevenueLine } from './revenue-lines.ts'

/** The earliest clearing day that is closed and has no statements of ticket revenue yet. */
export async function findDayToPublish(sql: Queryable): Promise<BusinessDay | null> {
  const [row] = await sql<{ day: BusinessDay }[]>`
    select day from clearing_day where closed_at is not null and not exists (select from revenue_day where revenue_day.day = clearing_day.day)
    order by day limit 1`
  return row?.day ?? null
}

export async function isPublished(sql: Queryable, day: BusinessDay): Promise<boolean> {
  return (await sql`select 1 from revenue_day where day = ${day}`).length > 0
}

export async function markRevenuePublished(tx: Transaction, day: BusinessDay, now: Date): Promise<void> {
  await tx`insert into revenue_day (day, published_at) values (${day}, ${now})`
}

export interface Batch {
  id: number
  lines: number
  digest: Uint8Array
}

export async function listBatches(sql: Queryable, day: BusinessDay): Promise<Batch[]> {
  return await sql<Batch[]>`select id, lines, digest from revenue_batch where day = ${day} order by id`
}

const lineColumns = (sql: Queryable) => sql`
  line.ticket_no, line.kind, line.at, line.channel, line.carrier, line.station, line.receivable, line.channel_unearned,
  line.channel_earned, line.carrier_unearned, line.carrier_earned, line.station_unearned, line.station_earned,
  line.platform_unearned, line.platform_earned`

export async function listBatchLines(sql: Queryable, batch: number): Promise<RevenueLine[]> {
  return await sql<RevenueLine[]>`
    select ${lineColumns(sql)} from revenue_line as line where batch = ${batch} order by line.line`
}

/** Everybody a line of the day concerns, the platform included, in a fixed order. */
export async function listDayParties(sql: Queryable, day: BusinessDay): Promise<number[]> {
  const rows = await sql<{ party: number }[]>`
    select distinct concerned.party
    from revenue_batch as batch join revenue_line as line on line.batch = batch.id
    cross join lateral (values (line.channel), (line.carrier), (line.station),
      ((select id from participant where code = ${platformCode}))) as concerned (party)
    where batch.day = ${day} order by concerned.party`
  return rows.map(({ party }) => party)
}

export async function listPartyLines(sql: Queryable, party: number, day: BusinessDay): Promise<RevenueLine[]> {
  return await sql<RevenueLine[]>`
    select ${lineColumns(sql)}
    from revenue_batch as batch join revenue_line as line on line.batch = batch.id
    where batch.day = ${day} and (${party} in (line.channel, line.carrier, line.station)
      or exists (select from participant where id = ${party} and role = 'platform'))
    order by line.batch, line.line`
}

export async function findPlatform(sql: Queryable): Promise<number | null> {
  const [row] = await sql<{ id: number }[]>`select id from participant where code = ${platformCode}`
  return row?.id ?? null
}

export async function findPartyCode(sql: Queryable, id: number): Promise<string> {
  const [row] = await sql<{ code: string }[]>`select code from participant where id = ${id}`
  return row!.code
}

export async function nextNumber(tx: Transaction, party: number): Promise<number> {
  const [row] = await tx<{ next: number }[]>`
    select coalesce(max(number), 0) + 1 as next from revenue_statement where party = ${party}`
  return row!.next
}

export interface Statement {
  number: number
  day: BusinessDay
  lines: number
  net: Fen
  digest: Uint8Array
  signature: Uint8Array
  publishedAt: Date
}

export async function insertStatement(tx: Transaction, party: number, statement: Statement): Promise<void> {
  const { number, day, lines, net, digest, signature, publishedAt } = statement
  await tx`
    insert into revenue_statement (party, number, day, lines, net, digest, signature, published_at)
    values (${party}, ${number}, ${day}, ${lines}, ${net}, ${digest}, ${signature}, ${publishedAt})`
}

export interface ListedStatement extends Omit<Statement, 'signature'> {
  party: string
  name: string
}

/** The latest first; of one party, or of all. */
export async function listStatements(
  sql: Queryable,
  { party, before, limit }: { party: string | null; before: BusinessDay | null; limit: number }
): Promise<ListedStatement[]> {
  return await sql<ListedStatement[]>`
    select participant.code as party, participant.name, number, day, lines, net, digest, published_at
    from revenue_statement as statement join participant on participant.id = statement.party
    where (${party}::text is null or participant.code = ${party}) and (${before}::date is null or day < ${before}::date)
    order by day desc, participant.code limit ${limit}`
}

export async function findStatement(sql: Queryable, party: number, number: number): Promise<Statement | null> {
  const [statement] = await sql<Statement[]>`
    select number, day, lines, net, digest, signature, published_at from revenue_statement
    where party = ${party} and number = ${number}`
  return statement ?? null
}
