// Departures are generated ahead from the plans, as many days as are sold; running again only adds what is missing.
import type { BusinessDay } from '../../clearing/business-day.ts'
import { transaction, type Database } from '../../clearing/database.ts'
import { generateFromPlans } from './timetable-queries.ts'

/** Today and the 15 days that may be bought (预售期), the day of departure not counted. */
export const daysAhead = 16

/** Returns how many departures are new. */
export async function generateDepartures(sql: Database, today: BusinessDay): Promise<number> {
  return await transaction(sql, async (tx) => await generateFromPlans(tx, today, daysAhead))
}
