// What the vehicles of a request may be sold for now, each on the leg it sails.
import type { Queryable } from '../../../clearing/database.ts'
import { zeroFen } from '../../../clearing/money.ts'
import { refuse } from '../../refusals.ts'
import type { Offer } from '../../timetable/departure-queries.ts'
import type { PricedPlace } from '../fare-rules.ts'
import { findVehicleTerms } from './deck-queries.ts'
import { checkVehicleSale, vehicleClaims } from './vehicle-rules.ts'
import type { VehicleDescription } from './vehicle-schemas.ts'

export interface PricedVehicle {
  leg: number
  place: PricedPlace
}

/** In the order of the request. Throws the refusals of a vehicle's sale. */
export async function priceVehicles(
  sql: Queryable,
  offers: readonly Offer[],
  vehicles: readonly VehicleDescription[],
  now: Date
): Promise<PricedVehicle[]> {
  return await Promise.all(
    vehicles.map(async (vehicle, index) => {
      const leg = vehicle.leg ?? 0
      const offer = offers[leg]
      if (!offer) throw refuse('vehicle-not-carried', { vehicle: index })
      const terms = await findVehicleTerms(sql, offer, vehicle)
      const fault = checkVehicleSale(terms, vehicle, offer.departsAt, now)
      if (fault) throw refuse(fault, { vehicle: index })
      const fare = terms.fare!
      const fareKind = vehicle.kind === 'truck' ? 'truck' : 'vehicle'
      const place = { fareKind, claims: vehicleClaims(vehicle), fare, singleFare: fare, serviceFee: zeroFen } as const
      return { leg, place }
    })
  )
}
