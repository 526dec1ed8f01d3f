// May this vehicle be sold a place on the sailing now, who drives it, and what it takes from the deck (ticketing facts §2.5).
import { presaleOpens } from '../../timetable/sale-window-rules.ts'
import type { Claims, FareKind } from '../fare-rules.ts'
import type { VehicleTerms } from './deck-queries.ts'
import type { VehicleDescription, VehicleRequest } from './vehicle-schemas.ts'

export function checkVehicleSale(
  terms: VehicleTerms,
  { newEnergy }: Pick<VehicleDescription, 'newEnergy'>,
  departsAt: Date,
  now: Date
) {
  if (terms.fare === null) return 'vehicle-not-carried'
  if (now.getTime() >= departsAt.getTime() - terms.saleClosesMinutes * 60_000) return 'vehicle-sale-closed'
  const presale = { days: terms.newEnergyPresaleDays, opensMinute: terms.newEnergyPresaleOpensMinute }
  return newEnergy && now < presaleOpens(departsAt, presale) ? 'new-energy-sale-not-open' : null
}

interface Person {
  fare: FareKind
  document?: unknown
}

/** Each vehicle has a driver of its own: an adult of the same order with a document, on the same leg. */
export function checkDrivers(vehicles: readonly VehicleRequest[], passengers: readonly Person[]) {
  const seats = new Set(vehicles.map(({ leg, driver }) => `${leg ?? 0}:${driver}`))
  if (seats.size !== vehicles.length) return 'driver-taken'
  const drivers = vehicles.map(({ driver }) => passengers[driver])
  return drivers.every((driver) => driver?.fare === 'full' && driver.document) ? null : 'driver-required'
}

export function vehicleClaims({ lengthCm, newEnergy, dangerousGoods }: VehicleDescription): Claims {
  return {
    vehicle: 1,
    lane: lengthCm,
    ...(newEnergy ? { 'new-energy': 1 } : {}),
    ...(dangerousGoods ? { 'dangerous-goods': 1 } : {})
  }
}
