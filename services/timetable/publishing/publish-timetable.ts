// Publishing a timetable version and generating what it brings into the presale period. Published again, it gives the first publication
// and generates what is missing.
import { calendarDay } from '../../../clearing/business-day.ts'
import { transaction, violates, type Database } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { generateDepartures } from '../generate-departures.ts'
import { checkNotice } from './publication-rules.ts'
import { findNoticeTerms, findVersion, publishVersion } from './version-queries.ts'
import type { Publication } from './version-schemas.ts'

/** Throws the refusals timetable-version-not-found, effective-day-passed, notice-too-short and fare-above-ceiling. */
export async function publishTimetable(
  sql: Database,
  { version: id, actor }: { version: number; actor: string },
  now: Date
): Promise<Publication> {
  const today = calendarDay(now)
  await transaction(sql, async (tx) => {
    const { state, effective } = await findVersion(tx, id)
    if (state === 'PUBLISHED') return
    const fault = checkNotice(await findNoticeTerms(tx, id, today), effective, today)
    if (fault) throw refuse(fault, { effective })
    await publishVersion(tx, id, now, actor)
  }).catch((error: unknown) => {
    throw violates(error, 'fare_within_ceiling') ? refuse('fare-above-ceiling') : error
  })
  const generated = await generateDepartures(sql, today)
  return { version: await findVersion(sql, id), generated }
}
