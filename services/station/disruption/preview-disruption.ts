// Before a command is given: who and what it would touch, what money is at stake, and where passengers could go instead.
import { addDays, calendarDay } from '../../../clearing/business-day.ts'
import type { Database, Queryable } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { searchDepartures } from '../../timetable/departure-queries.ts'
import { findDepartures, type TouchedDeparture } from './disruption-queries.ts'
import { canTouch, checkRequest, dispatcherDeparturesMax } from './disruption-rules.ts'
import type { DisruptionPreview, DisruptionRequest } from './disruption-schemas.ts'
import { countTickets, findEnds, findTouchedBy } from './preview-queries.ts'

/** For how many departures alternatives are looked up, and how many each. */
const lookedUpMax = 12
const alternativesMax = 3

/** Throws the refusals disruption-unclear and departure-not-found. */
export async function previewDisruption(
  sql: Database,
  request: DisruptionRequest,
  now: Date
): Promise<DisruptionPreview> {
  if (checkRequest(request) === 'disruption-unclear') throw refuse('disruption-unclear')
  const all = await findDepartures(sql, request.departures)
  if (all.length < request.departures.length) throw refuse('departure-not-found')
  const touchable = all.filter((departure) => canTouch(request.kind, departure, now))
  const ids = touchable.map(({ id }) => id)
  const tickets = await countTickets(sql, ids)
  const lookedUp = new Set(ids.slice(0, lookedUpMax))
  const departures = []
  for (const departure of all) {
    const { id, number, toName, departsAt, state } = departure
    const alternatives = lookedUp.has(id) ? await findAlternatives(sql, departure, new Set(ids), now) : []
    const touched = canTouch(request.kind, departure, now)
    departures.push({
      departure: id,
      number,
      toName,
      departsAt,
      state,
      touched,
      tickets: tickets.get(id) ?? 0,
      alternatives
    })
  }
  departures.sort((a, b) => a.departsAt.getTime() - b.departsAt.getTime())
  const needsManager = request.departures.length > dispatcherDeparturesMax
  return { departures, ...(await findTouchedBy(sql, ids)), needsManager }
}

/** The next departures over the whole way that still have places and are not touched themselves. */
export async function findAlternatives(
  sql: Queryable,
  { id, departsAt }: Pick<TouchedDeparture, 'id' | 'departsAt'>,
  touched: ReadonlySet<number>,
  now: Date
): Promise<DisruptionPreview['departures'][number]['alternatives']> {
  const ends = await findEnds(sql, id)
  const day = calendarDay(departsAt > now ? departsAt : now)
  const found = [
    ...(await searchDepartures(sql, { ...ends, day }, now)),
    ...(await searchDepartures(sql, { ...ends, day: addDays(day, 1) }, now))
  ]
  return found
    .filter((other) => other.id !== id && !touched.has(other.id) && other.placesLeft > 0)
    .slice(0, alternativesMax)
    .map(({ id: departure, number, departsAt: at, placesLeft }) => ({ departure, number, departsAt: at, placesLeft }))
}
