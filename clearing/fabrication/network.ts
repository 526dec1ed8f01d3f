// The travellers' side of a fabricated day: acquirers with their terminals, and cards that keep a balance and a counter.
import { acquirerCodeOf, issuers } from '../participants/guangdong.ts'
import type { Random } from './random.ts'

/** Services a fabricated card is used on: card_transaction's number, merchant category, share of the terminals. */
export const rideServices = [
  { service: 1, category: '4131', name: '公交' },
  { service: 2, category: '4111', name: '地铁' },
  { service: 6, category: '4411', name: '轮渡' }
] as const
export const busRide = 0
export const metroRide = 1
export const ferryRide = 2

/** Cities with a metro or with water buses; the others have buses only. */
const metroCities = new Set(['5810', '5840', '5880', '6020'])
const ferryCities = new Set(['5810', '5840', '5850', '6030', '5910'])

/** An issuer nobody registered, with a BIN nobody registered: its cards are refused. */
export const strangeIssuer = { code: '09995810', bin: '31048799' } as const

export interface FleetMember {
  /** 8-digit acquirer code. */
  code: string
  city: string
  hasMetro: boolean
  hasFerry: boolean
  /** First terminal of each service in the fleet's tables, and how many there are. */
  terminals: readonly { first: number; count: number }[]
}

export interface Fleet {
  members: readonly FleetMember[]
  /** 12-digit PSAM number and the last sequence it gave. */
  terminalNumber: Float64Array
  terminalSequence: Uint32Array
  /** Whose cards the lone rides of unknown issuers are on. */
  stranger: { code: string; bin: string }
}

export function createFleet(random: Random, codes: readonly string[], terminalsPerService: number): Fleet {
  const count = codes.length * rideServices.length * terminalsPerService
  const fleet: Fleet = {
    members: codes.map((code, index): FleetMember => {
      const cityCode = code.slice(4)
      const first = index * rideServices.length * terminalsPerService
      return {
        code,
        city: cityNameOf(code),
        hasMetro: metroCities.has(cityCode),
        hasFerry: ferryCities.has(cityCode),
        terminals: rideServices.map((_, service) => ({
          first: first + service * terminalsPerService,
          count: terminalsPerService
        }))
      }
    }),
    stranger: strangeIssuer,
    terminalNumber: new Float64Array(count),
    terminalSequence: new Uint32Array(count)
  }
  for (let terminal = 0; terminal < count; terminal++) {
    const owner = codes[Math.floor(terminal / (rideServices.length * terminalsPerService))]!
    // City 4 | company 3 | running number 5.
    fleet.terminalNumber[terminal] = Number(`${owner.slice(4)}${owner.slice(1, 4)}00000`) + (terminal % 100_000)
    fleet.terminalSequence[terminal] = random.below(1_000_000)
  }
  return fleet
}

function cityNameOf(acquirer: string): string {
  return issuers.find(([code]) => acquirerCodeOf(code) === acquirer)?.[2] ?? '样例'
}

/** Cards as columns; a card is its row. */
export interface Cards {
  count: number
  /** Row of `issuers`. */
  issuer: Uint8Array
  /** The 11 digits behind the BIN. */
  serial: Float64Array
  balance: Int32Array
  /** The last offline counter used. */
  sequence: Uint16Array
  /** 算法标识 as the card says it: 0 or 1 for 3DES, 4 for SM4. */
  algorithm: Uint8Array
  /** Acquirer most rides are with. */
  home: Uint8Array
  /** Acquirer whose metro the card is inside of, or outside. */
  inside: Int8Array
}

export const outside = -1

export function createCards(
  random: Random,
  count: number,
  mix: { members: readonly FleetMember[]; sm4: number }
): Cards {
  const { members } = mix
  const cards = {
    count,
    issuer: new Uint8Array(count),
    serial: new Float64Array(count),
    balance: new Int32Array(count),
    sequence: new Uint16Array(count),
    algorithm: new Uint8Array(count),
    home: new Uint8Array(count),
    inside: new Int8Array(count).fill(outside)
  }
  const homes = issuers.map(([code]) => members.findIndex((member) => member.code === acquirerCodeOf(code)))
  for (let card = 0; card < count; card++) {
    const issuer = random.below(issuers.length)
    cards.issuer[card] = issuer
    // The row is in the serial, so no two cards are alike.
    cards.serial[card] = 1_000_000_000 + card
    cards.balance[card] = 2_000 + random.below(20_000)
    cards.sequence[card] = 1 + random.below(3_000)
    cards.algorithm[card] = algorithmFor(random, mix.sm4)
    cards.home[card] = homes[issuer] === -1 ? random.below(members.length) : homes[issuer]!
  }
  return cards
}

export function algorithmFor(random: Random, sm4: number): number {
  return random.chance(sm4) ? 4 : random.below(2)
}
