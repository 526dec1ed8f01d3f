// A departure runs late or not at all: every journey that goes on from it is looked at. Where the next leg can no longer be reached the
// tickets from there on are suspended and ways on are looked for, before the passenger asks; where it can again, they are resumed.
import { addDays, calendarDay } from '../../../clearing/business-day.ts'
import { transaction, type Database, type Queryable } from '../../../clearing/database.ts'
import { searchDepartures } from '../../timetable/departure-queries.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { connectRides } from '../journeys/connect-rules.ts'
import { findConnectionMinutes } from '../journeys/journey-queries.ts'
import { transfersOf } from '../journeys/price-journey.ts'
import {
  endBreak,
  endReview,
  findBrokenConnections,
  findJourneyLegs,
  findJourneysOn,
  findReview,
  lockJourney,
  recordBreak,
  saveChoices,
  type BrokenRow,
  type JourneyLeg
} from './connection-queries.ts'
import { findBreak, partiesOf, type Break } from './connection-rules.ts'
import type { ConnectionChoice } from './connection-schemas.ts'

const choicesMax = 3
/** Seats go: what is offered is looked at again. */
const choicesGoodForMs = 5 * 60_000

/** To be called after a departure was delayed, stopped or put back to its time; the worker calls it too. Returns the journeys seen. */
export async function reviewConnections(sql: Database, departure: number, now: Date): Promise<string[]> {
  const change = await findReview(sql, departure)
  const journeys = await findJourneysOn(sql, departure)
  for (const journey of journeys) await reviewJourney(sql, journey, now)
  if (change !== null) await endReview(sql, departure, change)
  return journeys
}

/** Suspends, resumes and ends what the journey's departures ask for now, and looks for ways on. */
export async function reviewJourney(sql: Database, journey: string, now: Date): Promise<void> {
  await transaction(sql, async (tx) => {
    await lockJourney(tx, journey)
    const legs = await findJourneyLegs(tx, journey)
    const open = (await findBrokenConnections(tx, journey)).filter(({ state }) => state === 'OPEN')
    const breaks = await findBreaks(tx, legs, open)
    const named = new Set(breaks.map(({ passengers }) => passengers[0]))
    const suspended = new Set(breaks.flatMap(({ tickets }) => tickets))
    for (const one of open.filter(({ passengers }) => !named.has(passengers[0]))) {
      const tickets = one.tickets.filter((ticketNo) => !suspended.has(ticketNo))
      await endBreak(tx, { id: one.id, tickets }, now)
    }
    for (const each of breaks) await recordBreak(tx, { journey, ...each }, now)
    for (const one of await findBrokenConnections(tx, journey))
      if (one.state === 'OPEN') {
        const choices = await findChoices(tx, one, { legs, now })
        await saveChoices(tx, { id: one.id, choices }, new Date(now.getTime() + choicesGoodForMs))
      }
  })
}

const isPerson = ({ fareKind }: JourneyLeg): boolean => fareKind !== 'vehicle' && fareKind !== 'truck'
const isTaken = (state: JourneyLeg['state']): boolean => state === 'CHECKED' || state === 'USED'
const irregular = new Set(['DELAYED', 'SUSPENDED', 'CANCELLED', 'MERGED', 'MISSED'])
const disturbed = (party: readonly JourneyLeg[]): boolean => party.some((leg) => irregular.has(leg.departureState))

/** One passenger's legs in order of travel, and the minimum connection times between them. */
async function wayOf(
  sql: Queryable,
  party: readonly JourneyLeg[],
  all: readonly JourneyLeg[]
): Promise<[JourneyLeg[], (number | null)[]]> {
  const way = party.filter(({ passenger }) => passenger === party[0]!.passenger)
  const withVehicle = all.some((leg) => !isPerson(leg) && party.some(({ passenger }) => passenger === leg.passenger))
  return [way, await findConnectionMinutes(sql, transfersOf(way), withVehicle)]
}

/** By party: what can no longer be travelled as booked. A connection an overrule made short was nobody's delay. */
async function findBreaks(sql: Queryable, legs: readonly JourneyLeg[], open: readonly BrokenRow[]) {
  const breaks: { passengers: number[]; tickets: string[]; broken: Break }[] = []
  for (const party of partiesOf(legs.filter(isPerson))) {
    const passengers = [...new Set(party.map(({ passenger }) => passenger))]
    const known = open.some((one) => passengers.some((passenger) => one.passengers.includes(passenger)))
    const broken = known || disturbed(party) ? findBreak(...(await wayOf(sql, party, legs))) : null
    if (!broken) continue
    const tickets = legs
      .filter(({ leg, passenger, state }) => leg >= broken.leg && passengers.includes(passenger) && !isTaken(state))
      .map(({ ticketNo }) => ticketNo)
    breaks.push({ passengers, tickets, broken })
  }
  return breaks
}

/** Later departures on the same stretches with room for the whole party; a vehicle is helped at the counter. */
async function findChoices(
  sql: Queryable,
  { passengers, leg: from }: BrokenRow,
  { legs, now }: { legs: readonly JourneyLeg[]; now: Date }
): Promise<ConnectionChoice[]> {
  const own = legs.filter(({ passenger }) => passengers.includes(passenger))
  if (own.some((leg) => !isPerson(leg))) return []
  const way = own.filter(({ passenger }) => passenger === passengers[0])
  const rest = way.filter((leg) => leg.leg >= from && !isTaken(leg.state))
  const before = way.findLast((leg) => leg.leg < from)
  const minutes = await findConnectionMinutes(sql, transfersOf(before ? [before, ...rest] : rest), false)
  if (rest.length === 0 || minutes.includes(null)) return []
  const rides = await Promise.all(
    rest.map(async (leg) => await laterRides(sql, { leg, passengers: passengers.length }, now))
  )
  // Before the first leg one only needs to be there.
  const start = before ?? { id: 0, departsAt: now, arrivesAt: now }
  const first = { id: 0, departsAt: start.departsAt, arrivesAt: start.arrivesAt > now ? start.arrivesAt : now }
  const gaps = before ? (minutes as number[]) : [0, ...(minutes as number[])]
  return waysOn(first, rides, gaps).map(([, ...onward]) => choiceOf(rest, onward as Departure[]))
}

type Ride = Pick<Departure, 'id' | 'departsAt' | 'arrivesAt'>

/** The earliest way on, and those that begin with a later departure each. */
function waysOn(first: Ride, rides: readonly Departure[][], gaps: readonly number[]): Ride[][] {
  const found: Ride[][] = []
  let [next, ...after] = rides
  while (next && next.length > 0 && found.length < choicesMax) {
    const [way] = connectRides<Ride>([[first], next, ...after], gaps)
    if (!way) break
    found.push(way)
    next = next.slice(next.findIndex(({ id }) => id === way[1]!.id) + 1)
  }
  return found
}

async function laterRides(
  sql: Queryable,
  { leg, passengers }: { leg: JourneyLeg; passengers: number },
  now: Date
): Promise<Departure[]> {
  const day = calendarDay(leg.departsAt > now ? leg.departsAt : now)
  const stretch = { from: leg.fromCode, to: leg.toCode }
  const found = await Promise.all(
    [day, addDays(day, 1)].map(async (on) => await searchDepartures(sql, { ...stretch, day: on }, now))
  )
  return found.flat().filter(({ placesLeft, id }) => placesLeft >= passengers && id !== leg.departure)
}

function choiceOf(rest: readonly JourneyLeg[], onward: readonly Departure[]): ConnectionChoice {
  const legs = onward.map(({ id, number, from, to, departsAt, arrivesAt }, index) => ({
    leg: rest[index]!.leg,
    departure: id,
    number,
    from: from.place,
    fromName: from.name,
    to: to.place,
    toName: to.name,
    departsAt,
    arrivesAt
  }))
  return { arrivesAt: legs.at(-1)!.arrivesAt, legs }
}
