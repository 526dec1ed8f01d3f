// What a journey of one or more legs may be sold for now, and under which contract. Everything that sells asks here.
import type { Queryable } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { findOffer, type Offer } from '../../timetable/departure-queries.ts'
import { priceOf, type FareKind, type PricedPlace } from '../fare-rules.ts'
import { checkSale } from '../sale-rules.ts'
import type { Contract, JourneyRequest, LegRequest } from '../ticketing-schemas.ts'
import { checkConnections } from './journey-rules.ts'

export interface PricedJourney {
  /** One for each leg, in order of travel. */
  offers: Offer[]
  /** By leg, then by passenger. */
  places: PricedPlace[][]
  /** Null for a single leg. */
  contract: Contract | null
}

/** The one inner shape of a request: its legs. Throws the refusal journey-unclear. */
export function legsOf({ departure, from, to, legs }: JourneyRequest): LegRequest[] {
  const single = departure !== undefined || from !== undefined || to !== undefined
  if (legs && !single) return legs
  if (legs || departure === undefined || from === undefined || to === undefined) throw refuse('journey-unclear')
  return [{ departure, from, to }]
}

/** Throws the refusals of a sale, naming the leg where there are several. */
export async function priceJourney(
  sql: Queryable,
  request: JourneyRequest,
  fares: readonly FareKind[],
  now: Date
): Promise<PricedJourney> {
  const legs = legsOf(request)
  const several = legs.length > 1
  const offers = await Promise.all(legs.map(async (leg) => await findOffer(sql, leg)))
  const found = offers.map((offer, leg) => {
    const fault = offer ? checkSale(offer, fares, now) : 'departure-not-found'
    if (fault) throw refuse(fault, several ? { leg } : {})
    return offer!
  })
  const broken = checkConnections(found)
  if (broken) throw refuse(broken.fault, { leg: broken.leg })
  const places = found.map((offer) => fares.map((fare) => priceOf(offer, fare)))
  return { offers: found, places, contract: several ? 'COMBINED' : null }
}
