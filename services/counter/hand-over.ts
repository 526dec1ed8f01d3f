// A clerk's shift: opened with a drawer, closed with a count (交班). A shift belongs to its clerk alone, and he has one at a time.
import { transaction, type Database, type Queryable } from '../../clearing/database.ts'
import { fen } from '../../clearing/money.ts'
import { findPlaceId } from '../network/network-queries.ts'
import { refuse } from '../refusals.ts'
import {
  findOpenShift,
  findShift,
  findShiftsOf,
  insertClosing,
  insertShift,
  lockClerk,
  sumMovements,
  writeMovements,
  type ShiftRow
} from './shift-queries.ts'
import { expectedAtTerminals, expectedCash } from './shift-rules.ts'
import type { ClosingRequest, Shift, ShiftRequest } from './shift-schemas.ts'

export interface ShiftOf {
  id: string
  /** 'clerk:account' of the session. */
  clerk: string
}

/** The same id with the same content is the same shift. Throws place-not-found, shift-id-reused and shift-open. */
export async function openShift(
  sql: Database,
  { id, clerk }: ShiftOf,
  { place, window, openingCash }: ShiftRequest,
  now: Date
): Promise<Shift> {
  await transaction(sql, async (tx) => {
    await lockClerk(tx, clerk)
    const known = await findShift(tx, id)
    if (known) {
      const same = known.clerk === clerk && known.place === place && known.window === window
      if (!same || known.openingCash !== openingCash) throw refuse('shift-id-reused')
      return
    }
    const open = await findOpenShift(tx, clerk)
    if (open !== null) throw refuse('shift-open', { shift: open })
    const placeId = await findPlaceId(tx, place)
    await insertShift(tx, { id, clerk, place: placeId, windowNumber: window, openingCash, openedAt: now })
  })
  return await showShift(sql, { id, clerk })
}

/** Repeating a closing gives the first one. Throws shift-not-found, and shift-closed when it was closed with another count. */
export async function closeShift(sql: Database, of: ShiftOf, closing: ClosingRequest, now: Date): Promise<Shift> {
  await transaction(sql, async (tx) => {
    await lockClerk(tx, of.clerk)
    const shift = await requireShift(tx, of)
    const { terminals = [], ...count } = closing
    if (shift.closing) {
      if (!isSameCount(shift.closing, closing)) throw refuse('shift-closed')
      return
    }
    const totals = await sumMovements(tx, shift)
    const atTerminals = expectedAtTerminals(totals)
    await writeMovements(tx, shift)
    await insertClosing(
      tx,
      { ...count, shift: of.id, expectedCash: expectedCash(shift.openingCash, totals), closedAt: now },
      [...Map.groupBy(terminals, ({ means }) => means)].map(([means, of]) => ({
        means,
        counted: fen(of.reduce((sum, { counted }) => sum + counted, 0)),
        expected: atTerminals.get(means) ?? fen(0)
      }))
    )
  })
  return await showShift(sql, of)
}

function isSameCount(known: NonNullable<ShiftRow['closing']>, { countedCash, note, terminals = [] }: ClosingRequest) {
  const said = (all: readonly { means: string; counted: number }[]) =>
    all
      .map(({ means, counted }) => `${means} ${counted}`)
      .toSorted()
      .join()
  return known.countedCash === countedCash && known.note === note && said(known.terminals) === said(terminals)
}

/** Throws shift-not-found; another's shift is not found either. */
export async function showShift(sql: Queryable, of: ShiftOf): Promise<Shift> {
  return await shown(sql, await requireShift(sql, of))
}

export async function showShiftsOf(sql: Queryable, clerk: string): Promise<Shift[]> {
  const shifts = await findShiftsOf(sql, clerk)
  return await Promise.all(shifts.map(async (shift) => await shown(sql, shift)))
}

async function requireShift(sql: Queryable, { id, clerk }: ShiftOf): Promise<ShiftRow> {
  const shift = await findShift(sql, id)
  if (shift?.clerk !== clerk) throw refuse('shift-not-found')
  return shift
}

async function shown(sql: Queryable, shift: ShiftRow): Promise<Shift> {
  const { id, place, placeName, window, openedAt, openingCash, closing } = shift
  const totals = await sumMovements(sql, shift)
  const expected = closing?.expectedCash ?? expectedCash(openingCash, totals)
  return { id, place, placeName, window, openedAt, openingCash, totals, expectedCash: expected, closing }
}
