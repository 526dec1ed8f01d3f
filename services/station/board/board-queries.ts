// What leaves a place: the coming hours for its board, the whole day for its staff.
import { addDays, shanghaiInstant, type BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable } from '../../../clearing/database.ts'
import { policyInForce } from '../../timetable/departure-queries.ts'
import { statesOnSale } from '../../timetable/sale-window-rules.ts'
import type { BoardRow, DayRow } from './board-schemas.ts'

interface Place {
  id: number
  code: string
  name: string
}

export async function findPlace(sql: Queryable, code: string): Promise<Place | null> {
  const [row] = await sql<Place[]>`select id, code, name from place where code = ${code}`
  return row ?? null
}

const rowColumns = (sql: Queryable) => sql`
  departure.id as departure, departure.number, line.mode, departure.kind, leaving.to_name, leaving.via, leaving.departs_at,
  departure.planned_departs_at + (leaving.departs_at - departure.departs_at) as planned_at, loading.gate, loading.bay,
  case when departure.state = any (${[...statesOnSale]}) then coalesce(loading.state, departure.state) else departure.state end as state,
  case when departure.state = 'MERGED' then (
    select target.number from disruption_departure as touched join disruption on disruption.id = touched.disruption
    join departure as target on target.id = disruption.target
    where touched.departure = departure.id and disruption.kind = 'MERGE' order by ordered_at desc limit 1) end as moved_to`

/** Departures that leave the place within the hours; a delayed one stays until it has left. */
const leavingWithin = (sql: Queryable, place: number, [from, until]: [Date, Date]) => sql`
  leaving as materialized (
    select departure.id, stop.position, departure.departs_at + stop.minutes * interval '1 minute' as departs_at, ends.to_name, ends.via
    from line_stop as stop
    cross join lateral (
      select (array_agg(place.name order by onward.position desc))[1] as to_name,
        coalesce((array_agg(place.name order by onward.position))[1:count(*)::integer - 1], '{}') as via
      from line_stop as onward join place on place.id = onward.place
      where onward.line = stop.line and onward.position > stop.position) as ends
    join departure on departure.line = stop.line
    where stop.place = ${place} and ends.to_name is not null
      and departure.day between (${from}::timestamptz at time zone 'Asia/Shanghai')::date - 2 and (${until}::timestamptz at time zone 'Asia/Shanghai')::date
      and departure.departs_at + stop.minutes * interval '1 minute' >= ${from}
      and coalesce(departure.planned_departs_at, departure.departs_at) + stop.minutes * interval '1 minute' < ${until})`

export async function findBoard(sql: Queryable, place: number, now: Date): Promise<BoardRow[]> {
  const hours: [Date, Date] = [new Date(now.getTime() - 15 * 60_000), new Date(now.getTime() + 8 * 3_600_000)]
  return await sql<BoardRow[]>`
    with ${leavingWithin(sql, place, hours)}
    select ${rowColumns(sql)}
    from leaving
    join departure on departure.id = leaving.id
    join line on line.id = departure.line
    left join departure_loading as loading on loading.departure = departure.id and loading.position = leaving.position
    where departure.state <> 'PLANNED'
    order by coalesce(departure.planned_departs_at, departure.departs_at) + (leaving.departs_at - departure.departs_at), departure.id
    limit 60`
}

/** A station's day runs into the small hours, as long as its people are there. */
const dayEndsAtSeconds = 3 * 3600

export async function findDay(sql: Queryable, place: Place, day: BusinessDay): Promise<DayRow[]> {
  const hours: [Date, Date] = [shanghaiInstant(day, 0), shanghaiInstant(addDays(day, 1), dayEndsAtSeconds)]
  return await sql<DayRow[]>`
    with ${leavingWithin(sql, place.id, hours)}
    select ${rowColumns(sql)}, departure.places, coalesce(load.sold, 0) as sold, coalesce(load.checked, 0) as checked,
      coalesce(load.suspended, 0) as suspended, leaving.departs_at - policy.check_in_opens_minutes * interval '1 minute' as check_in_opens_at,
      (select json_build_object('id', report.id, 'conveyance', conveyance.code, 'places', conveyance.places, 'reportedAt', report.reported_at,
          'withdrawnAt', null, 'crew', (select coalesce(json_agg(json_build_object('code', member.code, 'name', member.name) order by member.code), '[]')
            from report_crew join crew_member as member on member.id = report_crew.crew_member where report_crew.report = report.id))
        from departure_report as report join conveyance on conveyance.id = report.conveyance
        where report.departure = departure.id and report.withdrawn_at is null) as report,
      (select json_build_object('departure', dispatch.departure, 'place', ${place.code}::text, 'dispatchedAt', dispatched_at, 'counts', counts,
          'missed', missed, 'digest', encode(digest, 'hex'), 'signature', encode(signature, 'hex'))
        from dispatch where dispatch.departure = departure.id and dispatch.position = leaving.position) as dispatch,
      (select count(*)::integer from count_exchange as exchange
        where exchange.departure = departure.id and exchange.position = leaving.position and exchange.state = 'DIFFERS') as differing
    from leaving
    join departure on departure.id = leaving.id
    join line on line.id = departure.line
    left join departure_loading as loading on loading.departure = departure.id and loading.position = leaving.position
    ${policyInForce(sql, sql`leaving.position`)}
    left join lateral (
      select count(*) filter (where coupon.state in ('ISSUED', 'CHECKED', 'USED', 'NO_SHOW'))::integer as sold,
        count(*) filter (where coupon.state in ('CHECKED', 'USED'))::integer as checked,
        count(*) filter (where coupon.state = 'SUSPENDED')::integer as suspended
      from coupon where coupon.departure = departure.id and lower(coupon.stops) = leaving.position and coupon.live) as load on true
    where departure.state <> 'PLANNED'
    order by coalesce(departure.planned_departs_at, departure.departs_at) + (leaving.departs_at - departure.departs_at), departure.id
    limit 1000`
}
