// Publishing fares and ceilings of a line: new rows from a later day on; what was sold keeps what it cost.
import { addDays, calendarDay } from '../../clearing/business-day.ts'
import { transaction, type Database } from '../../clearing/database.ts'
import { refuse } from '../refusals.ts'
import {
  findFareLine,
  insertCabinFares,
  insertCeilings,
  insertFares,
  lockFares,
  type FareLine
} from './fare-queries.ts'
import type { CeilingRequest, FareRequest } from './fare-schemas.ts'
import { formulaFare } from './formula-fare-rules.ts'

export interface Publication<Request> {
  line: string
  request: Request
  by: string
}

/** Throws line-not-found, fare-too-early, fare-request-unclear, stretch-not-found, fare-above-ceiling, fare-exists and cabin-unknown. */
export async function publishFares(
  sql: Database,
  { line, request, by }: Publication<FareRequest>,
  now: Date
): Promise<void> {
  const { validFrom, source, formula, cabin } = request
  const found = await requireLine(sql, line, validFrom)
  if (validFrom < addDays(calendarDay(now), Math.max(1, found.noticeDays)))
    throw refuse('fare-too-early', { noticeDays: Math.max(1, found.noticeDays) })
  const stretches = stretchesOf(found, request)
  await transaction(sql, async (tx) => {
    await lockFares(tx, found.id)
    const published = { publishedAt: now, publishedBy: by }
    if (cabin !== undefined) await insertCabinFares(tx, { line: found.id, cabin, validFrom, stretches, ...published })
    else await insertFares(tx, { line: found.id, source, formula: formula ?? null, validFrom, stretches, ...published })
  })
}

/** Throws line-not-found, fare-too-early, stretch-not-found, ceiling-below-fare and fare-exists. */
export async function publishCeilings(
  sql: Database,
  { line, request, by }: Publication<CeilingRequest>,
  now: Date
): Promise<void> {
  const { validFrom, source } = request
  const found = await requireLine(sql, line, validFrom)
  if (validFrom < addDays(calendarDay(now), 1)) throw refuse('fare-too-early', { noticeDays: 1 })
  const stretches = request.stretches.map(({ from, to, amount }) => ({ ...positionsOf(found, from, to), amount }))
  await transaction(sql, async (tx) => {
    await lockFares(tx, found.id)
    const published = { publishedAt: now, publishedBy: by }
    await insertCeilings(tx, { line: found.id, source, validFrom, stretches, ...published })
  })
}

async function requireLine(sql: Database, code: string, day: string): Promise<FareLine> {
  const line = await findFareLine(sql, code, day)
  if (!line) throw refuse('line-not-found')
  return line
}

/** The stretches as given, or all of them by the formula. */
function stretchesOf(line: FareLine, { source, stretches, formula }: FareRequest) {
  if ((source === 'formula') !== (formula !== undefined) || (formula === undefined) !== (stretches !== undefined))
    throw refuse('fare-request-unclear')
  if (formula === undefined)
    return stretches!.map(({ from, to, fullFare, halfFare }) => {
      if (halfFare > fullFare) throw refuse('fare-request-unclear')
      return { ...positionsOf(line, from, to), fullFare, halfFare }
    })
  return line.stops.flatMap((board) =>
    line.stops
      .filter((alight) => alight.position > board.position)
      .map((alight) => ({
        fromPosition: board.position,
        toPosition: alight.position,
        ...formulaFare(formula, alight.kilometres - board.kilometres)
      }))
  )
}

function positionsOf({ stops }: FareLine, from: string, to: string) {
  const fromPosition = stops.find(({ place }) => place === from)?.position
  const toPosition = stops.find(({ place }) => place === to)?.position
  if (fromPosition === undefined || toPosition === undefined || fromPosition >= toPosition)
    throw refuse('stretch-not-found', { from, to })
  return { fromPosition, toPosition }
}
