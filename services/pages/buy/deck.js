// Vehicles aboard: what a sailing carries and at which fare, and the plate as it is written.
import { call } from '../shell/api.js'
import { both } from '../shell/language.js'
import { legsOf } from './trip.js'

export const vehicleNames = {
  car: both('小客车', 'Car'),
  coach: both('客车', 'Coach'),
  truck: both('货车', 'Truck'),
  motorcycle: both('摩托车', 'Motorcycle'),
  tricycle: both('三轮车', 'Tricycle'),
  bicycle: both('自行车', 'Bicycle')
}

/** A usual length of each kind in centimetres, to be corrected by whoever knows better. */
export const usualLength = { car: 480, coach: 900, truck: 900, motorcycle: 210, tricycle: 300, bicycle: 180 }

const plate = /^([一-龥][A-Z][A-Z0-9]{5,6}|[一-龥][A-Z][A-Z0-9]{4}[一-龥]|[0-9A-Z]{1,8})$/

/** 粤A·12345 as it is stored, 粤A12345; null when it is no plate. */
export function readPlate(text) {
  const written = text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s·•.-]/g, '')
  return plate.test(written) ? written : null
}

/** Plates of new-energy vehicles are one character longer. */
export function isNewEnergyPlate(written) {
  return /^[一-龥][A-Z][A-Z0-9]{6}$/.test(written)
}

/** The first leg that carries vehicles: {leg, fares, left}; null when none does. */
export async function findDeck(trip) {
  for (const [leg, { id, from, to, mode }] of legsOf(trip).entries()) {
    if (mode !== 'ferry') continue
    const way = new URLSearchParams({ from: from.place, to: to.place })
    const deck = await call('GET', `/v1/departures/${id}/deck?${way}`)
    if (deck.fares.length > 0) return { leg, ...deck }
  }
  return null
}

/** {fare, lengthCmMax} for a vehicle, or null when the sailing does not carry such a one. */
export function deckFare({ fares }, kind, lengthCm) {
  return fares.find((one) => one.kind === kind && one.lengthCmMax >= lengthCm) ?? null
}

export function kindsCarried({ fares }) {
  return Object.keys(vehicleNames).filter((kind) => fares.some((one) => one.kind === kind))
}

/** As a quote names it: without plate and driver. */
export function describeVehicle({ kind, lengthCm, newEnergy, dangerousGoods, leg }) {
  return { kind, lengthCm, newEnergy, dangerousGoods, leg }
}

export function metres(lengthCm) {
  return `${(lengthCm / 100).toFixed(2).replace(/\.?0+$/, '')} m`
}

export function vehicleWords({ plate: written, kind, lengthCm, newEnergy, dangerousGoods }) {
  const more = [
    newEnergy ? both('新能源', 'new energy') : null,
    dangerousGoods ? both('危险货物', 'dangerous goods') : null
  ].filter((one) => one !== null)
  const say = (lang) => [written, vehicleNames[kind][lang], metres(lengthCm), ...more.map((one) => one[lang])]
  return both(say('zh').join(' · '), say('en').join(' · '))
}
