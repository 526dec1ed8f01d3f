// Looks a settled day over for gaps, once: numbers missing between files of one sender, and terminals whose counters skipped. Each acquirer is
// asked once for each kind. A file that comes later closes the gap in the desk's list; that it was asked for stays on record.
import type { BusinessDay } from '../business-day.ts'
import { transaction, type Database } from '../database.ts'
import { listCounterGaps, listNumberGaps, type CounterGap, type NumberGap } from './expected-queries.ts'
import { insertGapChases, markLooked, type GapChase } from './gap-queries.ts'

const gapsAtMost = 10_000
/** Shown in the message; the rest stands on the desk. */
const gapsNamed = 3

export async function chaseGaps({ sql }: { sql: Database }, day: BusinessDay, now: Date): Promise<number> {
  return await transaction(sql, async (tx) => {
    const numbers = numberChases(await listNumberGaps(tx, day, gapsAtMost))
    const counters = counterChases(await listCounterGaps(tx, day, gapsAtMost))
    await insertGapChases(tx, day, [...numbers, ...counters], now)
    await markLooked(tx, day, now)
    return numbers.length + counters.length
  })
}

function numberChases(gaps: readonly NumberGap[]): GapChase[] {
  return [...Map.groupBy(gaps, (gap) => gap.code)].map(([code, list]) => ({
    code,
    kind: 'numbers',
    detail: named(list.map(({ fileDay, from, to }) => `${fileDay} ${from}${from === to ? '' : `–${to}`}`))
  }))
}

function counterChases(gaps: readonly CounterGap[]): GapChase[] {
  return [...Map.groupBy(gaps, (gap) => gap.acquirer)].map(([code, list]) => ({
    code,
    kind: 'counters',
    detail: named(list.map(({ terminal, first, last, seen }) => `${terminal} ${first}–${last} (${seen})`))
  }))
}

function named(all: readonly string[]): string {
  const rest = all.length - gapsNamed
  return `${all.slice(0, gapsNamed).join(', ')}${rest > 0 ? ` +${rest}` : ''}`
}
