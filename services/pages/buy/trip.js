// What is being bought: a departure, or a journey of several legs, perhaps as a product and with an open way back; the same object
// goes from the list to the quote and to the order.
import { call } from '../shell/api.js'
import { dayOf } from '../shell/format.js'
import { both } from '../shell/language.js'
import { ridesOf } from './partner-rides.js'

/** A journey as a departure is shown: the first ride's start, the last ride's end, and all legs between. */
export function tripOf({ legs, partnerLegs = [], departsAt, arrivesAt, connectionMinutes, product, fullFare }) {
  const rides = ridesOf({ legs, partnerLegs })
  return {
    ...legs[0],
    from: rides[0].from,
    to: rides.at(-1).to,
    departsAt,
    arrivesAt,
    mode: legs.some(({ mode }) => mode === 'ferry') ? 'ferry' : 'coach',
    realName: legs.some(({ realName }) => realName),
    sampleFare: legs.some(({ sampleFare }) => sampleFare),
    placesLeft: Math.min(...rides.map(({ placesLeft }) => placesLeft)),
    fullFare: product?.fullFare ?? fullFare,
    legs,
    partnerLegs,
    connectionMinutes,
    product: product?.code,
    productName: product?.name
  }
}

export function legsOf(trip) {
  return trip.legs ?? [trip]
}

const legOf = ({ id, from, to, cabin }) => ({
  departure: id,
  from: from.place,
  to: to.place,
  ...(cabin ? { cabin } : {})
})

const partnerLegOf = ({ side, offer }) => ({ side, partner: offer.partner, offer: offer.id })

/** Sold by class: each leg in the class of `cabins`, by leg; the cheapest where none is named. */
export function inCabins(trip, cabins = []) {
  const cabinOf = (leg, index) => cabins[index] ?? leg.cabins?.[0]?.code
  if (trip.legs) return { ...trip, legs: trip.legs.map((leg, index) => ({ ...leg, cabin: cabinOf(leg, index) })) }
  return { ...trip, cabin: cabinOf(trip, 0) }
}

/** A departure sold by class is as many things to sell as it has classes. */
export function byCabin(departure) {
  if (!departure.cabins?.length) return [departure]
  return departure.cabins.map(({ code, name, nameEn, placesLeft, fullFare }) => ({
    ...departure,
    cabin: code,
    cabinName: both(name, nameEn),
    placesLeft,
    fullFare
  }))
}

/** The part of a request that names the way. */
export function wayOf(trip) {
  const { legs, product, openReturn, partnerLegs = [] } = trip
  if (!legs && !product) return legOf(trip)
  return {
    legs: legsOf(trip).map(legOf),
    ...(partnerLegs.length > 0 ? { partnerLegs: partnerLegs.map(partnerLegOf) } : {}),
    ...(product ? { product } : {}),
    ...(openReturn ? { openReturn: true } : {})
  }
}

let known = { day: null, products: [] }

async function findReturns(day) {
  if (known.day !== day) known = { day, products: await call('GET', `/v1/products?day=${day}`) }
  return known.products.filter(({ kind, openDays }) => kind === 'return' && openDays)
}

/** The return product whose way out this departure is, or null. */
export async function findReturnProduct(trip) {
  if (trip.legs) return null
  const isWayOut = ({ line, from, to }) => line === trip.line && from === trip.from.place && to === trip.to.place
  const all = await findReturns(dayOf(trip.departsAt))
  return all.find(({ legs }) => isWayOut(legs[0])) ?? null
}

/** Of what runs that day, the departures by which an open way back may be travelled: those of its product's line. */
export async function keepWayBack({ from, to, openUntil }, departures) {
  const all = await findReturns(openUntil)
  const lines = all.map(({ legs }) => legs.at(-1)).filter((leg) => leg.from === from && leg.to === to)
  return departures.filter(({ line }) => lines.some((leg) => leg.line === line))
}

/** There and back by departures that are both chosen now. */
export function withFixedReturn(trip, { code, name }, back) {
  return {
    ...trip,
    legs: [...legsOf(trip), back],
    connectionMinutes: [],
    product: code,
    productName: name,
    realName: trip.realName || back.realName
  }
}

/** Of what runs that day, the departures of the product's way back that one reaches from the way out. */
export function waysBack(trip, product, departures) {
  const { line } = product.legs.at(-1)
  return departures.filter((one) => one.line === line && Date.parse(one.departsAt) > Date.parse(trip.arrivesAt))
}

/** The same way out, with the way back open for the product's days. */
export function withOpenReturn(trip, { code, name, openDays }) {
  return { ...trip, product: code, productName: name, openReturn: true, openDays }
}
