// From one card's taps of a day to rides, and from rides to journeys. Metro rides are an entry and its exit. Where a bus passenger
// got off nobody taps: trip chaining takes the stop of that line where his next ride begins, and for the last ride of the day where
// the first began. The same method is tried on metro rides, whose end is known, so that its error is a measured figure.
import { spotOf, type FlowNetwork, type Spot } from './flow-network.ts'

export interface Tap {
  /** Of the Shanghai day. */
  second: number
  /** terminal_site.id */
  site: number
  /** 0 single, 1 entry, 2 exit. */
  passage: number
}

export interface Ride {
  mode: number
  line: number
  origin: Spot
  destination: Spot | null
  beganAt: number
  endedAt: number
  /** The destination is trip chaining's. */
  inferred: boolean
}

export interface CardDay {
  rides: Ride[]
  openEntries: number
  openExits: number
  /** Bus rides whose end is unknown, or that began nobody knows where. */
  notInferred: number
}

export interface ChainTrial {
  tried: number
  right: number
  near: number
}

/** Longer inside the metro is not one ride. */
const longestRide = 4 * 3600
/** Getting off and into the next vehicle within this is one journey. */
export const transferSeconds = 30 * 60

interface Entered {
  spot: Spot
  second: number
}

/** The taps of one card in order of time. */
export function ridesOf(taps: readonly Tap[], network: FlowNetwork): CardDay {
  const day: CardDay = { rides: [], openEntries: 0, openExits: 0, notInferred: 0 }
  let entered: Entered | null = null
  for (const { second, site, passage } of taps) {
    const at = network.sites[site]
    if (!at) continue
    const spot = spotOf(network, at, second)
    const mode = network.lines.get(at.line)?.mode ?? 0
    if (passage === 0) tapOnce(day, { mode, spot, second })
    if (passage === 0) continue
    if (passage === 2 && leave(day, entered, { mode, spot, second })) entered = null
    if (entered) day.openEntries++
    entered = passage === 1 && spot ? { spot, second } : null
  }
  if (entered) day.openEntries++
  return day
}

interface Place {
  mode: number
  spot: Spot | null
  second: number
}

function tapOnce(day: CardDay, { mode, spot, second }: Place): void {
  if (!spot) day.notInferred++
  else day.rides.push({ mode, line: spot.line, origin: spot, ...openEnd, beganAt: second, endedAt: second })
}

const openEnd = { destination: null, inferred: false }

/** True when there was an entry that this exit belongs to. */
function leave(day: CardDay, entered: Entered | null, { mode, spot, second }: Place): boolean {
  if (!entered || !spot || second - entered.second > longestRide) {
    day.openExits++
    return false
  }
  const { spot: origin, second: beganAt } = entered
  day.rides.push({ mode, line: origin.line, origin, destination: spot, beganAt, endedAt: second, inferred: false })
  return true
}

/** Gives the rides without an end the one trip chaining finds. Answers how many stay without. */
export function chainTrips(rides: readonly Ride[], network: FlowNetwork): number {
  let unknown = 0
  for (const [nth, ride] of rides.entries()) {
    if (ride.destination) continue
    const position = alightingOf(ride, nextOrigin(rides, nth), network)
    if (position === null) {
      unknown++
      continue
    }
    const stops = network.lines.get(ride.line)!.stops
    ride.destination = { place: stops[position]!.place, line: ride.line, position }
    ride.endedAt = ride.beganAt + (stops[position]!.minutes - stops[ride.origin.position!]!.minutes) * 60
    ride.inferred = true
  }
  return unknown
}

/** Where the card is used next; the last ride goes back to where the day began. */
function nextOrigin(rides: readonly Ride[], nth: number): Spot | null {
  if (rides.length < 2) return null
  return (rides[nth + 1] ?? rides[0]!).origin
}

/** The stop downstream that is the place of the next ride. */
function alightingOf({ origin, line }: Ride, next: Spot | null, network: FlowNetwork): number | null {
  if (next === null || origin.position === null) return null
  const stops = network.lines.get(line)?.stops ?? []
  const position = stops.findIndex(({ place }, at) => at > origin.position! && place === next.place)
  return position === -1 ? null : position
}

/** Tries the method on rides whose end is known; `isNear` says whether two places are at most one stop apart. */
export function tryChaining(
  rides: readonly Ride[],
  isNear: (one: number, other: number) => boolean,
  trial: ChainTrial
): void {
  for (const [nth, { destination, inferred, mode }] of rides.entries()) {
    if (inferred || destination === null || mode !== 2) continue
    const guess = nextOrigin(rides, nth)
    if (guess === null || guess.place === rides[nth]!.origin.place) continue
    trial.tried++
    if (guess.place === destination.place) trial.right++
    if (guess.place === destination.place || isNear(guess.place, destination.place)) trial.near++
  }
}

/** Rides with no more than the transfer time between them, in one list each. */
export function journeysOf(rides: readonly Ride[]): Ride[][] {
  const journeys: Ride[][] = []
  for (const ride of rides) {
    const journey = journeys.at(-1)
    const before = journey?.at(-1)
    const changes = before && before.destination !== null && ride.beganAt - before.endedAt <= transferSeconds
    // Straight back to where it began is a visit, not a transfer; a ride that ends nobody knows where stands alone.
    const goesOn = ride.destination !== null && ride.destination.place !== journey?.[0]!.origin.place
    if (journey && changes && goesOn) journey.push(ride)
    else journeys.push([ride])
  }
  return journeys
}
