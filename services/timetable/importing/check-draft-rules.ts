// What of a draft can be taken. Tables are looked at in the order they depend on each other; a row that speaks of something neither
// known nor taken before it is refused, so that what is left fits together.
import type { Fault, Sourced } from './table-rules.ts'
import type { Draft, DraftTables } from './timetable-draft.ts'

type Line = DraftTables['lines']
type Stop = DraftTables['stops']
type Plan = DraftTables['departures']

/** What is there already. */
export interface KnownNetwork {
  carriers: ReadonlySet<string>
  places: ReadonlySet<string>
  lines: ReadonlyMap<string, { mode: Line['mode']; carrier: string; stops: readonly Omit<Stop, 'line' | 'position'>[] }>
  cabins: ReadonlySet<string>
}

export type Refuse = (row: Sourced<object>, fault: Fault) => void

/** The rows that fit; every other one is given to `refuse` with its reason. */
export function checkDraft(draft: Draft, known: KnownNetwork, refuse: Refuse): Draft {
  const network = checkNetwork(draft, known, refuse)
  const lengths = new Map([...known.lines].map(([code, line]) => [code, line.stops.length]))
  for (const [line, stops] of Map.groupBy(network.stops, ({ line }) => line)) lengths.set(line, stops.length)
  const fares = takeRows(
    draft.fares,
    (fare) => checkFare(fare, lengths) ?? checkFareClass(fare, known.cabins),
    ({ line, fromPosition, toPosition, validFrom, cabin }) =>
      [line, fromPosition, toPosition, validFrom, ...(cabin === null ? [] : [cabin])].join(' '),
    refuse
  )
  const ferries = new Set([...known.lines].flatMap(([code, { mode }]) => (mode === 'ferry' ? [code] : [])))
  for (const { code, mode } of network.lines) if (mode === 'ferry') ferries.add(code)
  return { ...network, fares, ...checkPlans(draft, { lengths, ferries, cabins: known.cabins }, refuse) }
}

function checkNetwork(draft: Draft, known: KnownNetwork, refuse: Refuse) {
  const carriers = takeRows(
    draft.carriers,
    () => null,
    ({ code }) => code,
    refuse
  )
  const places = takeRows(draft.places, checkPlace, ({ code }) => code, refuse)
  const hasCarrier = names(known.carriers, carriers)
  const hasPlace = names(known.places, places)
  const lines = takeRows(
    draft.lines,
    (line) => checkLine(line, hasCarrier, known),
    ({ code }) => code,
    refuse
  )
  const stops = takeRows(
    draft.stops,
    (stop) => missing('place', stop.place, hasPlace),
    ({ line, position }) => `${line} ${position}`,
    refuse
  )
  return { carriers, places, ...keepWholeLines(draft, { lines, stops }, known, refuse) }
}

function checkPlans(
  draft: Draft,
  known: { lengths: ReadonlyMap<string, number>; ferries: ReadonlySet<string>; cabins: ReadonlySet<string> },
  refuse: Refuse
) {
  const { lengths } = known
  const calendars = takeRows(draft.calendars, checkCalendar, ({ code }) => code, refuse)
  const hasCalendar = names(new Set(), calendars)
  const exceptions = takeRows(
    draft.exceptions,
    ({ calendar }) => missing('calendar', calendar, hasCalendar),
    ({ calendar, day }) => `${calendar} ${day}`,
    refuse
  )
  const departures = takeRows(draft.departures, (plan) => checkPlan(plan, lengths, hasCalendar), planKey, refuse)
  const plans = new Map(departures.map((plan) => [planKey(plan), plan]))
  const loadings = takeRows(
    draft.loadings,
    (loading) => checkOfPlan(loading, plans) ?? checkPosition(loading.position, lengths.get(loading.line)!),
    (loading) => `${planKey(loading)} ${loading.position}`,
    refuse
  )
  const cabins = takeRows(
    draft.cabins,
    (cabin) => checkOfPlan(cabin, plans) ?? checkCabin(cabin, known),
    (cabin) => `${planKey(cabin)} ${cabin.cabin}`,
    refuse
  )
  return { calendars, exceptions, departures, loadings, cabins: keepFittingCabins(cabins, plans, refuse) }
}

function takeRows<Row extends object>(
  rows: Sourced<Row>[],
  check: (row: Row) => Fault | null,
  key: (row: Row) => string,
  refuse: Refuse
): Sourced<Row>[] {
  const taken = new Map<string, Sourced<Row>>()
  for (const row of rows) {
    const fault = taken.has(key(row)) ? { reason: 'duplicate', detail: key(row) } : check(row)
    if (fault) refuse(row, fault)
    else taken.set(key(row), row)
  }
  return [...taken.values()]
}

const planKey = ({ line, number }: { line: string; number: string }): string => `${line} ${number}`

function names(known: ReadonlySet<string>, rows: readonly { code: string }[]): (code: string) => boolean {
  const all = new Set(rows.map(({ code }) => code))
  return (code) => all.has(code) || known.has(code)
}

function missing(what: string, code: string, has: (code: string) => boolean): Fault | null {
  return has(code) ? null : { reason: `${what}-unknown`, detail: code }
}

function checkPlace({ code, kind }: DraftTables['places']): Fault | null {
  return (code[6] === 'P') === (kind === 'port') ? null : { reason: 'place-kind', detail: `${code} ${kind}` }
}

function checkLine(line: Line, hasCarrier: (code: string) => boolean, { lines }: KnownNetwork): Fault | null {
  const { code, mode, carrier } = line
  if ((mode === 'coach') !== (line.class !== null))
    return { reason: 'line-class', detail: `${mode} ${line.class ?? '-'}` }
  const before = lines.get(code)
  if (before && (before.mode !== mode || before.carrier !== carrier)) return { reason: 'line-differs', detail: code }
  return missing('carrier', carrier, hasCarrier)
}

/** A line is taken with all its stops or not at all; a line that runs keeps its stops for ever: other stops are another line. */
function keepWholeLines(
  draft: Draft,
  taken: { lines: Sourced<Line>[]; stops: Sourced<Stop>[] },
  known: KnownNetwork,
  refuse: Refuse
): { lines: Sourced<Line>[]; stops: Sourced<Stop>[] } {
  const given = Map.groupBy(draft.stops, ({ line }) => line)
  const good = Map.groupBy(taken.stops, ({ line }) => line)
  const lineRows = new Set(taken.lines.map(({ code }) => code))
  const faults = new Map<string, Fault>()
  for (const line of new Set([...given.keys(), ...lineRows])) {
    const stops = (good.get(line) ?? []).toSorted((a, b) => a.position - b.position)
    const before = known.lines.get(line)
    const whole = stops.length === (given.get(line)?.length ?? 0)
    const fault = before
      ? stops.length > 0 && !sameStops(stops, before.stops) && 'line-differs'
      : checkSequence(stops, whole)
    if (fault) faults.set(line, { reason: fault, detail: line })
    else if (!before && !lineRows.has(line)) faults.set(line, { reason: 'line-unknown', detail: line })
  }
  const keep = <Row extends object>(rows: Sourced<Row>[], line: (row: Row) => string) =>
    rows.filter((row) => {
      const fault = faults.get(line(row))
      if (fault) refuse(row, fault)
      return fault === undefined
    })
  return { lines: keep(taken.lines, ({ code }) => code), stops: keep(taken.stops, ({ line }) => line) }
}

function checkSequence(stops: readonly Stop[], whole: boolean): string | null {
  if (!whole) return 'line-stop-refused'
  if (stops.length < 2) return 'line-without-stops'
  if (stops.some(({ position }, index) => position !== index)) return 'line-positions'
  if (new Set(stops.map(({ place }) => place)).size < stops.length) return 'line-place-twice'
  if (stops[0]!.minutes !== 0 || stops[0]!.kilometres !== 0) return 'line-start'
  const backwards = stops.some(({ minutes, kilometres }, index) => {
    const before = stops[index - 1]
    return before !== undefined && (minutes < before.minutes || kilometres < before.kilometres)
  })
  return backwards ? 'line-backwards' : null
}

function sameStops(stops: readonly Stop[], before: readonly Omit<Stop, 'line' | 'position'>[]): boolean {
  return (
    stops.length === before.length &&
    stops.every(({ position, place, minutes, kilometres }) => {
      const same = before[position]
      return same?.place === place && same.minutes === minutes && same.kilometres === kilometres
    })
  )
}

function checkPosition(position: number, length: number): Fault | null {
  // Nobody boards where the line ends.
  return position < length - 1 ? null : { reason: 'position-unknown', detail: String(position) }
}

function checkFare(fare: DraftTables['fares'], lengths: ReadonlyMap<string, number>): Fault | null {
  const length = lengths.get(fare.line)
  if (length === undefined) return { reason: 'line-unknown', detail: fare.line }
  if (fare.fromPosition >= fare.toPosition || fare.toPosition >= length)
    return { reason: 'position-unknown', detail: `${fare.fromPosition} ${fare.toPosition}` }
  return fare.halfFare <= fare.fullFare ? null : { reason: 'half-above-full', detail: fare.line }
}

function checkFareClass({ cabin }: DraftTables['fares'], known: ReadonlySet<string>): Fault | null {
  return cabin === null ? null : missing('cabin', cabin, (code) => known.has(code))
}

function checkCalendar({ code, firstDay, lastDay }: DraftTables['calendars']): Fault | null {
  return firstDay <= lastDay ? null : { reason: 'days-reversed', detail: code }
}

function checkPlan(
  plan: Plan,
  lines: ReadonlyMap<string, number>,
  hasCalendar: (code: string) => boolean
): Fault | null {
  const { line, kind, firstMinute, departsMinute, validFrom, validTo } = plan
  if (!lines.has(line)) return { reason: 'line-unknown', detail: line }
  if ((kind === 'shuttle') !== (firstMinute !== null)) return { reason: 'shuttle-window', detail: kind }
  if (firstMinute !== null && firstMinute > departsMinute)
    return { reason: 'shuttle-window', detail: 'first after last' }
  if (validFrom !== null && validTo !== null && validFrom > validTo)
    return { reason: 'days-reversed', detail: planKey(plan) }
  return plan.calendar === null ? null : missing('calendar', plan.calendar, hasCalendar)
}

function checkOfPlan(row: { line: string; number: string }, plans: ReadonlyMap<string, Plan>): Fault | null {
  return plans.has(planKey(row)) ? null : { reason: 'departure-unknown', detail: planKey(row) }
}

/** Seats of a coach have numbers, and no classes. */
function checkCabin(
  { line, cabin }: DraftTables['cabins'],
  { ferries, cabins }: { ferries: ReadonlySet<string>; cabins: ReadonlySet<string> }
): Fault | null {
  return (
    missing('cabin', cabin, (code) => cabins.has(code)) ??
    (ferries.has(line) ? null : { reason: 'cabin-on-coach', detail: line })
  )
}

/** The cabins of a departure hold no more than it does. */
function keepFittingCabins(
  cabins: Sourced<DraftTables['cabins']>[],
  plans: ReadonlyMap<string, Plan>,
  refuse: Refuse
): Sourced<DraftTables['cabins']>[] {
  const left = new Map([...plans].map(([key, { places }]) => [key, places]))
  return cabins.filter((cabin) => {
    const rest = left.get(planKey(cabin))! - cabin.places
    if (rest < 0) refuse(cabin, { reason: 'cabins-above-places', detail: planKey(cabin) })
    else left.set(planKey(cabin), rest)
    return rest >= 0
  })
}
