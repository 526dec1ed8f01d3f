// An order that was just placed, shown from what is known of it: the answer showOrder would give, without asking the database.
import { showIdentity, type Identity } from '../../identity/seal-identity.ts'
import type { NewlyPlaced } from '../hold-order.ts'
import { audienceOf, type Viewer } from '../show-order.ts'
import type { Coupon, Order, OrderRequest, Ride } from '../ticketing-schemas.ts'
import type { Offer } from '../../timetable/departure-queries.ts'

export function showPlaced({ order, journey, placed }: NewlyPlaced, request: OrderRequest, viewer: Viewer): Order {
  const { id, contract, total, holdUntil, placedAt } = order
  const { state, journeyNumber } = placed
  const legs = journey.offers.map(rideOf)
  const people = request.passengers.map(({ name, document, certificate }): Identity => {
    return { name: name.trim(), document: document ?? null, ...(certificate ? { certificate } : {}) }
  })
  const audience = audienceOf(viewer)
  const coupons = order.coupons.map((coupon, position): Coupon => ({
    ticketNo: state === 'ISSUED' ? placed.ticketNos[position]! : null,
    state: state === 'ISSUED' ? 'ISSUED' : 'HELD',
    passenger: showIdentity(people[coupon.passenger]!, audience),
    seat: placed.seats[position]!,
    cabin: null,
    fareKind: coupon.fare_kind,
    fare: coupon.fare,
    serviceFee: coupon.service_fee,
    leg: coupon.leg,
    vehicle: vehicleAt(order, position)
  }))
  const issuedAt = state === 'ISSUED' ? placedAt : null
  return {
    id,
    state,
    ride: legs[0]!,
    legs,
    journeyNumber,
    contract,
    total,
    holdUntil,
    placedAt,
    issuedAt,
    coupons,
    connections: [],
    partnerLegs: []
  }
}

function rideOf({ departure, number, mode, departureState, ...offer }: Offer): Ride {
  const { fromCode: from, fromName, toCode: to, toName, departsAt, arrivesAt } = offer
  return {
    departure,
    number,
    mode,
    state: departureState,
    from,
    fromName,
    to,
    toName,
    openUntil: null,
    departsAt,
    arrivesAt
  }
}

function vehicleAt({ vehicles }: NewlyPlaced['order'], position: number): Coupon['vehicle'] {
  const vehicle = vehicles.find((one) => one.position === position)
  if (!vehicle) return null
  const { plate, kind, length_cm: lengthCm, new_energy: newEnergy, dangerous_goods: dangerousGoods } = vehicle
  return { plate, kind, lengthCm, newEnergy, dangerousGoods }
}
