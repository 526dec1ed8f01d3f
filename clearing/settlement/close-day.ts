// Closes a clearing day (日切): from here on accepted files belong to the next day. By the scheduler at the cut, or by an operator
// before it. A file being accepted holds the day's row, so it is in this day or in the next, never in both or neither.
import { addDays, clearingDayAt, type BusinessDay } from '../business-day.ts'
import { transaction, type Database } from '../database.ts'
import { refuse } from '../refusals.ts'
import { findDay, findEarlierDay, lockDay, markClosed, openDay } from './clearing-day-queries.ts'
import type { ClearingDay } from './settlement-schemas.ts'

export async function closeDay(context: { sql: Database }, day: BusinessDay, now: Date): Promise<ClearingDay> {
  return await transaction(context.sql, async (tx) => {
    const before = await lockDay(tx, day)
    if (!before) throw refuse('clearing-day-not-found', { day })
    if (before.state !== 'open') return before
    const earlier = await findEarlierDay(tx, day, ['open'])
    if (earlier) throw refuse('earlier-day-open', { day: earlier })
    await markClosed(tx, day, now)
    await openDay(tx, nextDay(day, now), now)
    return (await findDay(tx, day))!
  })
}

/** Days that nobody opened, because nothing ran, are passed over. */
function nextDay(day: BusinessDay, now: Date): BusinessDay {
  const following = addDays(day, 1)
  const current = clearingDayAt(now)
  return current > following ? current : following
}
