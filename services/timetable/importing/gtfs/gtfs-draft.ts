// A GTFS feed as a draft. A route's trips that call at the same stops after the same minutes are one line of ours, named by the route and
// a digest of that pattern, so that the same feed gives the same lines. Stops are places by our code or by exact name.
import { createHash } from 'node:crypto'
import type { GtfsTables } from './gtfs-tables.ts'
import { weekdaysOf } from './gtfs-tables.ts'
import type { Fault, Sourced } from '../table-rules.ts'
import { emptyDraft, type Draft } from '../timetable-draft.ts'

export type GtfsFeed = { [Name in keyof GtfsTables]: Sourced<GtfsTables[Name]>[] }
export type Refuse = (row: Sourced<object>, fault: Fault) => void

export interface GtfsTerms {
  codeOf: ReadonlyMap<string, string>
  cityOf: ReadonlyMap<string, string>
  /** What GTFS does not say: numbered seats of a coach, licensed number of a vessel; null when not given. */
  places: { coach: number | null; ferry: number | null }
}

interface Call {
  place: string
  stop: string
  zone: string
  departs: number
  kilometres: number
}

interface Pattern {
  line: string
  route: string
  calls: Call[]
}

/** Rows that cannot become anything of ours are given to `refuse`; all others are in the draft. */
export function draftOfFeed(feed: GtfsFeed, terms: GtfsTerms, refuse: Refuse): Draft {
  const draft = emptyDraft()
  draft.carriers = feed.agency.map(({ id, name, source }) => ({ code: carrierCode(id), name, source }))
  const stops = draftStops(feed, terms, draft, refuse)
  const routes = draftRoutes(feed, draft, refuse)
  const services = draftServices(feed, draft)
  const patterns = draftTrips(feed, { terms, stops, routes, services }, draft, refuse)
  draftFares(feed, [...patterns.values()], draft, refuse)
  return draft
}

const carrierCode = (id: string): string => safe(id || 'agency')
const safe = (id: string): string => id.replaceAll(/[^\w.:-]/g, '_').slice(0, 32)

interface Stop {
  place: string
  zone: string
  latitude: number | null
  longitude: number | null
}

function draftStops(feed: GtfsFeed, { codeOf, cityOf }: GtfsTerms, draft: Draft, refuse: Refuse): Map<string, Stop> {
  const stops = new Map<string, Stop>()
  for (const stop of feed.stops) {
    const { id, code, name, zone, latitude, longitude, source } = stop
    const own = [code, id].find((text) => /^\d{6}(\d{3}|P\d{2})$/.test(text))
    const place = own ?? codeOf.get(name)
    const city = own && cityOf.get(own.slice(0, 4))
    if (place === undefined) refuse(stop, { reason: 'place-unknown', detail: name })
    else if (own !== undefined && city === undefined) refuse(stop, { reason: 'city-unknown', detail: own })
    else if (stops.has(id)) refuse(stop, { reason: 'duplicate', detail: id })
    else {
      stops.set(id, { place, zone, latitude, longitude })
      if (own && city)
        draft.places.push({ code: own, kind: own[6] === 'P' ? 'port' : 'station', name, city, address: '', source })
    }
  }
  return stops
}

interface Route {
  mode: 'coach' | 'ferry'
  name: string
  carrier: string
}

function draftRoutes(feed: GtfsFeed, draft: Draft, refuse: Refuse): Map<string, Route> {
  const routes = new Map<string, Route>()
  const only = draft.carriers.length === 1 ? draft.carriers[0]!.code : null
  for (const route of feed.routes) {
    const { id, agency, shortName, longName, type } = route
    const mode = modeOf(type)
    const carrier = agency === '' ? only : carrierCode(agency)
    if (mode === null) refuse(route, { reason: 'mode-not-ours', detail: String(type) })
    else if (!draft.carriers.some(({ code }) => code === carrier))
      refuse(route, { reason: 'carrier-unknown', detail: agency })
    else if (routes.has(id)) refuse(route, { reason: 'duplicate', detail: id })
    else routes.set(id, { mode, name: longName || shortName || id, carrier: carrier! })
  }
  return routes
}

/** Basic and extended route types: 3 bus, 200–299 coach, 700–799 bus; 4 ferry, 1000–1099 and 1200 water. */
function modeOf(type: number): 'coach' | 'ferry' | null {
  if (type === 3 || (type >= 200 && type < 300) || (type >= 700 && type < 800)) return 'coach'
  if (type === 4 || (type >= 1000 && type < 1100) || type === 1200) return 'ferry'
  return null
}

/** A service may be nothing but dates: then it runs on no weekday, within the dates it names. */
function draftServices(feed: GtfsFeed, draft: Draft): Set<string> {
  const services = new Set(feed.calendar.map(({ service }) => service))
  for (const row of feed.calendar) {
    const { service, firstDay, lastDay, source } = row
    draft.calendars.push({ code: safe(service), weekdays: weekdaysOf(row), parity: 'every', firstDay, lastDay, source })
  }
  for (const [service, dates] of Map.groupBy(feed.calendar_dates, ({ service }) => service)) {
    if (services.has(service)) continue
    services.add(service)
    const days = dates.map(({ day }) => day).toSorted()
    const span = { firstDay: days[0]!, lastDay: days.at(-1)! }
    draft.calendars.push({ code: safe(service), weekdays: 0, parity: 'every', ...span, source: dates[0]!.source })
  }
  for (const { service, day, runs, source } of feed.calendar_dates)
    draft.exceptions.push({ calendar: safe(service), day, runs, source })
  return services
}

interface Network {
  terms: GtfsTerms
  stops: ReadonlyMap<string, Stop>
  routes: ReadonlyMap<string, Route>
  services: ReadonlySet<string>
}

function draftTrips(feed: GtfsFeed, network: Network, draft: Draft, refuse: Refuse): Map<string, Pattern> {
  const patterns = new Map<string, Pattern>()
  const times = Map.groupBy(feed.stop_times, ({ trip }) => trip)
  const windows = new Map(feed.frequencies.map((row) => [row.trip, row]))
  const seen = new Set<string>()
  for (const trip of feed.trips) {
    const rows = (times.get(trip.id) ?? []).toSorted((a, b) => a.sequence - b.sequence)
    const calls = callsOf(rows, network.stops)
    const fault = seen.has(trip.id) ? { reason: 'duplicate', detail: trip.id } : checkTrip(trip, calls, network)
    seen.add(trip.id)
    if (fault || typeof calls === 'string') {
      refuse(trip, fault ?? { reason: 'trip-broken', detail: trip.id })
      for (const row of rows)
        refuse(row, { reason: network.stops.has(row.stop) ? 'trip-refused' : 'stop-unknown', detail: trip.id })
      continue
    }
    const pattern = patternOf(trip.route, calls)
    if (!patterns.has(pattern.line)) draftLine(pattern, rows, network, draft)
    patterns.set(pattern.line, pattern)
    draftPlan(trip, { pattern, window: windows.get(trip.id) }, network, draft)
  }
  for (const row of feed.stop_times) if (!seen.has(row.trip)) refuse(row, { reason: 'trip-unknown', detail: row.trip })
  for (const row of feed.frequencies) if (!seen.has(row.trip)) refuse(row, { reason: 'trip-unknown', detail: row.trip })
  return patterns
}

function checkTrip(
  trip: GtfsTables['trips'],
  calls: Call[] | string,
  { routes, services, terms }: Network
): Fault | null {
  const route = routes.get(trip.route)
  if (!route) return { reason: 'route-unknown', detail: trip.route }
  if (!services.has(trip.service)) return { reason: 'service-unknown', detail: trip.service }
  if (terms.places[route.mode] === null) return { reason: 'places-unknown', detail: route.mode }
  return typeof calls === 'string' ? { reason: calls, detail: trip.id } : null
}

/** The calls of a trip in order, or why they make no journey of ours. */
function callsOf(rows: readonly GtfsTables['stop_times'][], stops: ReadonlyMap<string, Stop>): Call[] | string {
  const calls: Call[] = []
  let last: Stop | null = null
  for (const { stop: id, arrives, departs } of rows) {
    const stop = stops.get(id)
    const time = departs ?? arrives
    if (!stop) return 'trip-stop-unknown'
    // Between timepoints a feed may leave times out; a ticket cannot.
    if (time === null) return 'trip-time-missing'
    const before = calls.at(-1)
    if (before && time < before.departs) return 'trip-backwards'
    if (calls.some(({ place }) => place === stop.place)) return 'trip-place-twice'
    const kilometres = (before?.kilometres ?? 0) + (last ? distance(last, stop) : 0)
    calls.push({ place: stop.place, stop: id, zone: stop.zone, departs: time, kilometres })
    last = stop
  }
  if (calls.length < 2) return 'trip-without-stops'
  return calls.length <= 32 ? calls : 'trip-too-long'
}

/** Great-circle kilometres; 0 where a stop has no place on the map. */
function distance(from: Stop, to: Stop): number {
  if (from.latitude === null || from.longitude === null || to.latitude === null || to.longitude === null) return 0
  const radians = Math.PI / 180
  const [a, b] = [from.latitude * radians, to.latitude * radians]
  const across = Math.sin((b - a) / 2) ** 2
  const along = Math.cos(a) * Math.cos(b) * Math.sin(((to.longitude - from.longitude) * radians) / 2) ** 2
  return Math.round(12_742 * Math.asin(Math.sqrt(across + along)))
}

function patternOf(route: string, calls: Call[]): Pattern {
  const start = calls[0]!.departs
  const shape = calls.map(({ place, departs, kilometres }) => `${place} ${departs - start} ${kilometres}`).join('\n')
  const digest = createHash('sha256').update(shape).digest('hex').slice(0, 6)
  return { line: `${safe(route)}-${digest}`, route, calls }
}

function draftLine(
  { line, route, calls }: Pattern,
  rows: readonly Sourced<object>[],
  { routes }: Network,
  draft: Draft
): void {
  const { mode, name, carrier } = routes.get(route)!
  const { source } = rows[0]!
  const areas = (digits: number) => new Set(calls.map(({ place }) => place.slice(0, digits))).size
  // 四类 is inside a county, 三类 inside a prefecture, 二类 inside the province, 一类 beyond it (R3); 一、二类 and water are real-name.
  const lineClass = mode === 'ferry' ? null : areas(6) === 1 ? 4 : areas(4) === 1 ? 3 : areas(2) === 1 ? 2 : 1
  const realName = lineClass === null || lineClass <= 2
  draft.lines.push({ code: line, name, mode, class: lineClass, carrier, realName, source })
  for (const [position, { place, departs, kilometres }] of calls.entries()) {
    const minutes = departs - calls[0]!.departs
    draft.stops.push({ line, position, place, minutes, kilometres, source: rows[position]!.source })
  }
}

function draftPlan(
  trip: Sourced<GtfsTables['trips']>,
  { pattern, window }: { pattern: Pattern; window: GtfsTables['frequencies'] | undefined },
  { routes, terms }: Network,
  draft: Draft
): void {
  const { mode } = routes.get(trip.route)!
  draft.departures.push({
    line: pattern.line,
    number: safe(trip.shortName || trip.id),
    kind: window ? 'shuttle' : 'fixed',
    firstMinute: window ? window.first : null,
    departsMinute: window ? window.last : pattern.calls[0]!.departs,
    places: terms.places[mode]!,
    calendar: safe(trip.service),
    validFrom: null,
    validTo: null,
    source: trip.source
  })
}

/** The price of a stretch: a rule for its route and zones, for its route, or for everything, in this order. Children pay half. */
function draftFares(feed: GtfsFeed, patterns: readonly Pattern[], draft: Draft, refuse: Refuse): void {
  const prices = new Map(feed.fare_attributes.map(({ id, price }) => [id, price]))
  const rules = new Map<string, Sourced<GtfsTables['fare_rules']>>()
  for (const rule of feed.fare_rules) {
    const key = [rule.route, rule.origin, rule.destination].join('\n')
    if (!prices.has(rule.fare)) refuse(rule, { reason: 'fare-unknown', detail: rule.fare })
    else if (rules.has(key)) refuse(rule, { reason: 'duplicate', detail: rule.fare })
    else rules.set(key, rule)
  }
  for (const { line, route, calls } of patterns)
    for (const [fromPosition, from] of calls.entries())
      for (const [toPosition, to] of calls.entries()) {
        if (toPosition <= fromPosition) continue
        const keys = [
          [route, from.zone, to.zone],
          ['', from.zone, to.zone],
          [route, '', ''],
          ['', '', '']
        ]
        const rule = keys.map((key) => rules.get(key.join('\n'))).find((found) => found !== undefined)
        if (!rule) continue
        const fullFare = prices.get(rule.fare)!
        const stretch = { line, fromPosition, toPosition, validFrom: null, source: rule.source }
        draft.fares.push({ ...stretch, fullFare, halfFare: Math.ceil(fullFare / 2), cabin: null })
      }
}
