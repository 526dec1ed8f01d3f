// Chases files that are missing when they are due: each participant once for a day, on record. Whoever has sent is left alone.
import type { BusinessDay } from '../business-day.ts'
import { transaction, type Database, type Queryable } from '../database.ts'
import { insertChases, listDaysToChase, listExpected, type ExpectedFile } from './expected-queries.ts'
import { arrivalState } from './expected-rules.ts'

export async function listDaysWithMissing(sql: Queryable, now: Date): Promise<BusinessDay[]> {
  const days: BusinessDay[] = []
  for (const day of await listDaysToChase(sql)) if ((await missingOf(sql, day, now)).length > 0) days.push(day)
  return days
}

export async function chaseMissing({ sql }: { sql: Database }, day: BusinessDay, now: Date): Promise<number> {
  return await transaction(sql, async (tx) => {
    const missing = await missingOf(tx, day, now)
    await insertChases(
      tx,
      day,
      missing.map((each) => each.participant),
      now
    )
    return missing.length
  })
}

/** Not chased yet. */
async function missingOf(sql: Queryable, day: BusinessDay, now: Date): Promise<ExpectedFile[]> {
  const expected = await listExpected(sql, day)
  return expected.filter((each) => each.chasedAt === null && arrivalState(each, now) === 'missing')
}
