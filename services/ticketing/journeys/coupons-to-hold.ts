// From a priced journey to what is to be held: each leg with what it takes, and a coupon for each passenger and vehicle on it.
import { hex } from '../../../card-crypto/bytes.ts'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { digestDocument, digestPlate, sealIdentity } from '../../identity/seal-identity.ts'
import { sumClaims, type PricedPlace } from '../fare-rules.ts'
import type { NewCoupon, NewLeg, NewVehicle } from '../order-queries.ts'
import type { OrderRequest } from '../ticketing-schemas.ts'
import type { OpenLeg } from './open-leg.ts'
import type { PricedJourney } from './price-journey.ts'

type Asked = Pick<OrderRequest, 'passengers' | 'vehicles'>

export function legsToHold({ offers, open, places, vehicles }: PricedJourney, { passengers }: Asked): NewLeg[] {
  const legs = offers.map(({ departure, fromPosition, toPosition, refundPolicy }, leg) => {
    const own = places[leg]!
    const seated = passengers.filter((_, passenger) => takesSeat(own[passenger]!))
    const aboard = vehicles.filter((vehicle) => vehicle.leg === leg)
    return {
      departure,
      fromPosition,
      toPosition,
      refundPolicy,
      wanted: seated.map(({ seats }) => seats?.[leg] ?? null),
      claims: sumClaims([...own, ...aboard.map(({ place }) => place)].map(({ claims }) => claims))
    }
  })
  return open ? [...legs, openLegToHold(open)] : legs
}

function openLegToHold({ line, fromPosition, toPosition, refundPolicy, until }: OpenLeg): NewLeg {
  const nothing = { wanted: [], claims: {} }
  return { departure: null, fromPosition, toPosition, refundPolicy, ...nothing, openLine: line, openUntil: until }
}

/**
 * Leg by leg the passengers in their order, then the vehicles: a coupon's position in the order is its index. All that the key store
 * does for them is asked of it at once.
 */
export async function couponsToHold(
  keys: KeyStore,
  id: string,
  { places, vehicles }: PricedJourney,
  { passengers, vehicles: plates = [] }: Asked
): Promise<NewCoupon[]> {
  const aboard = [
    ...places.flatMap((ofLeg, leg) => {
      const seated = ofLeg.flatMap((place, passenger) => (takesSeat(place) ? [passenger] : []))
      return ofLeg.map((place, passenger) => ({ leg, passenger, place, seat_place: placeIn(seated, passenger) }))
    }),
    ...vehicles.map(({ leg, place }, index) => ({ leg, passenger: plates[index]!.driver, place, seat_place: null }))
  ]
  const [ofPassengers, ofVehicles, identities] = await Promise.all([
    Promise.all(passengers.map(async ({ document }) => document && hex(await digestDocument(keys, document)))),
    Promise.all(plates.map(async ({ plate }) => hex(await digestPlate(keys, plate)))),
    Promise.all(
      aboard.map(async ({ passenger }, position) => {
        const { name, document, certificate } = passengers[passenger]!
        const identity = { name: name.trim(), document: document ?? null, ...(certificate ? { certificate } : {}) }
        return hex(await sealIdentity(keys, identity, `${id}:${position}`))
      })
    )
  ])
  const firstVehicle = aboard.length - vehicles.length
  return aboard.map(({ place, ...coupon }, position) => {
    const vehicle = position - firstVehicle
    const [kind, digest] =
      vehicle < 0
        ? [passengers[coupon.passenger]!.document?.kind, ofPassengers[coupon.passenger]]
        : [plateKind, ofVehicles[vehicle]]
    return {
      ...coupon,
      document_kind: kind ?? null,
      document_digest: digest ?? null,
      claims: place.claims,
      fare_kind: place.fareKind,
      fare: place.fare,
      single_fare: place.singleFare,
      service_fee: place.serviceFee,
      identity: identities[position]!
    }
  })
}

const placeIn = (seated: readonly number[], passenger: number): number | null => {
  const place = seated.indexOf(passenger)
  return place === -1 ? null : place
}

/** A vehicle is named by its plate, which is no person's document: gates ask for none. */
const plateKind = '00'

export function vehiclesToHold(
  { places, vehicles }: PricedJourney,
  { passengers, vehicles: plates = [] }: Asked
): NewVehicle[] {
  const first = places.length * passengers.length
  return vehicles.map(({ leg }, index) => {
    const { driver, plate, kind, lengthCm, newEnergy, dangerousGoods } = plates[index]!
    return {
      position: first + index,
      driver: leg * passengers.length + driver,
      plate,
      kind,
      length_cm: lengthCm,
      new_energy: newEnergy,
      dangerous_goods: dangerousGoods
    }
  })
}

const takesSeat = ({ claims }: PricedPlace): boolean => Object.keys(claims).length === 0
