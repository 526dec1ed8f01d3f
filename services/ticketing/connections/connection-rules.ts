// Which leg of a booked journey can no longer be travelled, now that departures run late or not at all (ticketing facts §3.3 rule 5).
import type { DepartureState } from '../../timetable/timetable-schemas.ts'
import type { CouponState } from '../coupon-rules.ts'
import type { BrokenConnection } from './connection-schemas.ts'

export interface BookedLeg {
  leg: number
  departure: number
  departureState: DepartureState
  state: CouponState
  departsAt: Date
  arrivesAt: Date
}

export type Break =
  | { cause: 'cancelled'; leg: number; departure: number; minutesShort: null }
  | { cause: 'delayed'; leg: number; departure: number; minutesShort: number }

const notRunning: ReadonlySet<DepartureState> = new Set(['SUSPENDED', 'CANCELLED', 'MERGED', 'MISSED'])
const taken: ReadonlySet<CouponState> = new Set(['CHECKED', 'USED'])

/**
 * Null when all legs can still be travelled. Legs come in order of travel; `minutes` are the minimum connection times between each and
 * the next, null where no way leads from one to the other. What was travelled already cannot be missed any more.
 */
export function findBreak(legs: readonly BookedLeg[], minutes: readonly (number | null)[]): Break | null {
  const begun = legs.findLastIndex(({ state }) => taken.has(state))
  for (const [index, { leg, departure, departureState, departsAt }] of legs.entries()) {
    if (index <= begun) continue
    if (notRunning.has(departureState)) return { cause: 'cancelled', leg, departure, minutesShort: null }
    const before = legs[index - 1]
    const least = minutes[index - 1] ?? 0
    if (!before) continue
    const short = before.arrivesAt.getTime() + least * 60_000 - departsAt.getTime()
    if (short > 0)
      return { cause: 'delayed', leg, departure: before.departure, minutesShort: Math.ceil(short / 60_000) }
  }
  return null
}

/** Who goes on by the same departures is helped on together; the lowest numbered passenger names the party. */
export function partiesOf<Leg extends BookedLeg & { passenger: number }>(legs: readonly Leg[]): Leg[][] {
  const byPassenger = Map.groupBy(legs, ({ passenger }) => passenger)
  const way = (own: readonly Leg[]): string =>
    own.map(({ leg, departure, state }) => `${leg} ${departure} ${taken.has(state)}`).join()
  const parties = Map.groupBy(
    [...byPassenger.keys()].toSorted((a, b) => a - b),
    (passenger) => way(byPassenger.get(passenger)!)
  )
  return [...parties.values()].map((passengers) => passengers.flatMap((passenger) => byPassenger.get(passenger)!))
}

/** Ways on are offered only as long as one may choose. */
export function summaryOf({
  id,
  state,
  leg,
  cause,
  minutesShort,
  passengers,
  tickets,
  brokenAt,
  choices
}: BrokenConnection): BrokenConnection {
  const about = { id, state, leg, cause, minutesShort, passengers, tickets, brokenAt }
  return { ...about, choices: state === 'OPEN' ? choices : [] }
}
