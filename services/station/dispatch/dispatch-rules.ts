// When check-in opens, when a departure may leave, and who may still come aboard.
import { addDays, type BusinessDay } from '../../../clearing/business-day.ts'
import type { DepartureState } from '../../timetable/timetable-schemas.ts'
import type { CountsByClass } from '../station-schemas.ts'

const minutesUntil = (at: Date, now: Date): number => (at.getTime() - now.getTime()) / 60_000

interface AtStation {
  here: DepartureState
  departsAt: Date
}

/** Null when check-in may open; opening it twice is no fault. */
export function checkOpening(departure: AtStation & { checkInOpensMinutes: number }, reported: boolean, now: Date) {
  if (departure.here === 'CHECKING') return null
  if (!reported) return 'departure-not-reported'
  if (!isAtStation(departure.here)) return 'departure-not-here'
  return minutesUntil(departure.departsAt, now) > departure.checkInOpensMinutes ? 'check-in-too-early' : null
}

export function checkDispatch(
  departure: AtStation & { dispatchOpensMinutes: number },
  { reported, aboard, places }: { reported: boolean; aboard: number; places: number },
  now: Date
) {
  if (!reported) return 'departure-not-reported'
  if (!isAtStation(departure.here)) return 'departure-not-here'
  if (minutesUntil(departure.departsAt, now) > departure.dispatchOpensMinutes) return 'dispatch-too-early'
  return aboard > places ? 'too-many-aboard' : null
}

/** It is still to leave from here. */
function isAtStation(state: DepartureState): boolean {
  return ['ON_SALE', 'SALE_STOPPED', 'REPORTED', 'CHECKING', 'DELAYED'].includes(state)
}

export interface AdmissionCase {
  departure: AtStation & {
    departure: number
    line: number
    day: BusinessDay
    position: number
    lateCheckInMinutes: number
    mixedCheckDays: number | null
  }
  ticket: { departure: number; line: number; day: BusinessDay; position: number; state: string }
}

/** 补检 for the ticket's own departure, 混检 for another one of its line (parameters 3003 … 3033). */
export function checkAdmission({ departure, ticket }: AdmissionCase, now: Date) {
  if (!['REPORTED', 'CHECKING', 'DELAYED'].includes(departure.here)) return 'departure-not-here'
  if (minutesUntil(departure.departsAt, now) < 0 - departure.lateCheckInMinutes) return 'admission-too-late'
  if (!['ISSUED', 'NO_SHOW', 'SUSPENDED'].includes(ticket.state)) return 'ticket-not-admissible'
  if (ticket.departure === departure.departure) return null
  if (departure.mixedCheckDays === null) return 'admission-not-mixed'
  if (ticket.line !== departure.line || ticket.position !== departure.position) return 'admission-other-line'
  const earliest = addDays(departure.day, -departure.mixedCheckDays)
  return ticket.day < earliest || ticket.day > departure.day ? 'admission-other-day' : null
}

export function sameCounts(a: CountsByClass, b: CountsByClass): boolean {
  return (['full', 'half', 'free', 'vehicle', 'truck'] as const).every((kind) => a[kind] === b[kind])
}

/** Vehicles are counted by themselves; their drivers have tickets of their own. */
export function passengersOf({ full, half, free }: CountsByClass): number {
  return full + half + free
}
