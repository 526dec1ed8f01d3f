// What the feeds tell: agencies, stops, lines, trips with the days they run, fares, and how departures are doing now.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable } from '../../../clearing/database.ts'
import type { Mode } from '../../network/network-schemas.ts'

export interface Agency {
  code: string
  name: string
}

export interface Stop {
  code: string
  name: string
  city: string
  latitude: number | null
  longitude: number | null
}

export interface Route {
  code: string
  name: string
  mode: Mode
  carrier: string
}

/** One trip a number and timing of a line; the days it runs, ascending. */
export interface Trip {
  route: string
  number: string
  /** Minutes after midnight of the first stop; past 1440 never, a trip belongs to the day it begins. */
  minute: number
  days: BusinessDay[]
}

export interface Call {
  route: string
  place: string
  position: number
  minutes: number
  kilometres: number
}

export interface StretchFare {
  route: string
  from: string
  to: string
  fullFare: number
}

export async function listAgencies(sql: Queryable): Promise<Agency[]> {
  return await sql<
    Agency[]
  >`select code, name from carrier where exists (select from line where carrier = carrier.id) order by code`
}

export async function listStops(sql: Queryable): Promise<Stop[]> {
  return await sql<Stop[]>`
    select place.code, place.name, place.city, coalesce(own.latitude, around.latitude)::float8 as latitude,
      coalesce(own.longitude, around.longitude)::float8 as longitude
    from place left join place_position own on own.place = place.id left join city_position around on around.city = place.city
    where exists (select from line_stop where line_stop.place = place.id) order by place.code`
}

export async function listRoutes(sql: Queryable): Promise<Route[]> {
  return await sql<Route[]>`
    select line.code, line.name, line.mode, carrier.code as carrier from line join carrier on carrier.id = line.carrier order by line.code`
}

export async function listCalls(sql: Queryable): Promise<Call[]> {
  return await sql<Call[]>`
    select line.code as route, place.code as place, stop.position, stop.minutes, stop.kilometres
    from line_stop stop join line on line.id = stop.line join place on place.id = stop.place order by line.code, stop.position`
}

/** As planned: a delay of today is the real-time feed's to tell. */
export async function listTrips(sql: Queryable, from: BusinessDay): Promise<Trip[]> {
  return await sql<Trip[]>`
    select line.code as route, d.number, minute, array_agg(d.day::text order by d.day) as days
    from departure d join line on line.id = d.line,
      lateral (select extract(epoch from coalesce(d.planned_departs_at, d.departs_at) at time zone 'Asia/Shanghai' - d.day)::int / 60 as minute) m
    where d.day >= ${from} and d.state <> 'PLANNED'
    group by line.code, d.number, minute order by line.code, minute, d.number`
}

export async function listFares(sql: Queryable, day: BusinessDay): Promise<StretchFare[]> {
  return await sql<StretchFare[]>`
    select distinct on (line.code, a.position, b.position) line.code as route, p.code as from, q.code as to, fare.full_fare
    from fare join line on line.id = fare.line
      join line_stop a on a.line = fare.line and a.position = fare.from_position join place p on p.id = a.place
      join line_stop b on b.line = fare.line and b.position = fare.to_position join place q on q.id = b.place
    where fare.valid_from <= ${day} and (fare.valid_to is null or fare.valid_to >= ${day})
    order by line.code, a.position, b.position, fare.valid_from desc`
}

/** A departure that leaves, or should have left, around now. */
export interface Running {
  route: string
  number: string
  day: BusinessDay
  plannedAt: Date
  departsAt: Date
  minute: number
  state: string
  places: number
  taken: number
  dispatchedAt: Date | null
}

export async function listRunning(sql: Queryable, [from, until]: [Date, Date]): Promise<Running[]> {
  return await sql<Running[]>`
    select line.code as route, d.number, d.day, coalesce(d.planned_departs_at, d.departs_at) as planned_at, d.departs_at, d.state, d.places,
      extract(epoch from coalesce(d.planned_departs_at, d.departs_at) at time zone 'Asia/Shanghai' - d.day)::int / 60 as minute,
      sold.taken, gone.dispatched_at
    from departure d join line on line.id = d.line
      left join lateral (select count(*)::int as taken from coupon where departure = d.id and live offset 0) sold on true
      left join lateral (select min(dispatched_at) as dispatched_at from dispatch where departure = d.id offset 0) gone on true
    where d.departs_at >= ${from} and d.departs_at < ${until} and d.state <> 'PLANNED'
    order by d.departs_at, d.id limit 20000`
}

/** Departures and tickets by line and day: whole lines, never people. */
export interface LineDay {
  day: BusinessDay
  line: string
  lineName: string
  mode: Mode
  departures: number
  cancelled: number
  places: number
  tickets: number
}

export async function listLineDays(sql: Queryable, [from, until]: [BusinessDay, BusinessDay]): Promise<LineDay[]> {
  return await sql<LineDay[]>`
    select d.day, line.code as line, line.name as line_name, line.mode, count(*)::int as departures,
      count(*) filter (where d.state in ('CANCELLED', 'MISSED'))::int as cancelled, sum(d.places)::int as places,
      coalesce(sum(sold.tickets), 0)::int as tickets
    from departure d join line on line.id = d.line
      left join lateral (select count(*)::int as tickets from coupon where departure = d.id and live offset 0) sold on true
    where d.day between ${from} and ${until} and d.state <> 'PLANNED'
    group by d.day, line.code, line.name, line.mode order by d.day, line.code`
}

/** Card rides by published clearing day and service. */
export interface CardDay {
  day: BusinessDay
  service: number
  rides: number
  amount: number
}

export async function listCardDays(sql: Queryable): Promise<CardDay[]> {
  return await sql<CardDay[]>`
    select t.day, t.service, sum(t.transactions)::int as rides, sum(t.amount)::float8 as amount
    from settlement_total t join clearing_day d on d.day = t.day where d.state = 'published' group by t.day, t.service order by t.day, t.service`
}
