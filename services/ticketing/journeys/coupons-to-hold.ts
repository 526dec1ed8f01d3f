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

/** Leg by leg the passengers in their order, then the vehicles: a coupon's position in the order is its index. */
export async function couponsToHold(
  keys: KeyStore,
  id: string,
  { places, vehicles }: PricedJourney,
  { passengers, vehicles: plates = [] }: Asked
): Promise<NewCoupon[]> {
  const documents = await Promise.all(
    passengers.map(async ({ document }) => ({
      document_kind: document?.kind ?? null,
      document_digest: document ? hex(await digestDocument(keys, document)) : null
    }))
  )
  const ofPassengers = places.flatMap((ofLeg, leg) => {
    const seated = ofLeg.flatMap((place, passenger) => (takesSeat(place) ? [passenger] : []))
    return ofLeg.map((place, passenger) => {
      const seatPlace = seated.indexOf(passenger)
      return { leg, passenger, place, seat_place: seatPlace === -1 ? null : seatPlace, ...documents[passenger]! }
    })
  })
  const ofVehicles = await Promise.all(
    vehicles.map(async ({ leg, place }, index) => {
      const { driver, plate } = plates[index]!
      const document_digest = hex(await digestPlate(keys, plate))
      return { leg, passenger: driver, place, seat_place: null, document_kind: plateKind, document_digest }
    })
  )
  return await Promise.all(
    [...ofPassengers, ...ofVehicles].map(async ({ place, ...coupon }, position) => {
      const { name, document, certificate } = passengers[coupon.passenger]!
      const identity = { name: name.trim(), document: document ?? null, ...(certificate ? { certificate } : {}) }
      return {
        ...coupon,
        claims: place.claims,
        fare_kind: place.fareKind,
        fare: place.fare,
        single_fare: place.singleFare,
        service_fee: place.serviceFee,
        identity: hex(await sealIdentity(keys, identity, `${id}:${position}`))
      }
    })
  )
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
