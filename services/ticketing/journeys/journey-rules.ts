// How legs make a journey: each begins where and when the one before lets its passengers reach it.
import type { Offer } from '../../timetable/departure-queries.ts'

type Leg = Pick<Offer, 'departsAt' | 'arrivesAt'>

/** The first leg that cannot be reached from the one before it, and why; null when all can. */
export function checkConnections(legs: readonly Leg[]): { fault: 'connection-too-short'; leg: number } | null {
  const leg = legs.findIndex((next, index) => index > 0 && next.departsAt < legs[index - 1]!.arrivesAt)
  return leg === -1 ? null : { fault: 'connection-too-short', leg }
}
