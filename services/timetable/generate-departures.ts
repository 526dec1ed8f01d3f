// Departures are generated ahead from the plans, as many days as are sold; running again only adds what is missing.
import { addDays, calendarDay, type BusinessDay } from '../../clearing/business-day.ts'
import { transaction, type Database } from '../../clearing/database.ts'
import type { Job } from '../jobs/worker-rounds.ts'
import { findGenerationState, generateDay, longestPresale, markGenerated } from './timetable-queries.ts'

/** From today to the last day of the longest presale period (预售期), each day a unit of its own. Returns how many are new. */
export async function generateDepartures(sql: Database, today: BusinessDay): Promise<number> {
  const { revision } = await findGenerationState(sql)
  const daysAhead = await longestPresale(sql)
  let generated = 0
  for (let ahead = 0; ahead <= daysAhead; ahead++) {
    const day = addDays(today, ahead)
    generated += await transaction(sql, async (tx) => await generateDay(tx, day, today))
  }
  await markGenerated(sql, revision, today)
  return generated
}

/** Once a day, when a day has newly come into the presale period, and after every publication. */
export const generateDeparturesJob: Job = {
  name: 'generate-departures',
  async due({ sql }, now) {
    const today = calendarDay(now)
    return (await findGenerationState(sql)).lookedOn === today ? [] : [today]
  },
  perform: async ({ sql }, today) => void (await generateDepartures(sql, today as BusinessDay))
}
