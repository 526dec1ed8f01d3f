// Closes a clearing day (日切) while files keep coming: by the scheduler at the cut, or by an operator before it. First the day stops
// taking files in, at once, and the next one takes them; then those who were accepting into it are waited for. A file is in this day
// or in the next, never in both or neither, and no file is refused or held up by the close.
import { addDays, clearingDayAt, type BusinessDay } from '../business-day.ts'
import { transaction, type Database } from '../database.ts'
import { refuse } from '../refusals.ts'
import {
  findDay,
  findEarlierDay,
  lockDay,
  lockDayAgainstClosers,
  markClosed,
  markClosing,
  openDay
} from './clearing-day-queries.ts'
import type { ClearingDay } from './settlement-schemas.ts'

/** A day left closing by a process that died is closed by the next call; a day past that stays as it is. */
export async function closeDay(context: { sql: Database }, day: BusinessDay, now: Date): Promise<ClearingDay> {
  const row = await stopTaking(context.sql, day, now)
  return row.state === 'closing' ? await finishClosing(context.sql, day, now) : row
}

async function stopTaking(sql: Database, day: BusinessDay, now: Date): Promise<ClearingDay> {
  return await transaction(sql, async (tx) => {
    const before = await lockDayAgainstClosers(tx, day)
    if (!before) throw refuse('clearing-day-not-found', { day })
    if (before.state !== 'open') return before
    const earlier = await findEarlierDay(tx, day, ['open'])
    if (earlier) throw refuse('earlier-day-open', { day: earlier })
    await markClosing(tx, day)
    await openDay(tx, nextDay(day, now), now)
    return (await findDay(tx, day))!
  })
}

async function finishClosing(sql: Database, day: BusinessDay, now: Date): Promise<ClearingDay> {
  return await transaction(sql, async (tx) => {
    const row = (await lockDay(tx, day))!
    if (row.state === 'closing') await markClosed(tx, day, now)
    return (await findDay(tx, day))!
  })
}

/** Days that nobody opened, because nothing ran, are passed over. */
function nextDay(day: BusinessDay, now: Date): BusinessDay {
  const following = addDays(day, 1)
  const current = clearingDayAt(now)
  return current > following ? current : following
}
