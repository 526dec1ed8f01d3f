// The reserve (备付金) a member keeps with us: how much it is, how much it must be before the days without banks that follow, and the
// notice to top it up.
import { calendarDay, type BusinessDay } from '../business-day.ts'
import { transaction, type Database, type Queryable } from '../database.ts'
import { loadBankCalendar } from './payment-queries.ts'
import { closedDaysAfter, nextBankingDay, reserveRequired, topUpOf } from './payment-rules.ts'
import type { Reserve } from './payment-schemas.ts'
import { insertNotice, listReserveRows } from './suspense-queries.ts'

export async function listReserves(sql: Queryable, now: Date): Promise<Reserve[]> {
  return (await weigh(sql, calendarDay(now))).map(({ reserve }) => reserve)
}

/** Members whose reserve is short today and who have not been told today. */
export async function listShortReserves(sql: Queryable, now: Date): Promise<string[]> {
  const today = calendarDay(now)
  return (await weigh(sql, today))
    .filter(({ reserve: { topUp, notifiedAt } }) => topUp > 0 && (!notifiedAt || calendarDay(notifiedAt) !== today))
    .map(({ reserve }) => reserve.participant)
}

/** One notice a day and member; it must be there on the next banking day. */
export async function noticeTopUp({ sql }: { sql: Database }, participant: string, now: Date): Promise<void> {
  const today = calendarDay(now)
  const short = (await weigh(sql, today)).find(
    ({ reserve }) => reserve.participant === participant && reserve.topUp > 0
  )
  if (!short) return
  const dueOn = nextBankingDay(await loadBankCalendar(sql), today)
  const { balance, required } = short.reserve
  await transaction(sql, async (tx) => {
    await insertNotice(tx, { participant: short.id, day: today, balance, required, dueOn, notifiedAt: now })
  })
}

async function weigh(sql: Queryable, today: BusinessDay): Promise<{ id: number; reserve: Reserve }[]> {
  const closedDays = closedDaysAfter(await loadBankCalendar(sql), today)
  return (await listReserveRows(sql)).map(({ id, perDay, ...row }) => {
    const required = reserveRequired(perDay, closedDays)
    return { id, reserve: { ...row, required, topUp: topUpOf(row.balance, required) } }
  })
}
