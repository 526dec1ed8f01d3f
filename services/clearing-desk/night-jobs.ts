// The night: a clearing day past its cut is closed, a closed one settled, a settled one published. What is due follows from the
// day's row alone; one day at a time, the earliest first, published piece by piece by all workers. Adjustments of past days go out with it.
import { findRun, listDueRuns } from '../../clearing/adjustments/adjustment-queries.ts'
import { publishAdjustment } from '../../clearing/adjustments/publish-adjustment.ts'
import { settleAdjustment } from '../../clearing/adjustments/settle-adjustment.ts'
import { chaseMissing, listDaysWithMissing } from '../../clearing/arrivals/chase-missing.ts'
import { cutOf, type BusinessDay } from '../../clearing/business-day.ts'
import { priceRides } from '../../clearing/rating/months/price-rides.ts'
import { listUnpriced } from '../../clearing/rating/months/run-queries.ts'
import { closeDay } from '../../clearing/settlement/close-day.ts'
import { helpPublish, publishDay } from '../../clearing/settlement/publish-day.ts'
import { settleDay } from '../../clearing/settlement/settle-day.ts'
import { findPricedUntil, listUnclaimedMonths } from '../../clearing/subsidies/claim-queries.ts'
import { issueClaims } from '../../clearing/subsidies/issue-claims.ts'
import { lapseDisputes } from '../../clearing/disputes/answer-dispute.ts'
import { listUnanswered } from '../../clearing/disputes/dispute-queries.ts'
import { listOpenPieces } from '../../clearing/statements/pieces/piece-queries.ts'
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
  },
  {
    // Whoever has time helps the one that publishes.
    name: 'publish-piece',
    due: async ({ sql }) => await listOpenPieces(sql),
    async perform({ context }, work) {
      const [day, number] = work.split('/') as [BusinessDay, string]
      await helpPublish(context, day, Number(number))
    }
  },
  {
    name: 'price-discounts',
    // Settled days, and the adjustments of days: what came late may change what other rides of its month cost.
    due: async ({ sql }) =>
      (await listUnpriced(sql)).map(({ day, number }) => (number === null ? day : `${day}/${number}`)),
    async perform({ context }, work, now) {
      const [day, number] = work.split('/') as [BusinessDay, string | undefined]
      const run = number === undefined ? undefined : await findRun(context.sql, day, Number(number))
      await priceRides(context, { day, adjustment: run?.id ?? null }, now)
    }
  },
  {
    name: 'claim-subsidies',
    // Months whose days are all priced; and again when something came late for one.
    async due({ sql }) {
      const until = await findPricedUntil(sql)
      return until === undefined ? [] : await listUnclaimedMonths(sql, until)
    },
    perform: async ({ context }, month, now) => void (await issueClaims(context, month as BusinessDay, now))
  },
  {
    name: 'chase-missing',
    due: async ({ sql }, now) => await listDaysWithMissing(sql, now),
    perform: async ({ context }, day, now) => void (await chaseMissing(context, day as BusinessDay, now))
  },
  {
    name: 'lapse-disputes',
    due: async ({ sql }, now) => ((await listUnanswered(sql, now)).length > 0 ? ['unanswered'] : []),
    perform: async ({ context }, _id, now) => void (await lapseDisputes(context, now))
  },
  {
    name: 'adjust-day',
    // What came late, or was corrected, until the last cut.
    due: async ({ sql }) => (await listDueRuns(sql)).map(({ day, number }) => `${day}/${number}`),
    async perform({ context }, work, now) {
      const [day, number] = work.split('/') as [BusinessDay, string]
      await settleAdjustment(context, day, { number: Number(number), now })
      await publishAdjustment(context, day, { number: Number(number), now })
    }
  }
]

function listOf(day: BusinessDay | null): string[] {
  return day === null ? [] : [day]
}
