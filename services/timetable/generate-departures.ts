// Departures are generated ahead from the plans, as many days as are sold; running again only adds what is missing.
import { addDays, calendarDay, type BusinessDay } from '../../clearing/business-day.ts'
import { transaction, type Database } from '../../clearing/database.ts'
import type { Job } from '../jobs/worker-rounds.ts'
import { generateFromPlans, isGenerated } from './timetable-queries.ts'

/** Today and the 15 days that may be bought (预售期), the day of departure not counted. */
export const daysAhead = 16

/** Returns how many departures are new. */
export async function generateDepartures(sql: Database, today: BusinessDay): Promise<number> {
  return await transaction(sql, async (tx) => await generateFromPlans(tx, today, daysAhead))
}

/** The day that has newly come into the presale period, as soon as it has. */
export const generateDeparturesJob: Job = {
  name: 'generate-departures',
  async due({ sql }, now) {
    const today = calendarDay(now)
    return (await isGenerated(sql, addDays(today, daysAhead - 1))) ? [] : [today]
  },
  perform: async ({ sql }, today) => void (await generateDepartures(sql, today as BusinessDay))
}
