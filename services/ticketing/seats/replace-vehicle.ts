// A smaller vehicle than planned takes the departure: passengers on the last seats are moved, the others listed for rebooking.
import type { Database } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { cancelHold } from '../order-queries.ts'
import { hasSeatMap, useSmallerVehicle, type LostSeat } from './seat-queries.ts'

export interface Replacement {
  moved: LostSeat[]
  /** Suspended: changed free of charge or refunded in full. */
  toRebook: LostSeat[]
}

/** Orders that are not paid yet and lost a seat are given up. Throws the refusal departure-without-seats. */
export async function replaceVehicle(
  sql: Database,
  wanted: { departure: number; places: number; actor: string },
  now: Date
): Promise<Replacement> {
  if (!(await hasSeatMap(sql, wanted.departure))) throw refuse('departure-without-seats')
  const lost = await useSmallerVehicle(sql, wanted, now)
  const seatless = lost.filter(({ movedTo }) => movedTo === null)
  const unpaid = new Set(seatless.filter(({ state }) => state === 'HELD').map(({ orderId }) => orderId))
  for (const orderId of unpaid) await cancelHold(sql, orderId)
  return {
    moved: lost.filter(({ movedTo }) => movedTo !== null),
    toRebook: seatless.filter(({ state }) => state !== 'HELD')
  }
}
