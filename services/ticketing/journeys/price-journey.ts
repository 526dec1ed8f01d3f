// What a journey of one or more legs may be sold for now, and under which contract. Everything that sells asks here.
import type { Queryable } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'
import { findEntitlement } from '../../fares/concession-rules.ts'
import type { Channel } from '../../fares/fare-parts-rules.ts'
import type { Certificate } from '../../fares/policy-schemas.ts'
import { frozenTerms } from '../../fares/publish-policy.ts'
import { offerThrough } from '../../fares/terms/offer-through.ts'
import { refuse } from '../../refusals.ts'
import type { Offer } from '../../timetable/departure-queries.ts'
import { atGroupFare, priceOf, totalOf, type FareKind, type PricedPlace } from '../fare-rules.ts'
import { checkCabin, checkSale } from '../sale-rules.ts'
import type { Contract, JourneyRequest, LegRequest } from '../ticketing-schemas.ts'
import { findConnectionMinutes, findProduct, type Product, type Transfer } from './journey-queries.ts'
import { checkConnections, crossesBoundary } from './journey-rules.ts'
import { priceOpenLeg, type OpenLeg } from './open-leg.ts'
import { throughPlaces } from './proration-rules.ts'
import { priceVehicles, type PricedVehicle } from '../vehicles/price-vehicles.ts'
import type { VehicleDescription } from '../vehicles/vehicle-schemas.ts'

interface Extras {
  vehicles?: readonly VehicleDescription[]
  /** By passenger. */
  certificates?: readonly (Certificate | null)[]
  /** Whose service fee is charged; the web's when nothing is said. */
  channel?: Channel
}

export interface PricedJourney {
  /** One for each leg, in order of travel. */
  offers: Offer[]
  /** The way back, its departure to be chosen later; the last of `places` is its. */
  open: OpenLeg | null
  /** By leg, then by passenger. */
  places: PricedPlace<FareKind>[][]
  /** Null for a single leg. */
  contract: Contract | null
  product: Product | null
  vehicles: PricedVehicle[]
}

/** The one inner shape of a request: its legs. Throws the refusal journey-unclear. */
export function legsOf({ departure, from, to, cabin, legs }: JourneyRequest): LegRequest[] {
  const single = [departure, from, to, cabin].some((given) => given !== undefined)
  if (legs && !single) return legs
  if (legs || departure === undefined || from === undefined || to === undefined) throw refuse('journey-unclear')
  return [{ departure, from, to, ...(cabin === undefined ? {} : { cabin }) }]
}

/** Throws the refusals of a sale, naming the leg where there are several. */
export async function priceJourney(
  sql: Queryable,
  request: JourneyRequest & Extras,
  fares: readonly FareKind[],
  now: Date
): Promise<PricedJourney> {
  const legs = legsOf(request)
  const several = legs.length > 1 || request.openReturn === true || request.partnerLegs !== undefined
  const found = await Promise.all(legs.map(async (leg) => await offerThrough(sql, leg, request.channel ?? 'web')))
  const offers = found.map((offer, leg) => {
    const fault = offer ? (checkSale(offer, fares, now) ?? checkCabin(offer, legs[leg]!.cabin)) : 'departure-not-found'
    if (fault) throw refuse(fault, several ? { leg } : {})
    return offer!
  })
  const product = request.product === undefined ? null : await requireProduct(sql, request, offers)
  await assertConnected(sql, offers, request.vehicles !== undefined)
  const rates = await certificateRates(sql, offers, request.certificates ?? [])
  const singles = offers.map((offer, leg) =>
    fares.map((fare, passenger) => priceOf(offer, fare, rates[leg]![passenger]))
  )
  const back = request.openReturn ? await priceOpenLeg(sql, product, offers.at(-1)!, fares) : null
  if (back) singles.push(back.places)
  const places = product ? atThroughFare(product, singles) : await atGroupFares(sql, offers, singles)
  const vehicles = await priceVehicles(sql, offers, request.vehicles ?? [], now)
  return {
    offers,
    open: back?.open ?? null,
    places,
    vehicles,
    product,
    contract: several ? (product?.contract ?? 'COMBINED') : null
  }
}

export function priceTotal({ places, vehicles }: PricedJourney): Fen {
  return totalOf([...places.flat(), ...vehicles.map(({ place }) => place)])
}

/** By leg, then by passenger: the share of the full fare his certificate leaves to pay. */
export async function certificateRates(
  sql: Queryable,
  offers: readonly Offer[],
  certificates: readonly (Certificate | null)[]
): Promise<(string | null)[][]> {
  return await Promise.all(
    offers.map(async ({ refundPolicy }) => {
      if (certificates.every((certificate) => certificate === null)) return []
      const terms = await frozenTerms(sql, refundPolicy)
      return certificates.map(
        (certificate) =>
          (certificate && findEntitlement(terms, { age: null, heightCm: null, certificate }, 'half')?.rate) ?? null
      )
    })
  )
}

async function requireProduct(
  sql: Queryable,
  { product: code, openReturn }: JourneyRequest,
  offers: readonly Offer[]
): Promise<Product> {
  const product = await findProduct(sql, code!, offers[0]!.day)
  if (!product) throw refuse('product-not-found')
  const fits =
    product.legs.length === offers.length + (openReturn ? 1 : 0) &&
    offers.every(({ fromCode, toCode }, leg) => {
      const { from, to } = product.legs[leg]!
      return from === fromCode && to === toCode
    })
  if (!fits) throw refuse('product-mismatch')
  return product
}

/** Throws connection-too-short and no-interchange, naming the leg. */
export async function assertConnected(
  sql: Queryable,
  offers: readonly ConnectedLeg[],
  withVehicle: boolean
): Promise<void> {
  const minutes = await findConnectionMinutes(sql, transfersOf(offers), withVehicle)
  const broken = checkConnections(offers, minutes)
  if (broken) throw refuse(broken.fault, { leg: broken.leg })
}

export type ConnectedLeg = Pick<Offer, 'mode' | 'day' | 'fromCode' | 'toCode' | 'departsAt' | 'arrivesAt'>

export function transfersOf(offers: readonly ConnectedLeg[]): Transfer[] {
  return offers.slice(1).map((next, index) => {
    const last = offers[index]!
    const boundary = crossesBoundary(last) || crossesBoundary(next)
    const { day } = next
    return { arrives: last.toCode, fromMode: last.mode, departs: next.fromCode, toMode: next.mode, boundary, day }
  })
}

/** By leg, where the party is large enough for it; products have prices of their own. */
async function atGroupFares(sql: Queryable, offers: readonly Offer[], singles: PricedPlace<FareKind>[][]) {
  return await Promise.all(
    singles.map(async (places, leg) => {
      const { groupFare } = await frozenTerms(sql, offers[leg]!.refundPolicy)
      return atGroupFare(places, groupFare)
    })
  )
}

/** By leg again, each passenger's fares being shares of what the product costs him. */
function atThroughFare({ discount, legs }: Product, singles: PricedPlace<FareKind>[][]): PricedPlace<FareKind>[][] {
  const fixedShares = legs.map(({ fixedShare }) => fixedShare)
  const byPassenger = singles[0]!.map((_, passenger) =>
    throughPlaces(
      { discount, fixedShares },
      singles.map((ofLeg) => ofLeg[passenger]!)
    )
  )
  return singles.map((_, leg) => byPassenger.map((places) => places[leg]!))
}
