// SQL of the clearing day's life: open → closing → closed → settled → published, and from there disputed or adjusting and back; each
// step under the lock of its row.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'
import type { ClearingDay } from './settlement-schemas.ts'

/** Waits for whoever accepts a file into the day (they hold the row `for key share`) or works on it. */
export async function lockDay(tx: Transaction, day: BusinessDay): Promise<ClearingDay | undefined> {
  const [row] = await tx<ClearingDay[]>`select * from clearing_day where day = ${day} for update`
  return row
}

/** The same, but waits for nobody who accepts files: only for whoever closes the day as well. */
export async function lockDayAgainstClosers(tx: Transaction, day: BusinessDay): Promise<ClearingDay | undefined> {
  const [row] = await tx<ClearingDay[]>`select * from clearing_day where day = ${day} for no key update`
  return row
}

export async function findDay(sql: Queryable, day: BusinessDay): Promise<ClearingDay | undefined> {
  const [row] = await sql<ClearingDay[]>`select * from clearing_day where day = ${day}`
  return row
}

/** The first day before this one that has not got past the given states. */
export async function findEarlierDay(
  sql: Queryable,
  day: BusinessDay,
  states: readonly ClearingDay['state'][]
): Promise<BusinessDay | undefined> {
  const [row] = await sql<{ day: BusinessDay }[]>`
    select day from clearing_day where day < ${day} and state = any(${[...states]}) order by day limit 1`
  return row?.day
}

export async function openDay(tx: Transaction, day: BusinessDay, now: Date): Promise<void> {
  await tx`insert into clearing_day (day, opened_at) values (${day}, ${now}) on conflict (day) do nothing`
}

/** Whoever looks for an open day from the commit on, finds the next one. */
export async function markClosing(tx: Transaction, day: BusinessDay): Promise<void> {
  await tx`update clearing_day set state = 'closing' where day = ${day}`
}

export async function markClosed(tx: Transaction, day: BusinessDay, now: Date): Promise<void> {
  await tx`update clearing_day set state = 'closed', closed_at = ${now} where day = ${day}`
}

export async function markSettled(tx: Transaction, day: BusinessDay, now: Date): Promise<void> {
  await tx`update clearing_day set state = 'settled', settled_at = ${now} where day = ${day}`
}

export async function markPublished(tx: Transaction, day: BusinessDay, now: Date): Promise<void> {
  await tx`update clearing_day set state = 'published', published_at = ${now} where day = ${day}`
}

/** Of a published day: that it is disputed or being adjusted, or no longer. */
export async function markState(
  tx: Transaction,
  day: BusinessDay,
  state: 'published' | 'disputed' | 'adjusting'
): Promise<void> {
  await tx`update clearing_day set state = ${state} where day = ${day} and published_at is not null`
}
