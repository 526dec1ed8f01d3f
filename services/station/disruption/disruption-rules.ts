// What a command must say, which departures it can touch in their state, who may give it, and how it is told.
import type { DepartureState } from '../../timetable/timetable-schemas.ts'
import type { DisruptionKind, DisruptionRequest } from './disruption-schemas.ts'

/** More departures than this at once are the station manager's, with a reason. */
export const dispatcherDeparturesMax = 3

export function checkRequest(request: DisruptionRequest) {
  const { kind, minutes, target, places, departures, note, refund } = request
  const given = { minutes: kind === 'DELAY', target: kind === 'MERGE', places: kind === 'REPLACE' }
  const asGiven =
    (minutes !== undefined) === given.minutes &&
    (target !== undefined) === given.target &&
    (places !== undefined) === given.places
  if (!asGiven || (refund !== undefined && !stopping.has(kind))) return 'disruption-unclear'
  if (target !== undefined && departures.includes(target)) return 'disruption-unclear'
  return departures.length > dispatcherDeparturesMax && note.trim().length < 4 ? 'disruption-cause-required' : null
}

const stopping = new Set<DisruptionKind>(['CANCEL', 'SUSPEND', 'MISS'])
const running: readonly DepartureState[] = ['ON_SALE', 'SALE_STOPPED', 'REPORTED', 'CHECKING', 'DELAYED']

export function refundOf({
  kind,
  refund
}: Pick<DisruptionRequest, 'kind' | 'refund'>): 'none' | 'at-once' | 'on-request' {
  return stopping.has(kind) ? (refund ?? 'on-request') : 'none'
}

/** Whether a departure in this state, at this time, is one the command is about. */
export function canTouch(
  kind: DisruptionKind,
  { state, departsAt }: { state: DepartureState; departsAt: Date },
  now: Date
): boolean {
  switch (kind) {
    case 'DELAY':
    case 'MERGE':
    case 'REPLACE':
    case 'SUSPEND':
      return running.includes(state)
    case 'CANCEL':
      return running.includes(state) || state === 'SUSPENDED' || state === 'PLANNED'
    case 'RESUME':
      return state === 'SUSPENDED' && departsAt > now
    case 'UNDO_MERGE':
      return state === 'MERGED' && departsAt > now
    case 'MISS':
      return running.includes(state) && departsAt <= now
  }
}

/** The state of a departure that stops; null for what does not stop. */
export function stoppedState(kind: DisruptionKind): 'CANCELLED' | 'SUSPENDED' | 'MISSED' | null {
  if (kind === 'CANCEL') return 'CANCELLED'
  if (kind === 'SUSPEND') return 'SUSPENDED'
  return kind === 'MISS' ? 'MISSED' : null
}

/** By what means its passengers are told: within two hours of departure somebody is also called. */
export function meansFor(kind: DisruptionKind, departsAt: Date, now: Date): ('app' | 'sms' | 'voice')[] {
  const soon = departsAt.getTime() - now.getTime() < 2 * 3_600_000
  return soon && stopping.has(kind) ? ['app', 'sms', 'voice'] : ['app', 'sms']
}
