// What a day's rides come to, counted while they stream by: small numbers packed into keys, so that eighteen million taps leave a few
// hundred thousand counters behind and nothing else.
import { chainTrips, journeysOf, ridesOf, tryChaining, type Ride, type Tap } from './chain-rules.ts'
import { spotOf, type FlowNetwork } from './flow-network.ts'
import { openPaths, type PathFinder } from './path-rules.ts'

export const metro = 2
const modeNames: Record<number, string> = { 1: 'bus', 2: 'metro', 5: 'tram', 6: 'ferry' }

export class DayCounts {
  readonly day = {
    taps: 0,
    known: 0,
    placed: 0,
    paired: 0,
    openEntries: 0,
    openExits: 0,
    inferred: 0,
    notInferred: 0,
    transfers: 0,
    journeys: 0
  }
  readonly trial = { tried: 0, right: 0, near: 0 }
  private readonly network: FlowNetwork
  private readonly paths: PathFinder
  private readonly boardings = new Map<number, number>()
  private readonly pairs = new Map<number, number>()
  private readonly inferredPairs = new Map<number, number>()
  private readonly stretches = new Map<number, number>()
  private readonly journeys = new Map<string, number>()

  constructor(network: FlowNetwork) {
    this.network = network
    this.paths = openPaths(network, metro)
  }

  /** One card's taps in order of time. */
  add(taps: readonly Tap[]): void {
    for (const tap of taps) this.countTap(tap)
    const { rides, openEntries, openExits, notInferred } = ridesOf(taps, this.network)
    this.day.openEntries += openEntries
    this.day.openExits += openExits
    tryChaining(rides, this.paths.isNear, this.trial)
    this.day.notInferred += notInferred + chainTrips(rides, this.network)
    for (const ride of rides) this.countRide(ride)
    for (const journey of journeysOf(rides)) this.countJourney(journey)
  }

  private countTap({ second, site, passage }: Tap): void {
    this.day.taps++
    const at = this.network.sites[site]
    if (!at) return
    this.day.known++
    const spot = spotOf(this.network, at, second)
    if (spot) this.day.placed++
    const quarter = Math.min(95, Math.max(0, Math.floor(second / 900)))
    increase(this.boardings, (((spot?.line ?? at.line) * million + (spot?.place ?? 0)) * 3 + passage) * 96 + quarter)
  }

  private countRide({ mode, line, origin, destination, beganAt, inferred }: Ride): void {
    if (!destination) return
    if (mode === metro) this.day.paired++
    if (inferred) this.day.inferred++
    const hour = hourOf(beganAt)
    const pair = ((mode * million + origin.place) * million + destination.place) * 24 + hour
    increase(this.pairs, pair)
    if (inferred) increase(this.inferredPairs, pair)
    if (origin.position !== null && destination.position !== null)
      increase(this.stretches, ((line * 1000 + origin.position) * 1000 + destination.position) * 24 + hour)
  }

  private countJourney(journey: readonly Ride[]): void {
    const last = journey.at(-1)!
    if (!last.destination) return
    this.day.journeys++
    this.day.transfers += journey.length - 1
    const from = this.network.zones.get(journey[0]!.origin.place) ?? ''
    const to = this.network.zones.get(last.destination.place) ?? ''
    const modes = journey.map(({ mode }) => modeNames[mode] ?? 'other').join('+')
    const key = `${from}\t${to}\t${hourOf(journey[0]!.beganAt)}\t${modes}`
    this.journeys.set(key, (this.journeys.get(key) ?? 0) + 1)
  }

  /** Rows as flow_boarding has them. */
  boardingRows() {
    return [...this.boardings].map(([key, taps]) => {
      const [line, place, passage, quarter] = unpack(key, [million, 3, 96])
      return { line: line!, place: place === 0 ? null : place!, passage: passage!, quarter: quarter!, taps }
    })
  }

  pairRows() {
    return [...this.pairs].map(([key, rides]) => {
      const [mode, origin, destination, hour] = unpack(key, [million, million, 24])
      const inferred = this.inferredPairs.get(key) ?? 0
      return { mode: mode!, origin: origin!, destination: destination!, hour: hour!, rides, inferred }
    })
  }

  journeyRows() {
    return [...this.journeys].map(([key, journeys]) => {
      const [originZone, destinationZone, hour, modes] = key.split('\t') as [string, string, string, string]
      return { originZone, destinationZone, hour: Number(hour), modes, journeys }
    })
  }

  /** Metro rides along their quickest ways, bus rides along their lines. */
  loadRows() {
    const loads = new Map<number, number>()
    const travel = (line: number, segment: { position: number; backward: boolean; hour: number }, riders: number) =>
      increase(loads, ((line * 1000 + segment.position) * 2 + Number(segment.backward)) * 24 + segment.hour, riders)
    for (const { mode, origin, destination, hour, rides } of this.pairRows()) {
      if (mode !== metro) continue
      for (const { line, position, backward } of this.paths.pathOf(origin, destination))
        travel(line, { position, backward, hour }, rides)
    }
    for (const [key, rides] of this.stretches) {
      const [line, from, to, hour] = unpack(key, [1000, 1000, 24]) as [number, number, number, number]
      for (let position = from; position < to; position++) travel(line, { position, backward: false, hour }, rides)
    }
    return [...loads].map(([key, passengers]) => {
      const [line, position, backward, hour] = unpack(key, [1000, 2, 24])
      return { line: line!, position: position!, backward: backward === 1, hour: hour!, passengers }
    })
  }
}

const million = 1_000_000

function hourOf(second: number): number {
  return Math.min(23, Math.max(0, Math.floor(second / 3600)))
}

function increase(counts: Map<number, number>, key: number, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

/** The parts of a key packed by multiplying, the first one first. */
function unpack(key: number, sizes: readonly number[]): number[] {
  const parts: number[] = []
  for (const size of sizes.toReversed()) {
    parts.unshift(key % size)
    key = Math.floor(key / size)
  }
  return [key, ...parts]
}
