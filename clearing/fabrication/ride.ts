// One ride of a fabricated day: who, where, for how much. A single Ride is filled again and again.
import { issuers } from '../participants/guangdong.ts'
import {
  algorithmFor,
  busRide,
  ferryRide,
  metroRide,
  outside,
  rideServices,
  type Cards,
  type Fleet,
  type FleetMember
} from './network.ts'
import type { Tariff } from './city-tariffs.ts'
import type { Random } from './random.ts'

export interface Ride {
  /** Rows of the fleet, of `issuers` (or strangeCard) and of rideServices. */
  acquirer: number
  issuer: number
  service: number
  serial: number
  algorithm: number
  cardSequence: number
  terminal: number
  /** Row of the days the fabrication writes. */
  day: number
  second: number
  /** 6 simple, 9 compound; an entry is a compound purchase of nothing. */
  kind: number
  price: number
  amount: number
  discount: number
  balanceBefore: number
  /** 终端交易序号, the PSAM's. */
  terminalSequence: number
  /** 伪随机数 of the card, and its TAC as the card computed it; 0 until then. */
  random: number
  tac: number
}

export const strangeCard = issuers.length

export function emptyRide(): Ride {
  return {
    acquirer: 0,
    issuer: 0,
    service: 0,
    serial: 0,
    algorithm: 0,
    cardSequence: 0,
    terminal: 0,
    day: 0,
    second: 0,
    kind: 6,
    price: 0,
    amount: 0,
    discount: 0,
    balanceBefore: 0,
    terminalSequence: 0,
    random: 0,
    tac: 0
  }
}

export interface RideWorld {
  random: Random
  fleet: Fleet
  cards: Cards
  /** Shares of rides: away from the card's home, by metro and by ferry where there are any; of SM4 cards. */
  mix: RideMix
  /** By the schemes of the cities; without it every operator gives a discount of its own. */
  tariff?: Tariff | undefined
  /** A few cards that ride all day, so that the tiers of a month are reached, and their share of the rides. */
  busy?: { cards: readonly number[]; share: number } | undefined
}

export interface RideMix {
  away: number
  metro: number
  ferry: number
  sm4: number
}

/** Smallest balance a turnstile lets in with. */
const entryBalance = 1_500
const topUp = 10_000

const busPrices = [100, 200, 200, 200, 250, 300] as const
const metroPrices = [200, 300, 400, 500, 700] as const
const ferryPrices = [200, 1_000, 1_200] as const

/** 优惠类型 of our own: percent of the price that is charged. */
const discounts = [100, 95, 80, 50] as const
const interoperable = 1
const busCard = 2
const student = 3

/** A ride of any card: inside the metro it leaves it, else it takes what its place offers. */
export function takeRide(world: RideWorld, ride: Ride): void {
  const { random, cards, fleet, mix } = world
  const card = cardFor(world)
  const leaving = cards.inside[card]! !== outside
  ride.acquirer = leaving ? cards.inside[card]! : placeOf(world, card)
  const member = fleet.members[ride.acquirer]!
  ride.service = leaving ? metroRide : serviceAt(random, member, mix)
  const entering = ride.service === metroRide && !leaving
  ride.kind = ride.service === metroRide ? 9 : 6
  setPrice(world, ride, { entering, card })
  cards.inside[card] = entering ? ride.acquirer : outside
  if (cards.balance[card]! < Math.max(ride.amount, entryBalance)) cards.balance[card]! += topUp
  ride.issuer = cards.issuer[card]!
  ride.serial = cards.serial[card]!
  ride.algorithm = cards.algorithm[card]!
  ride.cardSequence = ++cards.sequence[card]!
  ride.balanceBefore = cards.balance[card]!
  cards.balance[card]! -= ride.amount
  useTerminal(world, ride)
}

/** A single bus ride of a card that is seen this once. */
export function takeLoneRide(world: RideWorld, ride: Ride, card: { issuer: number; serial: number }): void {
  const { random, fleet, mix } = world
  ride.acquirer = random.below(fleet.members.length)
  ride.service = busRide
  ride.kind = 6
  setPrice(world, ride, { entering: false, card: null })
  ride.issuer = card.issuer
  ride.serial = card.serial
  ride.algorithm = algorithmFor(random, mix.sm4)
  ride.cardSequence = 1 + random.below(3_000)
  ride.balanceBefore = 2_000 + random.below(20_000)
  useTerminal(world, ride)
}

function placeOf({ random, cards, fleet, mix }: RideWorld, card: number): number {
  return random.chance(mix.away) ? random.below(fleet.members.length) : cards.home[card]!
}

function serviceAt(random: Random, member: FleetMember, mix: RideMix): number {
  if (member.hasMetro && random.chance(mix.metro)) return metroRide
  return member.hasFerry && random.chance(mix.ferry) ? ferryRide : busRide
}

function cardFor({ random, cards, busy }: RideWorld): number {
  if (busy && random.chance(busy.share)) return busy.cards[random.below(busy.cards.length)]!
  return random.below(cards.count)
}

function setPrice(
  { random, fleet, tariff }: RideWorld,
  ride: Ride,
  { entering, card }: { entering: boolean; card: number | null }
): void {
  const prices = ride.service === busRide ? busPrices : ride.service === metroRide ? metroPrices : ferryPrices
  ride.discount = entering || ride.service === ferryRide ? 0 : discountFor(random, ride.service)
  ride.price = entering ? 0 : prices[random.below(prices.length)]!
  ride.amount = (ride.price * discounts[ride.discount]!) / 100
  if (!tariff || entering) return
  const { code } = fleet.members[ride.acquirer]!
  const { service } = rideServices[ride.service]!
  const charged = tariff({ service, price: ride.price, city: code.slice(4), card })
  if (charged) [ride.amount, ride.discount] = [charged.amount, charged.mark]
}

function discountFor(random: Random, service: number): number {
  if (random.chance(0.05)) return student
  if (random.chance(0.4)) return 0
  return service === busRide ? busCard : interoperable
}

function useTerminal({ random, fleet }: RideWorld, ride: Ride): void {
  const { first, count } = fleet.members[ride.acquirer]!.terminals[ride.service]!
  ride.terminal = first + random.below(count)
  ride.terminalSequence = ++fleet.terminalSequence[ride.terminal]!
  ride.random = rideRandom(ride)
  ride.tac = 0
}

/** What stands for a card's random number, so that the same seed makes the same bytes. */
function rideRandom({ serial, cardSequence }: Ride): number {
  let word = (Math.imul(serial | 0, 0x9e3779b1) ^ Math.imul(cardSequence, 0x85ebca6b)) | 0
  word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d)
  return (word ^ (word >>> 13)) >>> 0
}
