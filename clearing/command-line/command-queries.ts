// What the command line lists, and who else is at the database.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable } from '../database.ts'
import type { Fen } from '../money.ts'
import type { DayState } from '../settlement/settlement-schemas.ts'

export async function countOtherClients(sql: Queryable, applicationName: string): Promise<number> {
  const [row] = await sql<{ others: number }[]>`
    select count(*)::integer as others from pg_stat_activity
    where backend_type = 'client backend' and application_name <> ${applicationName}`
  return row!.others
}

export interface DayLine {
  day: BusinessDay
  state: DayState
  files: number
  lines: number
  accepted: number
  rejected: number
  amount: Fen
}

/** The latest first. */
export async function listDayLines(sql: Queryable, limit: number): Promise<DayLine[]> {
  return await sql<DayLine[]>`
    select clearing_day.day, clearing_day.state, count(file.id)::integer as files,
      coalesce(sum(file.line_count), 0)::integer as lines, coalesce(sum(file.accepted_count), 0)::integer as accepted,
      coalesce(sum(file.rejected_count), 0)::integer as rejected, coalesce(sum(file.amount), 0)::bigint as amount
    from clearing_day left join card_file as file on file.clearing_day = clearing_day.day
    group by clearing_day.day order by clearing_day.day desc limit ${limit}`
}

export interface FileLine {
  id: number
  name: string
  sender: string | null
  state: 'loading' | 'accepted' | 'refused'
  code: string
  detail: string
  lines: number
  accepted: number
  rejected: number
  amount: Fen
  clearingDay: BusinessDay | null
}

/** Of a day, or the latest of all. */
export async function listFileLines(sql: Queryable, day: BusinessDay | null, limit: number): Promise<FileLine[]> {
  return await sql<FileLine[]>`
    select file.id, file.name, participant.code as sender, file.state, file.code, file.detail, file.line_count as lines,
      file.accepted_count as accepted, file.rejected_count as rejected, file.amount, file.clearing_day
    from card_file as file left join participant on participant.id = file.sender
    where ${day}::date is null or file.clearing_day = ${day}::date
    order by file.id desc limit ${limit}`
}
