// Re-opens a published day for adjustment: files that come late for it, and corrections of disputes, are taken in from now on. What
// was published stays as it is.
import type { BusinessDay } from '../business-day.ts'
import { transaction, type Database, type Transaction } from '../database.ts'
import { refuse } from '../refusals.ts'
import { lockDay, markState } from '../settlement/clearing-day-queries.ts'
import { holdOpenRun } from './adjustment-queries.ts'
import type { AdjustmentRun } from './adjustment-schemas.ts'

/** A day that is open for adjustment answers with the run that is. */
export async function openAdjustment(
  context: { sql: Database },
  day: BusinessDay,
  terms: { reason: string; now: Date }
): Promise<AdjustmentRun> {
  return await transaction(context.sql, async (tx) => await holdAdjustment(tx, day, terms))
}

/** In the unit of work of whoever has something to adjust; the run stays open until it commits. */
export async function holdAdjustment(
  tx: Transaction,
  day: BusinessDay,
  terms: { reason: string; now: Date }
): Promise<AdjustmentRun> {
  const row = await lockDay(tx, day)
  if (!row) throw refuse('clearing-day-not-found', { day })
  if (!row.publishedAt) throw refuse('clearing-day-not-published', { day })
  const run = await holdOpenRun(tx, day, terms)
  if (row.state !== 'adjusting') await markState(tx, day, 'adjusting')
  return run
}
