// Timetable versions in SQL: what they are, what notice they ask for, and their publication (migration 0031).
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import type { NoticeTerms } from './publication-rules.ts'
import type { KeptDeparture, TimetableVersion } from './version-schemas.ts'

const versions = (sql: Queryable) => sql`
    select id, name, replaces, effective, state, created_at, created_by, published_at, published_by, changed, withdrawn,
      (select count(*)::integer from departure_plan where departure_plan.version = timetable_version.id) as plans,
      (select count(*)::integer from kept_departure where kept_departure.version = timetable_version.id) as kept
    from timetable_version`

export async function listVersions(sql: Queryable, limit: number): Promise<TimetableVersion[]> {
  return await sql<TimetableVersion[]>`${versions(sql)} order by id desc limit ${limit}`
}

/** Throws the refusal timetable-version-not-found. */
export async function findVersion(sql: Queryable, id: number): Promise<TimetableVersion> {
  const [version] = await sql<TimetableVersion[]>`${versions(sql)} where id = ${id}`
  if (!version) throw refuse('timetable-version-not-found')
  return version
}

/** For each mode the version touches: what it does, and the notice in force for it on the day. */
export async function findNoticeTerms(sql: Queryable, version: number, today: BusinessDay): Promise<NoticeTerms[]> {
  return await sql<NoticeTerms[]>`
    with own as (
      select line.mode, plan.line, plan.number, plan.kind, version.replaces, version.effective
      from departure_plan as plan
      join line on line.id = plan.line
      join timetable_version as version on version.id = plan.version
      where plan.version = ${version}
      union all
      select line.mode, fare.line, null, 'fixed', version.replaces, version.effective
      from version_fare as fare
      join line on line.id = fare.line
      join timetable_version as version on version.id = fare.version
      where fare.version = ${version}),
    stopped as (
      select distinct line.mode from departure_plan as plan
      join line on line.id = plan.line
      left join timetable_version as version on version.id = plan.version
      where (version.id is null or version.state = 'PUBLISHED') and plan.kind <> 'extra'
        and exists (select from own where own.line = plan.line and own.number is not null and own.replaces = 'lines'
          and (plan.valid_to is null or plan.valid_to >= own.effective))
        and not exists (select from own where own.line = plan.line and own.number = plan.number))
    select bool_or(own.kind <> 'extra') as changes, own.mode in (select mode from stopped) as stops, notice.change_days, notice.stop_days
    from own
    join lateral (
      select change_days, stop_days from notice_policy
      where notice_policy.mode = own.mode and valid_from <= ${today}
      order by valid_from desc limit 1) as notice on true
    group by own.mode, notice.change_days, notice.stop_days`
}

/** False when it was published before; then nothing is changed. */
export async function publishVersion(tx: Transaction, id: number, at: Date, actor: string): Promise<boolean> {
  const [row] = await tx<{ published: boolean }[]>`select publish_timetable(${id}, ${at}, ${actor}) as published`
  return row!.published
}

export async function listKeptDepartures(sql: Queryable, version: number): Promise<KeptDeparture[]> {
  return await sql<KeptDeparture[]>`
    select departure.id as departure, line.code as line, departure.number, departure.day, departure.departs_at, kept.wanted,
      (select count(*)::integer from coupon where coupon.departure = departure.id and live) as tickets_held
    from kept_departure as kept
    join departure on departure.id = kept.departure
    join line on line.id = departure.line
    where kept.version = ${version}
    order by departure.departs_at, departure.id`
}
