// SQL of a participant's portal. All but the first three run as the database's role `lingnan_participant`, which sees the rows of one
// participant alone: nothing here says whose rows, and a query that forgot to would show no more.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { ExactFen, Fen } from '../../../clearing/money.ts'

/** The participant an account belongs to; undefined for an account of nobody. */
export async function findOwnParticipant(sql: Queryable, account: string): Promise<number | undefined> {
  const [row] = await sql<{ participant: number }[]>`
    select account.participant from participant_account as account
      join participant on participant.id = account.participant where account.account = ${account}`
  return row?.participant
}

export async function bindAccount(tx: Transaction, account: string, participant: number): Promise<void> {
  await tx`
    insert into participant_account (account, participant) values (${account}, ${participant})
    on conflict (account) do update set participant = excluded.participant`
}

/** From here on this unit of work is the participant's. */
export async function enterPortal(tx: Transaction, participant: number): Promise<void> {
  await tx`select enter_portal(${participant}::smallint)`
  await tx`set local role lingnan_participant`
}

export interface OwnParticipant {
  code: string
  name: string
  role: string
}

export async function findSelf(tx: Queryable): Promise<OwnParticipant | undefined> {
  const [row] = await tx<OwnParticipant[]>`select code, name, role from participant where id = portal_participant()`
  return row
}

export interface OwnDay {
  day: BusinessDay
  state: string
  number: number | null
  income: Fen
  expense: Fen
  /** By adjustments published since. */
  adjusted: Fen
}

/** Published days with something of theirs, the latest first. */
export async function listOwnDays(tx: Queryable, limit: number): Promise<OwnDay[]> {
  return await tx<OwnDay[]>`
    select day.day, day.state, number.number, coalesce(position.income, 0)::bigint as income,
      coalesce(position.expense, 0)::bigint as expense, coalesce(adjusted.net, 0)::bigint as adjusted
    from clearing_day as day join statement_number as number on number.day = day.day and number.adjustment = 0
      left join position on position.day = day.day
      left join lateral (
        select sum(own.net) as net from adjustment_run as run join adjustment_position as own on own.run = run.id
        where run.day = day.day and run.published_at is not null) as adjusted on true
    where day.published_at is not null
    order by day.day desc limit ${limit}`
}

export interface OwnTotal {
  acquirer: string
  acquirerName: string
  issuer: string
  issuerName: string
  service: number
  transactions: number
  entries: number
  amount: Fen
  price: Fen
  fee: ExactFen
  acquirerFee: ExactFen
  issuerFee: ExactFen
}

export async function listOwnTotals(tx: Queryable, day: BusinessDay): Promise<OwnTotal[]> {
  return await tx<OwnTotal[]>`
    select acquirer.code as acquirer, acquirer.name as acquirer_name, issuer.code as issuer, issuer.name as issuer_name,
      total.service, total.transactions, total.entries, total.amount, total.price, trim_scale(total.fee)::text as fee,
      trim_scale(total.acquirer_fee)::text as acquirer_fee, trim_scale(total.issuer_fee)::text as issuer_fee
    from settlement_total as total join participant as acquirer on acquirer.id = total.acquirer
      join participant as issuer on issuer.id = total.issuer
    where total.day = ${day} order by acquirer.code, issuer.code, total.service`
}

export interface OwnPublished {
  id: number
  day: BusinessDay
  adjustment: number
  kind: string
  name: string
  size: number
  lines: number
  digest: string
  storedAs: string
  signature: Uint8Array
  receivedAt: Date | null
}

export async function listOwnPublished(
  tx: Queryable,
  { day = null, id = null }: { day?: BusinessDay | null; id?: number | null }
): Promise<OwnPublished[]> {
  return await tx<OwnPublished[]>`
    select file.id, file.day, file.adjustment, file.kind, file.name, file.size, file.lines, file.stored_as, file.signature,
      upper(encode(file.digest, 'hex')) as digest, min(receipt.received_at) as received_at
    from published_file as file left join published_file_receipt as receipt on receipt.file_id = file.id
    where (${day}::date is null or file.day = ${day}) and (${id}::integer is null or file.id = ${id})
    group by file.id order by file.adjustment, file.kind, file.part`
}

export interface OwnLine {
  id: string
  occurredAt: Date
  amount: Fen
  price: Fen
  entry: boolean
}

/** The lines behind one total, in the order of FILE:LINE. */
export async function listOwnLines(
  tx: Queryable,
  day: BusinessDay,
  of: { acquirer: string; issuer: string; service: number; file: number; line: number; limit: number }
): Promise<OwnLine[]> {
  return await tx<OwnLine[]>`
    with parties as materialized (
      select acquirer.id as acquirer, issuer.id as issuer from participant as acquirer, participant as issuer
      where acquirer.code = ${of.acquirer} and issuer.code = ${of.issuer})
    select row.file_id || ':' || row.line_number as id, row.occurred_at, row.amount::bigint as amount,
      row.price::bigint as price, row.passage = 1 as entry
    from card_transaction as row join card_file as file on file.id = row.file_id
    where file.clearing_day = ${day} and file.state = 'accepted' and row.service = ${of.service}
      and row.acquirer = (select acquirer from parties) and row.issuer = (select issuer from parties)
      and (row.file_id, row.line_number) > (${of.file}, ${of.line})
    order by row.file_id, row.line_number limit ${of.limit}`
}

/** Whether the line is theirs: as a transaction, or as a line of their own file that was refused. */
export async function seesLine(tx: Queryable, file: number, line: number): Promise<boolean> {
  const rows = await tx`
    select from card_transaction where file_id = ${file} and line_number = ${line}
    union all select from card_reject where file_id = ${file} and line_number = ${line} limit 1`
  return rows.length > 0
}

export interface OwnFile {
  id: number
  name: string
  state: string
  code: string
  detail: string
  lines: number
  accepted: number
  rejected: number
  amount: Fen
  receivedAt: Date
  clearingDay: BusinessDay | null
}

/** What they sent, the latest first. */
export async function listOwnFiles(tx: Queryable, limit: number): Promise<OwnFile[]> {
  return await tx<OwnFile[]>`
    select id, name, state, code, detail, line_count as lines, accepted_count as accepted, rejected_count as rejected, amount,
      received_at, clearing_day
    from card_file where sender = portal_participant() order by id desc limit ${limit}`
}

export interface OwnReject {
  lineNumber: number
  byteOffset: number
  code: string
  detail: string
}

export async function listOwnRejects(
  tx: Queryable,
  { file, after, limit }: { file: number; after: number; limit: number }
): Promise<OwnReject[]> {
  return await tx<OwnReject[]>`
    select line_number, byte_offset, code, detail from card_reject
    where file_id = ${file} and line_number > ${after} order by line_number limit ${limit}`
}

export interface OwnDispute {
  id: number
  kind: string
  reason: string
  transaction: string
  day: BusinessDay
  amount: Fen
  adjustedAmount: Fen
  raisedBy: string
  answeredBy: string
  state: string
  answerDue: Date
}

export async function listOwnDisputes(tx: Queryable, limit: number): Promise<OwnDispute[]> {
  return await tx<OwnDispute[]>`
    select dispute.id, dispute.kind, dispute.reason, dispute.file_id || ':' || dispute.line_number as transaction, dispute.day,
      dispute.amount::bigint as amount, dispute.adjusted_amount::bigint as adjusted_amount, raiser.code as raised_by,
      answerer.code as answered_by, dispute.state, dispute.answer_due
    from dispute join participant as raiser on raiser.id = dispute.raised_by
      join participant as answerer on answerer.id = dispute.answered_by
    order by dispute.state in ('booked', 'declined', 'answered'), dispute.answer_due, dispute.id limit ${limit}`
}
