// SQL of publication: the day's files and rejects, statement numbers, and what was published.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'
import {
  currentStyle,
  type DayFile,
  type PublishedFile,
  type RefusedFile,
  type StatementNumber
} from './statement-schemas.ts'

export async function listDayFiles(sql: Queryable, day: BusinessDay): Promise<DayFile[]> {
  return await sql<DayFile[]>`
    select id, name, format, sender, digest, size, stored_as, line_count, accepted_count, rejected_count, amount
    from card_file where clearing_day = ${day} and state = 'accepted' order by id`
}

/** From and including a line, up to and excluding another. */
export async function listRejectsBetween(
  sql: Queryable,
  file: number,
  fromLine: number,
  beforeLine: number
): Promise<{ lineNumber: number; code: string }[]> {
  return await sql<{ lineNumber: number; code: string }[]>`
    select line_number, code from card_reject
    where file_id = ${file} and line_number >= ${fromLine} and line_number < ${beforeLine}`
}

export async function findReject(
  sql: Queryable,
  file: number,
  line: number
): Promise<{ code: string; detail: string } | undefined> {
  const [row] = await sql<{ code: string; detail: string }[]>`
    select code, detail from card_reject where file_id = ${file} and line_number = ${line}`
  return row
}

/** Refused files that no LD has told their sender about: those received until the day was closed are told now. */
export async function answerRefusals(tx: Transaction, day: BusinessDay): Promise<void> {
  await tx`
    insert into refusal_answer (file_id, day)
    select file.id, clearing_day.day
    from card_file as file join clearing_day on clearing_day.day = ${day}
    where file.state = 'refused' and file.sender is not null and file.received_at <= clearing_day.closed_at
    on conflict (file_id) do nothing`
}

export async function listAnsweredRefusals(sql: Queryable, day: BusinessDay): Promise<RefusedFile[]> {
  return await sql<RefusedFile[]>`
    select file.id, file.name, file.sender, file.code, file.detail
    from refusal_answer join card_file as file on file.id = refusal_answer.file_id
    where refusal_answer.day = ${day} order by file.id`
}

/** The next number for each participant that has none for the issue yet; an issue keeps the style it began with. */
export async function numberStatements(
  tx: Transaction,
  { day, adjustment }: { day: BusinessDay; adjustment: number },
  participants: readonly number[]
): Promise<void> {
  await tx`
    insert into statement_number (participant, number, day, adjustment, style)
    select participant, coalesce((select max(number) from statement_number where participant = wanted.participant), 0) + 1, ${day}::date, ${adjustment}::smallint,
      coalesce((select min(style) from statement_number where day = ${day}::date and adjustment = ${adjustment}), ${currentStyle})
    from unnest(${[...participants]}::smallint[]) as wanted (participant)
    on conflict on constraint statement_number_day do nothing`
}

export async function listStatementNumbers(
  sql: Queryable,
  day: BusinessDay,
  adjustment = 0
): Promise<StatementNumber[]> {
  return await sql<StatementNumber[]>`
    select participant, number, day, style from statement_number
    where day = ${day} and adjustment = ${adjustment} order by participant`
}

/** The first that was published stands. */
export async function insertPublished(
  tx: Transaction,
  { day, adjustment }: { day: BusinessDay; adjustment: number },
  files: readonly PublishedFile[]
): Promise<void> {
  const rows = files.map((file) => ({
    ...file,
    day,
    adjustment,
    digest: Buffer.from(file.digest),
    signature: Buffer.from(file.signature)
  }))
  if (rows.length === 0) return
  await tx`insert into published_file ${tx(rows)} on conflict on constraint published_file_once do nothing`
}

/** Of the day itself, or of one of its adjustments. */
export async function listPublished(sql: Queryable, day: BusinessDay, adjustment = 0): Promise<PublishedFile[]> {
  return await sql<PublishedFile[]>`
    select participant, kind, part, name, size, lines, digest, stored_as, signature, published_at
    from published_file where day = ${day} and adjustment = ${adjustment} order by participant, kind, part`
}
