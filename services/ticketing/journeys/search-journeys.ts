// Journeys by bus and ferry with one or two changes: the ways there are, then the departures that serve them one after another.
import { addDays, type BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable } from '../../../clearing/database.ts'
import { fen, sumFen, type Fen } from '../../../clearing/money.ts'
import { searchDepartures } from '../../timetable/departure-queries.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { connectRides } from './connect-rules.ts'
import { findProducts, findRouteChains, type Product, type RouteChain } from './journey-queries.ts'
import type { Journey, JourneySearch } from './journey-schemas.ts'

const journeysMax = 50

/** Earliest arrival first. The first leg leaves on the day; later ones may leave on the next. */
export async function searchJourneys(sql: Queryable, asked: JourneySearch, now: Date): Promise<Journey[]> {
  const [chains, products] = await Promise.all([findRouteChains(sql, asked), findProducts(sql, asked.day)])
  const departures = await departuresOf(sql, chains, asked.day, now)
  return chains
    .flatMap(({ rides, minutes }) => {
      const served = rides.map((ride, index) => departures.get(keyOf(ride, index > 0))!)
      return connectRides(served, minutes).map((legs) => journeyOf(legs, products))
    })
    .toSorted((a, b) => a.arrivesAt.getTime() - b.arrivesAt.getTime() || b.departsAt.getTime() - a.departsAt.getTime())
    .slice(0, journeysMax)
}

const keyOf = ({ from, to }: RouteChain['rides'][number], onward: boolean): string => `${from} ${to} ${onward}`

/** What serves each ride of the chains, asked for once each: on the day, and for rides after a change on the next day too. */
async function departuresOf(
  sql: Queryable,
  chains: readonly RouteChain[],
  day: BusinessDay,
  now: Date
): Promise<Map<string, Departure[]>> {
  const wanted = new Map(
    chains.flatMap(({ rides }) =>
      rides.map((ride, index) => [
        keyOf(ride, index > 0),
        { ...ride, days: index > 0 ? [day, addDays(day, 1)] : [day] }
      ])
    )
  )
  const found = await Promise.all(
    [...wanted].map(async ([key, { from, to, days }]) => {
      const onDays = await Promise.all(days.map(async (on) => await searchDepartures(sql, { from, to, day: on }, now)))
      return [key, onDays.flat().filter(({ placesLeft }) => placesLeft > 0)] as const
    })
  )
  return new Map(found)
}

function journeyOf(legs: readonly Departure[], products: readonly Product[]): Journey {
  const fullFare = sumFen(legs.map((leg) => leg.fullFare))
  const product = products.find((one) => isOf(one, legs))
  return {
    departsAt: legs[0]!.departsAt,
    arrivesAt: legs.at(-1)!.arrivesAt,
    changes: legs.length - 1,
    legs: [...legs],
    partnerLegs: [],
    connectionMinutes: legs
      .slice(1)
      .map((leg, index) => Math.round((leg.departsAt.getTime() - legs[index]!.arrivesAt.getTime()) / 60_000)),
    fullFare,
    product: product ? productOf(product, fullFare) : null
  }
}

function productOf({ code, name, contract, discount }: Product, sum: Fen): Journey['product'] {
  return { code, name, contract, fullFare: fen(Math.max(0, sum - discount)) }
}

function isOf({ kind, legs: own }: Product, legs: readonly Departure[]): boolean {
  return (
    kind === 'through' &&
    own.length === legs.length &&
    own.every(({ from, to }, leg) => legs[leg]!.from.place === from && legs[leg]!.to.place === to)
  )
}
