// A departure at one of its places, with the policies its day goes by, under its lock.
import type { BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { Mode } from '../network/network-schemas.ts'
import { refuse } from '../refusals.ts'
import { policyInForce } from '../timetable/departure-queries.ts'
import type { DepartureState } from '../timetable/timetable-schemas.ts'
import type { PaperKind } from './station-schemas.ts'

export interface StationPolicy {
  reportEarliestMinutes: number
  reportLatestMinutes: number
  /** Null when no inspection is asked for. */
  inspectionHours: number | null
  conveyancePapers: PaperKind[]
  crewPapers: PaperKind[]
  crewMin: number
  dispatchOpensMinutes: number
  lateCheckInMinutes: number
  /** Null forbids it. */
  mixedCheckDays: number | null
  freeFromDelayMinutes: number
}

export interface StationDeparture extends StationPolicy {
  departure: number
  number: string
  day: BusinessDay
  line: number
  mode: Mode
  carrier: number
  lineName: string
  position: number
  placeId: number
  placeName: string
  /** Of the whole departure, and of this place. */
  state: DepartureState
  here: DepartureState
  gate: number | null
  bay: string | null
  /** From the first stop, from this one, and at the last one. */
  leavesAt: Date
  departsAt: Date
  arrivesAt: Date
  checkInOpensMinutes: number
}

/** The policy of `departure` on `line` as `rules`. */
export const stationPolicyInForce = (sql: Queryable) => sql`
    join lateral (
      select report_earliest_minutes, report_latest_minutes, inspection_hours, conveyance_papers, crew_papers, crew_min,
        dispatch_opens_minutes, late_check_in_minutes, mixed_check_days, missed_after_minutes, free_from_delay_minutes
      from station_policy
      where station_policy.mode = line.mode and (station_policy.line is null or station_policy.line = line.id)
        and station_policy.valid_from <= departure.day
      order by station_policy.line nulls last, station_policy.valid_from desc limit 1) as rules on true`

/** Whoever changes the departure waits here for his turn. Throws the refusal departure-not-found. */
export async function lockStationDeparture(
  tx: Transaction,
  { departure, place }: { departure: number; place: string }
): Promise<StationDeparture> {
  await tx`select from departure where id = ${departure} for update`
  return await findStationDeparture(tx, { departure, place })
}

/** Throws the refusal departure-not-found, too when it does not leave from the place. */
export async function findStationDeparture(
  sql: Queryable,
  { departure, place }: { departure: number; place: string }
): Promise<StationDeparture> {
  const [row] = await sql<StationDeparture[]>`
    select departure.id as departure, departure.number, departure.day, departure.line, line.mode, line.carrier, line.name as line_name,
      board.position, place.id as place_id, place.name as place_name, departure.state, coalesce(loading.state, departure.state) as here,
      loading.gate, loading.bay, departure.departs_at as leaves_at,
      departure.departs_at + board.minutes * interval '1 minute' as departs_at,
      departure.departs_at + (select max(minutes) from line_stop as last where last.line = line.id) * interval '1 minute' as arrives_at,
      policy.check_in_opens_minutes, rules.*
    from departure
    join line on line.id = departure.line
    join place on place.code = ${place}
    join line_stop as board on board.line = line.id and board.place = place.id
    left join departure_loading as loading on loading.departure = departure.id and loading.position = board.position
    ${policyInForce(sql, sql`board.position`)}
    ${stationPolicyInForce(sql)}
    where departure.id = ${departure}
      and exists (select from line_stop as onward where onward.line = line.id and onward.position > board.position)`
  if (!row) throw refuse('departure-not-found')
  return row
}

/** The place's own state of the departure; of the first place also the whole departure's. */
export async function setStateHere(
  tx: Transaction,
  { departure, position }: Pick<StationDeparture, 'departure' | 'position'>,
  state: 'ON_SALE' | 'REPORTED' | 'CHECKING' | 'DISPATCHED'
): Promise<void> {
  await tx`
    insert into departure_loading (departure, position, departs_at, state)
    select departure.id, stop.position, departure.departs_at + stop.minutes * interval '1 minute', ${state}
    from departure join line_stop as stop on stop.line = departure.line and stop.position = ${position}
    where departure.id = ${departure}
    on conflict (departure, position) do update set state = excluded.state`
  if (position === 0 && state !== 'DISPATCHED') await tx`update departure set state = ${state} where id = ${departure}`
}
