// The files of a GTFS feed that speak of what we sell (gtfs.org schedule reference), by the columns we read. All others are ignored by name.
import type { BusinessDay } from '../../../../clearing/business-day.ts'
import { clock, day, decimal, oneOf, text, whole, yuan, type Table } from '../table-rules.ts'

export interface GtfsTables {
  agency: { id: string; name: string }
  stops: { id: string; code: string; name: string; latitude: number | null; longitude: number | null; zone: string }
  routes: { id: string; agency: string; shortName: string; longName: string; type: number }
  trips: { id: string; route: string; service: string; shortName: string }
  stop_times: { trip: string; stop: string; sequence: number; arrives: number | null; departs: number | null }
  calendar: {
    service: string
    monday: number
    tuesday: number
    wednesday: number
    thursday: number
    friday: number
    saturday: number
    sunday: number
    firstDay: BusinessDay
    lastDay: BusinessDay
  }
  calendar_dates: { service: string; day: BusinessDay; runs: boolean }
  frequencies: { trip: string; first: number; last: number }
  fare_attributes: { id: string; price: number; currency: 'CNY' }
  fare_rules: { fare: string; route: string; origin: string; destination: string }
}

const id = text(80)
const flag = whole(0, 1)

export const gtfsTables: { [Name in keyof GtfsTables]: Table<GtfsTables[Name]> } = {
  agency: { id: { heading: 'agency_id', read: id, otherwise: '' }, name: { heading: 'agency_name', read: text(80) } },
  stops: {
    id: { heading: 'stop_id', read: id },
    code: { heading: 'stop_code', read: id, otherwise: '' },
    name: { heading: 'stop_name', read: text(80) },
    latitude: { heading: 'stop_lat', read: decimal, otherwise: null },
    longitude: { heading: 'stop_lon', read: decimal, otherwise: null },
    zone: { heading: 'zone_id', read: id, otherwise: '' }
  },
  routes: {
    id: { heading: 'route_id', read: id },
    agency: { heading: 'agency_id', read: id, otherwise: '' },
    shortName: { heading: 'route_short_name', read: text(80), otherwise: '' },
    longName: { heading: 'route_long_name', read: text(120), otherwise: '' },
    type: { heading: 'route_type', read: whole(0, 1702) }
  },
  trips: {
    id: { heading: 'trip_id', read: id },
    route: { heading: 'route_id', read: id },
    service: { heading: 'service_id', read: id },
    shortName: { heading: 'trip_short_name', read: text(40), otherwise: '' }
  },
  stop_times: {
    trip: { heading: 'trip_id', read: id },
    stop: { heading: 'stop_id', read: id },
    sequence: { heading: 'stop_sequence', read: whole(0, 999_999_999) },
    arrives: { heading: 'arrival_time', read: clock, otherwise: null },
    departs: { heading: 'departure_time', read: clock, otherwise: null }
  },
  calendar: {
    service: { heading: 'service_id', read: id },
    monday: { heading: 'monday', read: flag },
    tuesday: { heading: 'tuesday', read: flag },
    wednesday: { heading: 'wednesday', read: flag },
    thursday: { heading: 'thursday', read: flag },
    friday: { heading: 'friday', read: flag },
    saturday: { heading: 'saturday', read: flag },
    sunday: { heading: 'sunday', read: flag },
    firstDay: { heading: 'start_date', read: day },
    lastDay: { heading: 'end_date', read: day }
  },
  calendar_dates: {
    service: { heading: 'service_id', read: id },
    day: { heading: 'date', read: day },
    runs: { heading: 'exception_type', read: (text) => ({ 1: true, 2: false })[text] }
  },
  frequencies: {
    trip: { heading: 'trip_id', read: id },
    first: { heading: 'start_time', read: clock },
    last: { heading: 'end_time', read: clock }
  },
  fare_attributes: {
    id: { heading: 'fare_id', read: id },
    price: { heading: 'price', read: yuan },
    currency: { heading: 'currency_type', read: oneOf('CNY') }
  },
  fare_rules: {
    fare: { heading: 'fare_id', read: id },
    route: { heading: 'route_id', read: id, otherwise: '' },
    origin: { heading: 'origin_id', read: id, otherwise: '' },
    destination: { heading: 'destination_id', read: id, otherwise: '' }
  }
}

/** Bit 0 is Monday. */
export function weekdaysOf(calendar: GtfsTables['calendar']): number {
  const { monday, tuesday, wednesday, thursday, friday, saturday, sunday } = calendar
  return [monday, tuesday, wednesday, thursday, friday, saturday, sunday].reduce(
    (bits, runs, at) => bits | (runs << at),
    0
  )
}
