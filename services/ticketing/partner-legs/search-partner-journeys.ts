// Journeys that begin or end with a partner's ride: the partner's departures, then ours from where one can change to.
import { addDays } from '../../../clearing/business-day.ts'
import type { Queryable } from '../../../clearing/database.ts'
import { fen } from '../../../clearing/money.ts'
import { searchDepartures } from '../../timetable/departure-queries.ts'
import { connectRides } from '../journeys/connect-rules.ts'
import type { Journey, JourneySearch } from '../journeys/journey-schemas.ts'
import { searchJourneys } from '../journeys/search-journeys.ts'
import { findPartnerConnections, type PartnerConnection } from './partner-leg-queries.ts'
import type { PartnerOffer } from './partner-leg-schemas.ts'
import { answerBudgetMs, withinBudget, type Partners } from './partner-port.ts'

interface Searching {
  sql: Queryable
  partners: Partners
}

type Ridden = { id: number; departsAt: Date; arrivesAt: Date }

/** Earliest arrival first; empty when no partner goes there, or none answers. */
export async function searchPartnerJourneys(
  { sql, partners }: Searching,
  asked: JourneySearch,
  now: Date
): Promise<Journey[]> {
  const [starts, ends] = await Promise.all([
    findPartnerConnections(sql, asked.from),
    findPartnerConnections(sql, asked.to)
  ])
  const found = await Promise.all([
    ...starts.map(async (start) => await beginningWith({ sql, partners }, start, asked, now)),
    ...ends.map(async (end) => await endingWith({ sql, partners }, end, asked, now))
  ])
  return found
    .flat()
    .toSorted((a, b) => a.arrivesAt.getTime() - b.arrivesAt.getTime() || b.departsAt.getTime() - a.departsAt.getTime())
    .slice(0, journeysMax)
}

const journeysMax = 60

async function beginningWith(
  { sql, partners }: Searching,
  { partner, far, near, place, minutes }: PartnerConnection,
  { to, day }: JourneySearch,
  now: Date
): Promise<Journey[]> {
  const offers = await offersOf(partners, { partner, from: far, to: near, day }, now)
  if (offers.length === 0) return []
  const onward = (
    await Promise.all(
      [day, addDays(day, 1)].map(async (on) => await ownJourneys(sql, { from: place, to, day: on }, now))
    )
  ).flat()
  // Every train of the partner is offered: which of them a traveller wants is his to say.
  return offers.flatMap((offer) => {
    const ways = connectRides<Ridden>([[ridden(offer, 0)], onward.map(ridden)], [minutes])
    return ways.map(([, next]) => joined('before', offer, onward[next!.id]!))
  })
}

async function endingWith(
  { sql, partners }: Searching,
  { partner, far, near, place, minutes }: PartnerConnection,
  { from, day }: JourneySearch,
  now: Date
): Promise<Journey[]> {
  const own = await ownJourneys(sql, { from, to: place, day }, now)
  if (own.length === 0) return []
  const offers = (
    await Promise.all(
      [day, addDays(day, 1)].map(async (on) => await offersOf(partners, { partner, from: near, to: far, day: on }, now))
    )
  ).flat()
  const ways = connectRides<Ridden>([own.map(ridden), offers.map(ridden)], [minutes])
  return ways.map(([first, last]) => joined('after', offers[last!.id]!, own[first!.id]!))
}

const ridden = ({ departsAt, arrivesAt }: Pick<Journey, 'departsAt' | 'arrivesAt'>, id: number): Ridden => ({
  id,
  departsAt,
  arrivesAt
})

async function offersOf(
  partners: Partners,
  { partner, ...asked }: { partner: string; from: string; to: string; day: JourneySearch['day'] },
  now: Date
): Promise<PartnerOffer[]> {
  const answer = await withinBudget(partners[partner]?.offers(asked) ?? Promise.resolve([]), answerBudgetMs)
  return 'outcome' in answer ? [] : answer.filter(({ departsAt, placesLeft }) => departsAt > now && placesLeft > 0)
}

/** By one ride, or by several of ours; in order of departure. */
async function ownJourneys(sql: Queryable, asked: JourneySearch, now: Date): Promise<Journey[]> {
  const [direct, changing] = await Promise.all([searchDepartures(sql, asked, now), searchJourneys(sql, asked, now)])
  const single = direct
    .filter(({ placesLeft }) => placesLeft > 0)
    .map((leg): Journey => ({
      departsAt: leg.departsAt,
      arrivesAt: leg.arrivesAt,
      changes: 0,
      legs: [leg],
      partnerLegs: [],
      connectionMinutes: [],
      fullFare: leg.fullFare,
      product: null
    }))
  return [...single, ...changing].toSorted((a, b) => a.departsAt.getTime() - b.departsAt.getTime())
}

function joined(side: 'before' | 'after', offer: PartnerOffer, own: Journey): Journey {
  const [first, last] = side === 'before' ? [offer, own] : [own, offer]
  const gap = Math.round((last.departsAt.getTime() - first.arrivesAt.getTime()) / 60_000)
  return {
    departsAt: first.departsAt,
    arrivesAt: last.arrivesAt,
    changes: own.changes + 1,
    legs: own.legs,
    partnerLegs: [{ side, offer }],
    connectionMinutes: side === 'before' ? [gap, ...own.connectionMinutes] : [...own.connectionMinutes, gap],
    fullFare: fen(own.fullFare + offer.fullFare),
    // A product is between carriers of ours; the whole way is sold by contracts of their own.
    product: null
  }
}
