// SQL of disputes: the terms of a day, their states under the row's lock, what happened to them, and what a run books.
import type { BusinessDay } from '../business-day.ts'
import { violates, type Queryable, type Transaction } from '../database.ts'
import type { Fen } from '../money.ts'
import { refuse } from '../refusals.ts'
import type { CorrectionLine, DisputeTerms, EarlierDispute } from './dispute-rules.ts'
import type { Dispute, DisputeEvent, NewDispute } from './dispute-schemas.ts'

export async function findTerms(sql: Queryable, day: BusinessDay): Promise<DisputeTerms> {
  const [row] = await sql<DisputeTerms[]>`
    select raise_days, answer_days, silence, trim_scale(fee_rate)::text as fee_rate
    from dispute_terms where valid_from <= ${day} order by valid_from desc limit 1`
  return row!
}

export interface Original {
  acquirer: number
  issuer: number
  service: number
  cardNumber: string
  cardSequence: number
  balanceBefore: number | null
  occurredAt: Date
  /** With what earlier disputes made of it. */
  amount: number
}

/** The accepted line as it stands now; undefined when there is none, or when it is an entry, which is never money. */
export async function findOriginal(sql: Queryable, file: number, line: number): Promise<Original | undefined> {
  const [row] = await sql<Original[]>`
    select row.acquirer, row.issuer, row.service, row.card_number::text as card_number, row.card_sequence, row.balance_before,
      row.occurred_at, coalesce(
        (select adjusted_amount from dispute
         where dispute.file_id = row.file_id and dispute.line_number = row.line_number and state = 'booked'
         order by id desc limit 1), row.amount) as amount
    from card_transaction as row where row.file_id = ${file} and row.line_number = ${line} and row.passage <> 1`
  return row
}

export async function listEarlier(sql: Queryable, file: number, line: number): Promise<EarlierDispute[]> {
  return await sql<EarlierDispute[]>`
    select kind, state from dispute where file_id = ${file} and line_number = ${line} order by id`
}

/** Of two raised at once, the second finds the first under way. */
export async function insertDispute(tx: Transaction, dispute: NewDispute): Promise<number> {
  try {
    const [row] = await tx<{ id: number }[]>`insert into dispute ${tx({ ...dispute })} returning id`
    return row!.id
  } catch (error) {
    if (violates(error, 'dispute_under_way')) throw refuse('dispute-refused', { code: '020025' })
    throw error
  }
}

export async function insertEvent(tx: Transaction, dispute: number, event: DisputeEvent): Promise<void> {
  await tx`insert into dispute_event ${tx({ dispute, ...event })}`
}

export async function listEvents(sql: Queryable, dispute: number): Promise<DisputeEvent[]> {
  return await sql<DisputeEvent[]>`
    select at, event, by, detail from dispute_event where dispute = ${dispute} order by number`
}

function selectDispute(sql: Queryable) {
  return sql`
    select dispute.id, dispute.kind, dispute.reason, dispute.file_id || ':' || dispute.line_number as transaction,
      dispute.day, dispute.serial, acquirer.code as acquirer, issuer.code as issuer, dispute.service, dispute.amount,
      dispute.adjusted_amount, raiser.code as raised_by, answerer.code as answered_by, dispute.state, dispute.lapsed,
      dispute.raised_at, dispute.answer_due, dispute.answered_at, dispute.maker, dispute.checker, run.number as adjustment
    from dispute
      join participant as acquirer on acquirer.id = dispute.acquirer
      join participant as issuer on issuer.id = dispute.issuer
      join participant as raiser on raiser.id = dispute.raised_by
      join participant as answerer on answerer.id = dispute.answered_by
      left join adjustment_run as run on run.id = dispute.run`
}

export async function findDispute(sql: Queryable, id: number): Promise<Dispute | undefined> {
  const [row] = await sql<Dispute[]>`${selectDispute(sql)} where dispute.id = ${id}`
  return row
}

/** The one under way about a transaction of a day, by its serial there. */
export async function findUnderWay(sql: Queryable, day: BusinessDay, serial: number): Promise<Dispute | undefined> {
  const [row] = await sql<Dispute[]>`
    ${selectDispute(sql)} where dispute.day = ${day} and dispute.serial = ${serial} and dispute.state = 'raised'`
  return row
}

export interface DisputeFilter {
  state?: string | null
  participant?: number | null
  limit: number
}

/** Those that wait for somebody first, by their deadlines. */
export async function listDisputes(
  sql: Queryable,
  { state = null, participant = null, limit }: DisputeFilter
): Promise<Dispute[]> {
  return await sql<Dispute[]>`
    ${selectDispute(sql)}
    where (${state}::text is null or dispute.state = ${state})
      and (${participant}::smallint is null or ${participant} in (dispute.raised_by, dispute.answered_by))
    order by dispute.state in ('booked', 'declined', 'answered'), dispute.answer_due, dispute.id limit ${limit}`
}

/** Locked until we commit; the ids stand for the codes. */
export interface LockedDispute {
  id: number
  kind: string
  state: Dispute['state']
  day: BusinessDay
  acquirer: number
  issuer: number
  service: number
  agreement: number
  amount: number
  adjustedAmount: number
  raisedBy: number
  answeredBy: number
  answerDue: Date
  maker: string | null
}

export async function lockDispute(tx: Transaction, id: number): Promise<LockedDispute> {
  const [row] = await tx<LockedDispute[]>`select * from dispute where id = ${id} for update`
  if (!row) throw refuse('dispute-not-found', { id })
  return row
}

export async function markAnswered(
  tx: Transaction,
  id: number,
  { state, lapsed, now }: { state: 'agreed' | 'declined' | 'answered'; lapsed: boolean; now: Date }
): Promise<void> {
  await tx`update dispute set state = ${state}, lapsed = ${lapsed}, answered_at = ${now} where id = ${id}`
}

export async function markProposed(tx: Transaction, id: number, maker: string): Promise<void> {
  await tx`update dispute set state = 'proposed', maker = ${maker} where id = ${id}`
}

export async function markBooked(tx: Transaction, id: number, booked: { checker: string; run: number }): Promise<void> {
  await tx`update dispute set ${tx({ state: 'booked', ...booked })} where id = ${id}`
}

export async function listUnanswered(sql: Queryable, now: Date): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    select id from dispute where state = 'raised' and answer_due < ${now} order by id`
  return rows.map((row) => row.id)
}

export async function countUnderWay(sql: Queryable, day: BusinessDay): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::integer as count from dispute where day = ${day} and state in ('raised', 'agreed', 'proposed')`
  return row!.count
}

export async function insertLines(
  tx: Transaction,
  keys: { run: number; dispute: number },
  lines: readonly CorrectionLine[]
): Promise<void> {
  await tx`insert into adjustment_line ${tx(lines.map((line) => ({ ...keys, ...line })))}`
}

export interface RunLine extends CorrectionLine {
  dispute: number
  kind: string
  reason: string
  transaction: string
  serial: number
  acquirer: number
  issuer: number
  service: number
  agreement: number
  raisedBy: number
  answeredBy: number
  originalAmount: Fen
  adjustedAmount: Fen
  cardNumber: string
  cardSequence: number
  balanceBefore: number | null
  occurredAt: Date
}

/** What a run corrects, in the order of disputes; the reversal before the adjusted row. */
export async function listRunLines(sql: Queryable, run: number): Promise<RunLine[]> {
  return await sql<RunLine[]>`
    select line.dispute, line.line, line.amount, trim_scale(line.fee)::text as fee,
      trim_scale(line.acquirer_fee)::text as acquirer_fee, trim_scale(line.issuer_fee)::text as issuer_fee,
      trim_scale(line.dispute_fee)::text as dispute_fee, dispute.kind, dispute.reason,
      dispute.file_id || ':' || dispute.line_number as transaction, dispute.serial, dispute.acquirer, dispute.issuer,
      dispute.service, dispute.agreement, dispute.raised_by, dispute.answered_by,
      dispute.amount::bigint as original_amount, dispute.adjusted_amount::bigint as adjusted_amount,
      row.card_number::text as card_number, row.card_sequence, row.balance_before, row.occurred_at
    from adjustment_line as line join dispute on dispute.id = line.dispute
      join card_transaction as row on row.file_id = dispute.file_id and row.line_number = dispute.line_number
    where line.run = ${run} order by line.dispute, line.line desc`
}

/** Whoever must answer hears of it with the day's results (ED), whoever raised it of the answer (CM); once each. */
export async function announceDisputes(tx: Transaction, day: BusinessDay): Promise<void> {
  await tx`
    insert into dispute_notice (dispute, kind, participant, day)
    select dispute.id, notice.kind, coalesce(party.settles_through, party.id), clearing_day.day
    from dispute join clearing_day on clearing_day.day = ${day}
      cross join lateral (values ('ED', dispute.answered_by, dispute.raised_at), ('CM', dispute.raised_by, dispute.answered_at))
        as notice (kind, participant, at)
      join participant as party on party.id = notice.participant
    where notice.at <= clearing_day.closed_at
    on conflict do nothing`
}

export interface Notice {
  kind: 'ED' | 'CM'
  participant: number
  dispute: number
  disputeKind: string
  reason: string
  day: BusinessDay
  serial: number
  acquirer: string
  issuer: string
  raisedBy: string
  answeredBy: string
  adjustedAmount: number
  /** By answer or by silence; null while it is open. */
  agreed: boolean | null
  cardNumber: string
  cardSequence: number
  balanceBefore: number | null
  occurredAt: Date
}

export async function listNotices(sql: Queryable, day: BusinessDay): Promise<Notice[]> {
  return await sql<Notice[]>`
    select notice.kind, notice.participant, dispute.id as dispute, dispute.kind as dispute_kind, dispute.reason, dispute.day,
      dispute.serial, acquirer.code as acquirer, issuer.code as issuer, raiser.code as raised_by,
      answerer.code as answered_by, dispute.adjusted_amount,
      case when dispute.answered_at is null then null else dispute.state <> 'declined' end as agreed,
      row.card_number::text as card_number, row.card_sequence, row.balance_before, row.occurred_at
    from dispute_notice as notice join dispute on dispute.id = notice.dispute
      join participant as acquirer on acquirer.id = dispute.acquirer
      join participant as issuer on issuer.id = dispute.issuer
      join participant as raiser on raiser.id = dispute.raised_by
      join participant as answerer on answerer.id = dispute.answered_by
      join card_transaction as row on row.file_id = dispute.file_id and row.line_number = dispute.line_number
    where notice.day = ${day} order by notice.participant, notice.kind, dispute.id`
}
