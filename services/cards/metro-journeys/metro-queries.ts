// SQL of incomplete metro journeys.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { DoubtfulExit, KnownJourney, UsualFare } from './metro-rules.ts'

/** Longest journeys by acquirer's name, in ms. */
export async function listLongest(sql: Queryable): Promise<Map<string, number>> {
  const rows = await sql<{ name: string; ms: number }[]>`
    select distinct on (acquirer) participant.name, (extract(epoch from longest) * 1000)::float8 as ms
    from metro_terms join participant on participant.id = acquirer order by acquirer, valid_from desc`
  return new Map(rows.map(({ name, ms }) => [name, ms]))
}

/** Files of acquirers with terms whose missing lines have had their time, the oldest first. */
export async function listFilesToLookAt(sql: Queryable, now: Date, limit: number): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    select file.id from card_file as file
    where file.state = 'accepted' and file.sender in (select acquirer from metro_terms)
      and not exists (select from metro_file where file_id = file.id)
      and file.accepted_at <= ${now}::timestamptz - (select max(wait_for) from metro_terms where acquirer = file.sender)
    order by file.id limit ${limit}`
  return rows.map(({ id }) => id)
}

export interface ExitRow extends DoubtfulExit {
  cardNumber: string
  day: string
  counter: number
  at: Date
  file: number
  line: number
  acquirer: number
  issuer: number
  terminal: string
}

/** Exits of a file that were charged the most, each with the entry before it when that came after all. */
export async function listDearExits(sql: Queryable, file: number): Promise<ExitRow[]> {
  return await sql<ExitRow[]>`
    select lpad(row.card_number::text, 19, '0') as card_number, row.transaction_day::text as day, row.card_sequence as counter,
      row.occurred_at as at, row.file_id as file, row.line_number as line, row.acquirer, row.issuer, row.price, row.amount,
      row.terminal_number::text as terminal, entry.terminal as entry_terminal
    from card_transaction as row
    join lateral (select most_fen, longest from metro_terms
      where acquirer = row.acquirer and valid_from <= row.transaction_day order by valid_from desc limit 1) as terms on true
    left join lateral (
      select case when before.passage = 1 and before.acquirer = row.acquirer then before.terminal_number::text end as terminal
      from card_transaction as before
      where before.card_number = row.card_number and before.transaction_day between row.transaction_day - 1 and row.transaction_day
        and before.service = 2 and before.occurred_at < row.occurred_at and before.occurred_at >= row.occurred_at - terms.longest
      order by before.occurred_at desc limit 1 offset 0) as entry on true
    where row.file_id = ${file} and row.service = 2 and row.passage = 2 and row.price >= terms.most_fen and row.amount > 0
    order by row.line_number`
}

const daysBack = 60

/** Journeys ending at the same gate: the card's own of two months, and anybody's of the day. */
export async function listKnownJourneys(sql: Queryable, exit: ExitRow): Promise<KnownJourney[]> {
  return await sql<KnownJourney[]>`
    with ended as (
      select card_number, occurred_at, transaction_day, price, acquirer, true as own from card_transaction
      where card_number = ${exit.cardNumber}::bigint and transaction_day between ${exit.day}::date - ${daysBack}::integer and ${exit.day}::date
        and terminal_number = ${exit.terminal}::bigint and service = 2 and passage = 2 and price < ${exit.price}
      union all
      (select card_number, occurred_at, transaction_day, price, acquirer, false from card_transaction
      where terminal_number = ${exit.terminal}::bigint and transaction_day = ${exit.day}::date and service = 2 and passage = 2
        and card_number <> ${exit.cardNumber}::bigint and price < ${exit.price}
      limit 500))
    select ended.price, entry.terminal as entry_terminal, ended.own
    from ended join lateral (
      select before.terminal_number::text as terminal from card_transaction as before
      where before.card_number = ended.card_number and before.transaction_day between ended.transaction_day - 1 and ended.transaction_day
        and before.service = 2 and before.passage = 1 and before.acquirer = ended.acquirer and before.occurred_at < ended.occurred_at
      order by before.occurred_at desc limit 1 offset 0) as entry on true`
}

/** False when it was completed before. */
export async function insertCompletion(
  tx: Transaction,
  exit: ExitRow,
  { usual, load }: { usual: UsualFare; load: string | null }
): Promise<boolean> {
  const rows = await tx`
    insert into metro_completion (card_number, transaction_day, card_sequence, at, file_id, line_number, acquirer, charged_fen,
      usual_fen, rests_on, load)
    values (${exit.cardNumber}::bigint, ${exit.day}, ${exit.counter}, ${exit.at}, ${exit.file}, ${exit.line}, ${exit.acquirer},
      ${exit.amount}, ${usual.fen}, ${usual.restsOn}, ${load})
    on conflict do nothing returning card_sequence`
  return rows.length > 0
}

export async function isCompleted(sql: Queryable, { cardNumber, day, counter }: ExitRow): Promise<boolean> {
  const rows = await sql`
    select from metro_completion
    where card_number = ${cardNumber}::bigint and transaction_day = ${day} and card_sequence = ${counter}`
  return rows.length > 0
}

export async function markLookedAt(
  tx: Transaction,
  file: number,
  { exits, completed, now }: { exits: number; completed: number; now: Date }
): Promise<void> {
  await tx`
    insert into metro_file (file_id, looked_at, exits, completed) values (${file}, ${now}, ${exits}, ${completed})
    on conflict do nothing`
}

export interface Completion {
  at: Date
  acquirer: string
  chargedFen: number
  usualFen: number | null
  restsOn: UsualFare['restsOn']
}

export async function listCompletionsOfCard(sql: Queryable, cardNumber: string): Promise<Completion[]> {
  return await sql<Completion[]>`
    select at, participant.name as acquirer, charged_fen, usual_fen, rests_on
    from metro_completion join participant on participant.id = acquirer
    where card_number = ${cardNumber}::bigint order by at desc limit 50`
}

/** Completes an exit nobody could price by itself; null when there is none of that id. */
export async function listUnpriced(sql: Queryable): Promise<(Completion & { cardNumber: string; id: string })[]> {
  return await sql<(Completion & { cardNumber: string; id: string })[]>`
    select at, participant.name as acquirer, charged_fen, usual_fen, rests_on, lpad(card_number::text, 19, '0') as card_number,
      file_id || ':' || line_number as id
    from metro_completion join participant on participant.id = acquirer where usual_fen is null order by at desc limit 200`
}

export async function saveTerms(
  tx: Transaction,
  terms: {
    acquirer: number
    validFrom: string
    mostFen: number
    longestHours: number
    waitHours: number
    sample: boolean
  }
): Promise<void> {
  await tx`
    insert into metro_terms (acquirer, valid_from, most_fen, longest, wait_for, sample)
    values (${terms.acquirer}, ${terms.validFrom}, ${terms.mostFen}, make_interval(hours => ${terms.longestHours}),
      make_interval(hours => ${terms.waitHours}), ${terms.sample})
    on conflict do nothing`
}
