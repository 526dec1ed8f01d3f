// A timetable as it is brought in, whatever the format: network, calendars, fares and departure plans, each row with its source. The
// tables below are our own CSV format: one file a table, `departures.csv` and so on.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { clock, code, day, oneOf, text, weekdays, whole, yesNo, yuan, type Sourced, type Table } from './table-rules.ts'

export interface DraftTables {
  carriers: { code: string; name: string }
  places: { code: string; kind: 'station' | 'port'; name: string; city: string; address: string }
  lines: {
    code: string
    name: string
    mode: 'coach' | 'ferry'
    class: number | null
    carrier: string
    realName: boolean
  }
  stops: { line: string; position: number; place: string; minutes: number; kilometres: number }
  fares: {
    line: string
    fromPosition: number
    toPosition: number
    validFrom: BusinessDay | null
    fullFare: number
    halfFare: number
    /** Of one class of cabin; the line's when null. */
    cabin: string | null
  }
  calendars: {
    code: string
    weekdays: number
    parity: 'every' | 'odd' | 'even'
    firstDay: BusinessDay
    lastDay: BusinessDay
  }
  exceptions: { calendar: string; day: BusinessDay; runs: boolean }
  departures: {
    line: string
    number: string
    kind: 'fixed' | 'shuttle' | 'extra'
    firstMinute: number | null
    departsMinute: number
    places: number
    calendar: string | null
    validFrom: BusinessDay | null
    validTo: BusinessDay | null
  }
  loadings: { line: string; number: string; position: number; gate: number | null }
  cabins: { line: string; number: string; cabin: string; places: number }
}

export type DraftTable = keyof DraftTables
export type Draft = { [Name in DraftTable]: Sourced<DraftTables[Name]>[] }

export function emptyDraft(): Draft {
  return {
    carriers: [],
    places: [],
    lines: [],
    stops: [],
    fares: [],
    calendars: [],
    exceptions: [],
    departures: [],
    loadings: [],
    cabins: []
  }
}

const placeCode = (text: string): string | undefined => (/^\d{6}(\d{3}|P\d{2})$/.test(text) ? text : undefined)
const position = { heading: 'position', read: whole(0, 31) }
const line = { heading: 'line', read: code }
const number = { heading: 'number', read: code }

export const csvTables: { [Name in DraftTable]: Table<DraftTables[Name]> } = {
  carriers: { code: { heading: 'carrier', read: code }, name: { heading: 'name', read: text(80) } },
  places: {
    code: { heading: 'place', read: placeCode },
    kind: { heading: 'kind', read: oneOf('station', 'port') },
    name: { heading: 'name', read: text(80) },
    city: { heading: 'city', read: text(40) },
    address: { heading: 'address', read: text(200), otherwise: '' }
  },
  lines: {
    code: line,
    name: { heading: 'name', read: text(120) },
    mode: { heading: 'mode', read: oneOf('coach', 'ferry') },
    class: { heading: 'class', read: whole(1, 4), otherwise: null },
    carrier: { heading: 'carrier', read: code },
    realName: { heading: 'real_name', read: yesNo, otherwise: true }
  },
  stops: {
    line,
    position,
    place: { heading: 'place', read: placeCode },
    minutes: { heading: 'minutes', read: whole(0, 2879) },
    kilometres: { heading: 'kilometres', read: whole(0, 9999) }
  },
  fares: {
    line,
    fromPosition: { heading: 'from_position', read: whole(0, 31) },
    toPosition: { heading: 'to_position', read: whole(0, 31) },
    validFrom: { heading: 'valid_from', read: day, otherwise: null },
    fullFare: { heading: 'full_fare', read: yuan },
    halfFare: { heading: 'half_fare', read: yuan },
    cabin: { heading: 'cabin', read: code, otherwise: null }
  },
  calendars: {
    code: { heading: 'calendar', read: code },
    weekdays: { heading: 'weekdays', read: weekdays, otherwise: 127 },
    parity: { heading: 'parity', read: oneOf('every', 'odd', 'even'), otherwise: 'every' },
    firstDay: { heading: 'first_day', read: day },
    lastDay: { heading: 'last_day', read: day }
  },
  exceptions: {
    calendar: { heading: 'calendar', read: code },
    day: { heading: 'day', read: day },
    runs: { heading: 'runs', read: yesNo }
  },
  departures: {
    line,
    number,
    kind: { heading: 'kind', read: oneOf('fixed', 'shuttle', 'extra'), otherwise: 'fixed' },
    firstMinute: { heading: 'first_departs', read: clock, otherwise: null },
    departsMinute: { heading: 'departs', read: clock },
    places: { heading: 'places', read: whole(1, 5000) },
    calendar: { heading: 'calendar', read: code, otherwise: null },
    validFrom: { heading: 'valid_from', read: day, otherwise: null },
    validTo: { heading: 'valid_to', read: day, otherwise: null }
  },
  loadings: { line, number, position, gate: { heading: 'gate', read: whole(1, 999), otherwise: null } },
  cabins: {
    line,
    number,
    cabin: { heading: 'cabin', read: code },
    places: { heading: 'places', read: whole(1, 5000) }
  }
}
