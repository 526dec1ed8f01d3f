// Departures as they can be bought: one journey on one departure with its times, fare, places left and the sale policy in force.
import { addDays, shanghaiInstant, type BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import type { Mode } from '../network/network-schemas.ts'
import type { Departure, DepartureKind, DepartureState } from './timetable-schemas.ts'

/** A journey on a departure with the terms it is sold under. */
export interface Offer {
  departure: number
  number: string
  day: BusinessDay
  state: DepartureState
  kind: DepartureKind
  mode: Mode
  realName: boolean
  /** Seats have numbers: they are taken on a seat map, not from a pool. */
  numbered: boolean
  fromPosition: number
  toPosition: number
  fromCode: string
  fromName: string
  toCode: string
  toName: string
  departsAt: Date
  arrivesAt: Date
  fullFare: Fen
  halfFare: Fen
  serviceFee: Fen
  presaleDays: number
  saleClosesMinutes: number
  holdMinutes: number
  passengersPerOrder: number
  freeChildrenPerAdult: number
  freeAgeMax: number
  halfAgeMax: number
  refundPolicy: number
}

/**
 * All journeys between two places or cities on a Shanghai day whose sale is still open, earliest first, in one statement. The
 * steps are materialized because the planner cannot know how few sections two places have in common.
 */
export async function searchDepartures(
  sql: Queryable,
  { from, to, day }: { from: string; to: string; day: BusinessDay },
  now: Date
): Promise<Departure[]> {
  const [dayBegins, dayEnds] = [shanghaiInstant(day, 0), shanghaiInstant(addDays(day, 1), 0)]
  return await sql<Departure[]>`
    with origin as materialized (select id, code, name, city from place where ${isNamed(sql, from)}),
    destination as materialized (select id, code, name, city from place where ${isNamed(sql, to)}),
    section as materialized (
      select board.line, board.position as from_position, alight.position as to_position,
        board.minutes * interval '1 minute' as until_board, alight.minutes * interval '1 minute' as until_alight,
        json_build_object('place', origin.code, 'name', origin.name, 'city', origin.city) as "from",
        json_build_object('place', destination.code, 'name', destination.name, 'city', destination.city) as "to"
      from origin
      join line_stop as board on board.place = origin.id
      join line_stop as alight on alight.line = board.line and alight.position > board.position
      join destination on destination.id = alight.place),
    running as materialized (
      select departure.*, departs_at + until_board as boards_at, departs_at + until_alight as alights_at, from_position, to_position,
        "from", "to"
      from section
      -- Offset 0 keeps it a look-up by line and day for each section: a province runs 90,000 departures in these two days.
      cross join lateral (
        select * from departure
        where departure.line = section.line and day between ${day}::date - 1 and ${day} and state = any (${[...statesOnSale]})
        offset 0) as departure
      where departs_at + until_board >= ${dayBegins} and departs_at + until_board < ${dayEnds})
    select departure.id, departure.number, departure.kind, line.code as line, line.mode, carrier.name as carrier,
      ${stateAtStop(sql)} as state, loading.gate, line.real_name, "from", "to",
      departure.first_departs_at + (boards_at - departure.departs_at) as first_departs_at, boards_at as departs_at,
      alights_at as arrives_at, boards_at - policy.sale_closes_minutes * interval '1 minute' as sale_closes_at,
      coalesce(case when seat_map.occupied is null then pool.capacity - pool.taken
        when exists (select from seat_quota where seat_quota.departure = departure.id)
        then seats_left(departure.id, seat_map.occupied, from_position, to_position, ${now})
        else (select count(*) from unnest(seat_map.occupied) as mask where mask & stretch_mask(from_position, to_position) = 0) end,
        0)::integer as places_left,
      fare.full_fare, fare.half_fare, policy.service_fee, fare.sample as sample_fare,
      coalesce((select json_agg(json_build_object('code', cabin_class.code, 'name', cabin_class.name, 'places', cabin.places)
        order by cabin_class.code) from departure_cabin as cabin join cabin_class on cabin_class.code = cabin.cabin
        where cabin.departure = departure.id), '[]') as cabins
    from running as departure
    join line on line.id = departure.line
    join carrier on carrier.id = line.carrier
    ${fareInForce(sql)}
    ${policyInForce(sql)}
    ${loadingHere(sql)}
    left join seat_map on seat_map.departure = departure.id
    left join capacity_pool as pool on pool.departure = departure.id and pool.pool = 'passenger'
    where boards_at - policy.sale_closes_minutes * interval '1 minute' > ${now} and ${stateAtStop(sql)} = any (${[...statesOnSale]})
    order by boards_at, departure.id
    limit 300`
}

export const statesOnSale: readonly DepartureState[] = ['ON_SALE', 'REPORTED', 'CHECKING', 'DELAYED']

/** The loading station (配载) the passenger boards at, if it is one. */
const loadingHere = (sql: Queryable) => sql`
    left join departure_loading as loading on loading.departure = departure.id and loading.position = departure.from_position`

/** What stops the whole departure stops every station; otherwise a loading station goes by its own state. */
const stateAtStop = (sql: Queryable) => sql`
    case when departure.state = any (${[...statesOnSale]}) then coalesce(loading.state, departure.state) else departure.state end`

/** A code, a city with or without 市, or part of a station's name. */
export const isNamed = (sql: Queryable, text: string) =>
  sql`code = ${text} or city = rtrim(${text}, '市') or strpos(name, ${text}) > 0`

/** The offer for boarding at one place and alighting at another; null when the departure does not serve them in this order. */
export async function findOffer(
  sql: Queryable,
  { departure, from, to }: { departure: number; from: string; to: string }
): Promise<Offer | null> {
  const [offer] = await sql<Offer[]>`
    select departure.id as departure, departure.number, departure.day, ${stateAtStop(sql)} as state, departure.kind,
      line.mode, line.real_name, exists (select from seat_map where seat_map.departure = departure.id) as numbered,
      departure.from_position, departure.to_position, from_code, from_name, to_code, to_name, boards_at as departs_at,
      alights_at as arrives_at, fare.full_fare, fare.half_fare, policy.service_fee,
      policy.presale_days, policy.sale_closes_minutes, policy.hold_minutes, policy.passengers_per_order, policy.free_children_per_adult, policy.free_age_max, policy.half_age_max,
      policy.refund_policy
    from (
      select departure.*, board.position as from_position, alight.position as to_position,
        departs_at + board.minutes * interval '1 minute' as boards_at, departs_at + alight.minutes * interval '1 minute' as alights_at,
        origin.code as from_code, origin.name as from_name, destination.code as to_code, destination.name as to_name
      from departure
      join place as origin on origin.code = ${from}
      join place as destination on destination.code = ${to}
      join line_stop as board on board.line = departure.line and board.place = origin.id
      join line_stop as alight on alight.line = departure.line and alight.place = destination.id and alight.position > board.position
      where departure.id = ${departure}) as departure
    join line on line.id = departure.line
    ${fareInForce(sql)}
    ${policyInForce(sql)}
    ${loadingHere(sql)}`
  return offer ?? null
}

const fareInForce = (sql: Queryable) => sql`
    join lateral (
      select full_fare, half_fare, sample from fare
      where fare.line = line.id and fare.from_position = departure.from_position and fare.to_position = departure.to_position
        and fare.valid_from <= departure.day and (fare.valid_to is null or fare.valid_to >= departure.day)
      order by fare.valid_from desc limit 1) as fare on true`

/**
 * Joins the sale policy of `departure` on `line` as `policy`: the row of the stop boarded at before the line's, that before its
 * mode's (services/fares resolved them from what was published).
 */
export const policyInForce = (sql: Queryable, boarding = sql`departure.from_position`) => sql`
    join lateral (
      select * from sale_policy
      where sale_policy.mode = line.mode and (sale_policy.line is null or sale_policy.line = line.id)
        and (sale_policy.position is null or sale_policy.position = ${boarding})
        and sale_policy.valid_from <= departure.day and (sale_policy.valid_to is null or sale_policy.valid_to >= departure.day)
      order by sale_policy.line nulls last, sale_policy.position nulls last, sale_policy.valid_from desc limit 1) as policy on true`
