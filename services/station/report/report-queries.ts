// Reports (报班) in SQL: one live report per departure; the database keeps a vehicle and its crew in one place at a time.
import { violates, type Queryable, type Transaction } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import type { StationDeparture } from '../station-departure-queries.ts'
import type { Report } from './report-schemas.ts'

export interface ReportRow extends Report {
  departure: number
}

const columns = (sql: Queryable) => sql`
  report.id, report.departure, conveyance.code as conveyance, conveyance.places, report.reported_at, report.withdrawn_at,
  coalesce((select json_agg(json_build_object('code', member.code, 'name', member.name) order by member.code)
    from report_crew join crew_member as member on member.id = report_crew.crew_member where report_crew.report = report.id), '[]') as crew`

export async function findReport(sql: Queryable, id: string): Promise<ReportRow | null> {
  const [row] = await sql<ReportRow[]>`
    select ${columns(sql)} from departure_report as report join conveyance on conveyance.id = report.conveyance where report.id = ${id}`
  return row ?? null
}

/** The one that counts. */
export async function findLiveReport(sql: Queryable, departure: number): Promise<ReportRow | null> {
  const [row] = await sql<ReportRow[]>`
    select ${columns(sql)} from departure_report as report join conveyance on conveyance.id = report.conveyance
    where report.departure = ${departure} and report.withdrawn_at is null`
  return row ?? null
}

export async function hasReports(sql: Queryable): Promise<boolean> {
  return (await sql`select from departure_report limit 1`).length > 0
}

export async function withdrawReport(tx: Transaction, departure: number, now: Date): Promise<void> {
  await tx`
    update report_crew set live = false
    where report in (select id from departure_report where departure = ${departure} and withdrawn_at is null)`
  await tx`update departure_report set withdrawn_at = ${now} where departure = ${departure} and withdrawn_at is null`
}

/** Throws the refusals conveyance-elsewhere and crew-elsewhere: either may be on one departure at a time. */
export async function recordReport(
  tx: Transaction,
  report: { id: string; departure: StationDeparture; conveyance: number; crew: number[]; actor: string },
  now: Date
): Promise<void> {
  const { id, departure, conveyance, crew, actor } = report
  const { leavesAt, arrivesAt } = departure
  try {
    await tx`
      insert into departure_report (id, departure, conveyance, runs, reported_at, reported_by)
      values (${id}, ${departure.departure}, ${conveyance}, tstzrange(${leavesAt}, ${arrivesAt}), ${now}, ${actor})`
    await tx`
      insert into report_crew (report, crew_member, runs)
      select ${id}, member, tstzrange(${leavesAt}, ${arrivesAt}) from unnest(${crew}::integer[]) as member`
  } catch (error) {
    if (violates(error, 'report_conveyance_free')) throw refuse('conveyance-elsewhere')
    if (violates(error, 'report_crew_free')) throw refuse('crew-elsewhere')
    throw error
  }
}

/** How large the vehicle has to be: the highest seat sold, or the most passengers aboard. */
export async function findPlacesNeeded(sql: Queryable, departure: number): Promise<number> {
  const [row] = await sql<{ needed: number }[]>`
    select coalesce(
      (select coalesce(max(number) filter (where mask <> 0), 0) from seat_map, unnest(occupied) with ordinality as seat(mask, number)
        where departure = ${departure} having count(*) > 0),
      (select taken from capacity_pool where departure = ${departure} and pool = 'passenger'), 0)::integer as needed`
  return row!.needed
}
