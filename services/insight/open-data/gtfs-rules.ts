// The timetable as a GTFS feed (gtfs.org schedule reference): what we run on the days on sale, one service per set of days. The same
// data give the same bytes.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Agency, Call, Route, Stop, StretchFare, Trip } from './feed-queries.ts'

export interface Timetable {
  agencies: readonly Agency[]
  stops: readonly Stop[]
  routes: readonly Route[]
  calls: readonly Call[]
  trips: readonly Trip[]
  fares: readonly StretchFare[]
  from: BusinessDay
  until: BusinessDay
  /** Where the feed's publisher can be read about. */
  url: string
}

const coach = '200'
const ferry = '4'

export type GtfsFile = readonly [name: string, content: string]

/** A trip's id in both feeds: the real-time one speaks of the same trips. */
export function tripId({ route, number, minute }: { route: string; number: string; minute: number }): string {
  return `${route}.${number}.${minute}`
}

/** The ten files, each without its trailing empty columns, LF line ends, sorted as the tables are. */
export function gtfsFiles(timetable: Timetable): GtfsFile[] {
  const { agencies, stops, routes, from, until, url } = timetable
  const located = stops.filter(({ latitude }) => latitude !== null)
  const known = new Set(located.map(({ code }) => code))
  const calls = Map.groupBy(timetable.calls, ({ route }) => route)
  // A line with a stop nobody can find on a map has no trips in the feed: half a trip would be a wrong one.
  const running = timetable.trips.filter(({ route }) => calls.get(route)?.every(({ place }) => known.has(place)))
  const services = servicesOf(running)
  const { attributes, rules } = faresOf(timetable.fares)
  return [
    file(
      'agency.txt',
      ['agency_id', 'agency_name', 'agency_url', 'agency_timezone', 'agency_lang'],
      agencies.map(({ code, name }) => [code, name, url, 'Asia/Shanghai', 'zh'])
    ),
    file(
      'stops.txt',
      ['stop_id', 'stop_code', 'stop_name', 'stop_lat', 'stop_lon', 'zone_id'],
      located.map(({ code, name, latitude, longitude }) => [code, code, name, latitude, longitude, code])
    ),
    file(
      'routes.txt',
      ['route_id', 'agency_id', 'route_short_name', 'route_long_name', 'route_type'],
      routes.map(({ code, name, mode, carrier }) => [code, carrier, code, name, mode === 'coach' ? coach : ferry])
    ),
    file(
      'trips.txt',
      ['route_id', 'service_id', 'trip_id', 'trip_short_name'],
      running.map((trip) => [trip.route, services.get(daysKey(trip))!.id, tripId(trip), trip.number])
    ),
    file(
      'stop_times.txt',
      ['trip_id', 'arrival_time', 'departure_time', 'stop_id', 'stop_sequence', 'shape_dist_traveled'],
      running.flatMap((trip) => calls.get(trip.route)!.map((call) => stopTime(trip, call)))
    ),
    file(
      'calendar_dates.txt',
      ['service_id', 'date', 'exception_type'],
      [...services.values()].flatMap(({ id, days }) => days.map((day) => [id, compact(day), 1]))
    ),
    file(
      'fare_attributes.txt',
      ['fare_id', 'price', 'currency_type', 'payment_method', 'transfers', 'agency_id'],
      attributes.map(({ id, fen }) => [id, (fen / 100).toFixed(2), 'CNY', 1, 0, agencies[0]?.code ?? ''])
    ),
    file('fare_rules.txt', ['fare_id', 'route_id', 'origin_id', 'destination_id'], rules),
    file(
      'feed_info.txt',
      ['feed_publisher_name', 'feed_publisher_url', 'feed_lang', 'feed_start_date', 'feed_end_date', 'feed_version'],
      [['岭南联网售票', url, 'zh', compact(from), compact(until), compact(from)]]
    ),
    file(
      'attributions.txt',
      ['attribution_id', 'organization_name', 'is_operator', 'is_authority'],
      [['platform', '岭南联网售票', 0, 1]]
    )
  ]
}

const compact = (day: BusinessDay): string => day.replaceAll('-', '')
const daysKey = ({ days }: Trip): string => days.join()

/** One service for each set of days that trips run on, numbered as they are met. */
function servicesOf(trips: readonly Trip[]): Map<string, { id: string; days: readonly BusinessDay[] }> {
  const services = new Map<string, { id: string; days: readonly BusinessDay[] }>()
  for (const trip of trips)
    services.getOrInsertComputed(daysKey(trip), () => ({ id: `S${services.size + 1}`, days: trip.days }))
  return services
}

function stopTime(trip: Trip, { place, position, minutes, kilometres }: Call): (string | number)[] {
  const time = clock(trip.minute + minutes)
  return [tripId(trip), time, time, place, position, kilometres]
}

/** Past midnight it counts on: 25:10:00. */
function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}:00`
}

/** Every stop is a zone of its own, so a fare is from one to another on a line. */
function faresOf(fares: readonly StretchFare[]) {
  const prices = [...new Set(fares.map(({ fullFare }) => fullFare))].toSorted((a, b) => a - b)
  return {
    attributes: prices.map((fen) => ({ id: `F${fen}`, fen })),
    rules: fares.map(({ route, from, to, fullFare }) => [`F${fullFare}`, route, from, to])
  }
}

function file(
  name: string,
  headings: readonly string[],
  rows: readonly (readonly (string | number | null)[])[]
): GtfsFile {
  return [name, [headings, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('')]
}

function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
