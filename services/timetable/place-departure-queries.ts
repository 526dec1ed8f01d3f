// What leaves one place on a day, as its gates and windows need it: whatever its state, with the gate it leaves from.
import { addDays, shanghaiInstant, type BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable } from '../../clearing/database.ts'
import type { Mode } from '../network/network-schemas.ts'
import { statesOnSale } from './sale-window-rules.ts'
import type { DepartureKind, DepartureState } from './timetable-schemas.ts'

export interface PlaceDeparture {
  id: number
  number: string
  mode: Mode
  kind: DepartureKind
  state: DepartureState
  gate: number | null
  departsAt: Date
  toName: string
}

/** Earliest first. Where a line passes a place twice it leaves twice. */
export async function findDeparturesOf(sql: Queryable, place: number, day: BusinessDay): Promise<PlaceDeparture[]> {
  const [dayBegins, dayEnds] = [shanghaiInstant(day, 0), shanghaiInstant(addDays(day, 1), 0)]
  return await sql<PlaceDeparture[]>`
    with leaving as materialized (
      select stop.line, stop.position, stop.minutes * interval '1 minute' as until_here,
        (select name from line_stop as last join place on place.id = last.place
          where last.line = stop.line order by last.position desc limit 1) as to_name
      from line_stop as stop
      where stop.place = ${place} and exists (select from line_stop as on_way where on_way.line = stop.line and on_way.position > stop.position))
    select departure.id, departure.number, line.mode, departure.kind,
      case when departure.state = any (${[...statesOnSale]}) then coalesce(loading.state, departure.state) else departure.state end as state,
      loading.gate, departure.departs_at + until_here as departs_at, to_name
    from leaving
    join departure using (line)
    join line on line.id = departure.line
    left join departure_loading as loading on loading.departure = departure.id and loading.position = leaving.position
    where departure.day between ${day}::date - 1 and ${day}
      and departure.departs_at + until_here >= ${dayBegins} and departure.departs_at + until_here < ${dayEnds}
    order by departs_at, departure.id
    limit 1000`
}
