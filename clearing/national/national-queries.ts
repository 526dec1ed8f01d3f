// SQL of the exchange with the national centre: what was forwarded, what came back, and where the two are not one.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'
import type { ExactFen, Fen } from '../money.ts'
import type { Answer, Sent, TheirDay } from './national-rules.ts'

export async function insertCities(
  tx: Transaction,
  cities: readonly { cityCode: string; name: string; validFrom: BusinessDay; sample: boolean }[]
): Promise<void> {
  await tx`insert into interoperable_city ${tx(cities.map((city) => ({ ...city })))} on conflict do nothing`
}

/** Published days with cross-province rides that are not on their way yet, the earliest first. */
export async function listDaysToForward(sql: Queryable): Promise<BusinessDay[]> {
  const rows = await sql<{ day: BusinessDay }[]>`
    select distinct total.day
    from settlement_total as total join participant as issuer on issuer.id = total.issuer
      join clearing_day on clearing_day.day = total.day
    where issuer.settles_through is not null and clearing_day.published_at is not null
      and not exists (select from forwarding where forwarding.day = total.day)
    order by total.day`
  return rows.map((row) => row.day)
}

export interface LineToForward {
  fileId: number
  lineNumber: number
  acquirer: number
  issuer: number
  service: number
  cardNumber: string
  cardSequence: number
  occurredAt: Date
  amount: Fen
}

/** The cross-province lines of a day, where they stand. Those that came from the national centre themselves are not sent back. */
export async function listLinesToForward(sql: Queryable, day: BusinessDay): Promise<LineToForward[]> {
  return await sql<LineToForward[]>`
    select row.file_id, row.line_number, row.acquirer, row.issuer, row.service, row.card_number::text as card_number,
      row.card_sequence, row.occurred_at, row.amount::bigint as amount
    from card_transaction as row join card_file as file on file.id = row.file_id
    where file.clearing_day = ${day} and file.state = 'accepted' and file.format = 'cttic'
      and row.file_id between (select min(id) from card_file where clearing_day = ${day})
        and (select max(id) from card_file where clearing_day = ${day})
      and row.issuer = any(array(select id from participant where role = 'issuer' and settles_through is not null))
    order by row.file_id, row.line_number`
}

export interface Forwarding {
  id: number
  day: BusinessDay
  name: string
  storedAs: string
  lines: number
  amount: Fen
  madeAt: Date
  sentAt: Date | null
  answerCode: string | null
  answeredAt: Date | null
}

export async function countForwardings(sql: Queryable): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::integer as count from forwarding`
  return row!.count
}

/** Undefined when another process was first. */
export async function insertForwarding(
  tx: Transaction,
  forwarding: Pick<Forwarding, 'day' | 'name' | 'storedAs' | 'lines' | 'amount' | 'madeAt'> & { digest: Uint8Array }
): Promise<number | undefined> {
  const digest = Buffer.from(forwarding.digest)
  const [row] = await tx<{ id: number }[]>`
    insert into forwarding ${tx({ ...forwarding, digest })} on conflict (day) do nothing returning id`
  return row?.id
}

export async function insertForwardedLines(
  tx: Transaction,
  forwarding: number,
  lines: readonly (LineToForward & { expectedKeep: ExactFen })[]
): Promise<void> {
  const rows = lines.map((line) => ({
    card_number: line.cardNumber,
    card_sequence: line.cardSequence,
    occurred_at: line.occurredAt.toISOString(),
    file_id: line.fileId,
    line_number: line.lineNumber,
    amount: line.amount,
    expected_keep: line.expectedKeep
  }))
  await tx`
    insert into forwarded_line (forwarding, card_number, card_sequence, occurred_at, file_id, line_number, amount, expected_keep)
    select ${forwarding}, card_number, card_sequence, occurred_at, file_id, line_number, amount, expected_keep
    from jsonb_to_recordset(${tx.json(rows)}) as line (card_number bigint, card_sequence integer, occurred_at timestamptz,
      file_id integer, line_number integer, amount integer, expected_keep numeric)`
}

export async function listForwardings(sql: Queryable, limit: number): Promise<Forwarding[]> {
  return await sql<Forwarding[]>`
    select id, day, name, stored_as, lines, amount, made_at, sent_at, answer_code, answered_at
    from forwarding order by day desc limit ${limit}`
}

export async function listUnsent(sql: Queryable): Promise<Forwarding[]> {
  return await sql<Forwarding[]>`
    select id, day, name, stored_as, lines, amount, made_at, sent_at, answer_code, answered_at
    from forwarding where sent_at is null order by day`
}

export async function markSent(tx: Transaction, id: number, now: Date): Promise<void> {
  await tx`update forwarding set sent_at = ${now} where id = ${id} and sent_at is null`
}

/** The answer to a whole file; false when we never sent one of that name. */
export async function markFileAnswered(tx: Transaction, name: string, code: string, now: Date): Promise<boolean> {
  const rows = await tx`
    update forwarding set answer_code = ${code}, answered_at = coalesce(answered_at, ${now}) where name = ${name} returning id`
  return rows.length > 0
}

/** In the order of the answers; undefined where we never sent such a line. */
export async function findSent(sql: Queryable, answers: readonly Answer[]): Promise<(Sent | undefined)[]> {
  const rows = await sql<(Sent & { nth: number })[]>`
    select asked.nth, line.file_id, line.line_number, line.amount::bigint as amount,
      trim_scale(line.expected_keep)::text as expected_keep
    from jsonb_to_recordset(${sql.json(answers.map((each, nth) => ({ nth, card: each.cardNumber, sequence: each.cardSequence, at: each.occurredAt.toISOString() })))})
        as asked (nth integer, card bigint, sequence integer, at timestamptz)
      cross join lateral (
        select * from forwarded_line
        where card_number = asked.card and card_sequence = asked.sequence and occurred_at = asked.at offset 0) as line`
  const found: (Sent | undefined)[] = answers.map(() => undefined)
  for (const { nth, ...sent } of rows) found[nth] = sent
  return found
}

export async function markAnswered(tx: Transaction, result: number, answers: readonly Answer[]): Promise<void> {
  const rows = answers.map((each) => ({
    card: each.cardNumber,
    sequence: each.cardSequence,
    at: each.occurredAt.toISOString(),
    code: each.code,
    keep: each.keep
  }))
  await tx`
    update forwarded_line as line set code = said.code, stated_keep = said.keep, answered_by = ${result}
    from jsonb_to_recordset(${tx.json(rows)})
      as said (card bigint, sequence integer, at timestamptz, code text, keep numeric)
    where line.card_number = said.card and line.card_sequence = said.sequence and line.occurred_at = said.at`
}

export interface NationalResult {
  id: number
  name: string
  kind: string
  day: BusinessDay | null
  lines: number
  amount: Fen
  net: ExactFen | null
  fileId: number | null
  receivedAt: Date
}

export async function listResults(sql: Queryable, limit: number): Promise<NationalResult[]> {
  return await sql<NationalResult[]>`
    select id, name, kind, day, lines, amount, trim_scale(net)::text as net, file_id, received_at
    from national_result order by id desc limit ${limit}`
}

export async function listResultNames(sql: Queryable): Promise<Set<string>> {
  const rows = await sql<{ name: string }[]>`select name from national_result`
  return new Set(rows.map((row) => row.name))
}

/** Undefined when it was taken before. */
export async function insertResult(
  tx: Transaction,
  result: Omit<NationalResult, 'id'> & { digest: Uint8Array; storedAs: string }
): Promise<number | undefined> {
  const digest = Buffer.from(result.digest)
  const [row] = await tx<{ id: number }[]>`
    insert into national_result ${tx({ ...result, digest })} on conflict (name) do nothing returning id`
  return row?.id
}

/** What the FB and CL of one of their days came to, as taken. */
export async function sumTheirDay(sql: Queryable, day: BusinessDay): Promise<TheirDay> {
  const [row] = await sql<TheirDay[]>`
    select ${day}::date as day, coalesce(sum(lines), 0)::integer as lines, coalesce(sum(amount), 0)::bigint as amount,
      trim_scale(coalesce(sum(net) filter (where kind = 'FB'), 0))::text as income,
      trim_scale(coalesce(-sum(net) filter (where kind = 'CL'), 0))::text as expense
    from national_result where day = ${day} and kind in ('FB', 'CL')`
  return row!
}

/** Asked last so long ago that it is time again; marked as asked. One of several workers gets true. */
export async function beginExchange(tx: Transaction, { now, before }: { now: Date; before: Date }): Promise<boolean> {
  const rows = await tx`
    insert into national_exchange (asked_at) values (${now})
    on conflict (one) do update set asked_at = excluded.asked_at where national_exchange.asked_at < ${before} returning one`
  return rows.length > 0
}

export async function isExchangeDue(sql: Queryable, before: Date): Promise<boolean> {
  const rows = await sql`select from national_exchange where asked_at >= ${before}`
  return rows.length === 0
}

/** BINs of other provinces that a new list no longer names end with a day. */
export async function endForeignBins(tx: Transaction, named: readonly string[], last: BusinessDay): Promise<void> {
  await tx`
    update bin set valid_to = ${last}
    from participant as issuer
    where issuer.id = bin.issuer and issuer.settles_through is not null and bin.valid_from <= ${last}
      and (bin.valid_to is null or bin.valid_to > ${last}) and not (bin.bin = any(${[...named]}))`
}

/** Those in force already go on; those that ended begin again. A BIN of our own province is nobody else's. */
export async function insertForeignBins(
  tx: Transaction,
  rows: readonly { issuer: string; bin: string }[],
  from: BusinessDay
): Promise<void> {
  await tx`
    insert into bin (bin, issuer, valid_from)
    select wanted.bin, issuer.id, ${from}
    from unnest(${rows.map((row) => row.bin)}::text[], ${rows.map((row) => row.issuer)}::text[]) as wanted (bin, issuer)
      join participant as issuer on issuer.code = wanted.issuer and issuer.settles_through is not null
    where wanted.bin ~ '^[0-9]{6,10}$' and not exists (
      select from bin as held where held.bin = wanted.bin and held.valid_from <= ${from}
        and (held.valid_to is null or held.valid_to >= ${from}))
    on conflict (bin, valid_from) do update set valid_to = null`
}

/** Organisation codes nobody is registered under: whoever is one of ours stays so. */
export async function listUnknown(sql: Queryable, codes: readonly string[]): Promise<string[]> {
  const rows = await sql<{ code: string }[]>`
    select code from unnest(${[...codes]}::text[]) as code where not exists (select from participant where participant.code = code.code)`
  return rows.map((row) => row.code)
}
