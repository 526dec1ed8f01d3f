// How legs make a journey: each begins where and when the one before lets its passengers reach it (ticketing facts §3.3).
import type { Offer } from '../../timetable/departure-queries.ts'

type Leg = Pick<Offer, 'departsAt' | 'arrivesAt'>

/**
 * The first leg that cannot be reached from the one before it, and why; null when all can. `minutes` are the minimum connection
 * times between each leg and the next, null where no way leads from one to the other.
 */
export function checkConnections(legs: readonly Leg[], minutes: readonly (number | null)[]) {
  for (const [index, least] of minutes.entries()) {
    const leg = index + 1
    if (least === null) return { fault: 'no-interchange', leg } as const
    const earliest = legs[index]!.arrivesAt.getTime() + least * 60_000
    if (legs[leg]!.departsAt.getTime() < earliest) return { fault: 'connection-too-short', leg } as const
  }
  return null
}

/** Hong Kong and Macao (GB/T 2260 81 and 82): border checks take their time. */
export function crossesBoundary({ fromCode, toCode }: Pick<Offer, 'fromCode' | 'toCode'>): boolean {
  return /^8[12]/.test(fromCode) || /^8[12]/.test(toCode)
}
