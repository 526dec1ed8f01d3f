// The night: a clearing day past its cut is closed, a closed one settled, a settled one published. What is due follows from the
// day's row alone; one day at a time, the earliest first.
import { cutOf, type BusinessDay } from '../../clearing/business-day.ts'
import { closeDay } from '../../clearing/settlement/close-day.ts'
import { publishDay } from '../../clearing/settlement/publish-day.ts'
import { settleDay } from '../../clearing/settlement/settle-day.ts'
import type { Job } from '../jobs/worker-rounds.ts'
import { findEarliestDay } from './clearing-desk-queries.ts'

export const nightJobs: readonly Job[] = [
  {
    name: 'close-day',
    async due({ sql }, now) {
      // A close that died half-way is finished before another day is looked at.
      const begun = await findEarliestDay(sql, 'closing')
      const day = begun ?? (await findEarliestDay(sql, 'open'))
      return day !== null && (begun !== null || now >= cutOf(day)) ? [day] : []
    },
    perform: async ({ context }, day, now) => void (await closeDay(context, day as BusinessDay, now))
  },
  {
    name: 'settle-day',
    due: async ({ sql }) => listOf(await findEarliestDay(sql, 'closed')),
    perform: async ({ context }, day, now) => void (await settleDay(context, day as BusinessDay, now))
  },
  {
    name: 'publish-day',
    due: async ({ sql }) => listOf(await findEarliestDay(sql, 'settled')),
    perform: async ({ context }, day, now) => void (await publishDay(context, day as BusinessDay, now))
  }
]

function listOf(day: BusinessDay | null): string[] {
  return day === null ? [] : [day]
}
