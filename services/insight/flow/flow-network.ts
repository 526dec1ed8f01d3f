// The network a day's taps are read against, in memory and by small numbers: terminals at places, vehicles on their runs, lines and
// the stops along them.

export interface LineStop {
  place: number
  minutes: number
}

export interface FlowLine {
  id: number
  /** card_transaction's service: 1 bus, 2 metro, 6 ferry. */
  mode: number
  stops: readonly LineStop[]
}

export interface Site {
  line: number
  /** Null in a vehicle. */
  place: number | null
  vehicle: string | null
}

/** Seconds of the day, ascending. */
export interface VehicleRun {
  startsAt: number
  line: number
}

export interface FlowNetwork {
  lines: ReadonlyMap<number, FlowLine>
  /** By terminal_site.id. */
  sites: readonly (Site | undefined)[]
  runs: ReadonlyMap<string, readonly VehicleRun[]>
  zones: ReadonlyMap<number, string>
}

/** A stop of a line, or a place when the line does not matter (metro). */
export interface Spot {
  place: number
  line: number
  /** Along the line of the vehicle; null at a metro gate. */
  position: number | null
}

/** Where a tap at `second` of the day happened; null where nobody knows. */
export function spotOf(network: FlowNetwork, site: Site, second: number): Spot | null {
  if (site.place !== null) return { place: site.place, line: site.line, position: null }
  if (site.vehicle === null) return null
  const run = network.runs.get(site.vehicle)?.findLast(({ startsAt }) => startsAt <= second)
  const stops = run && network.lines.get(run.line)?.stops
  if (!stops) return null
  const elapsed = (second - run.startsAt) / 60
  // People tap while the vehicle stands or has just left; a run that ended long ago says nothing.
  const position = stops.findLastIndex(({ minutes }) => minutes <= elapsed)
  const last = stops.at(-1)!
  if (position === -1 || elapsed > last.minutes + 15) return null
  return { place: stops[position]!.place, line: run.line, position }
}
