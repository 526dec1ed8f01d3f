// Departures as they can be bought: one journey on one departure with its times, fare, places left and the sale policy in force.
import type { BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import type { Mode } from '../network/network-schemas.ts'
import type { Departure, DepartureState } from './timetable-schemas.ts'

/** A journey on a departure with the terms it is sold under. */
export interface Offer {
  departure: number
  number: string
  day: BusinessDay
  state: DepartureState
  mode: Mode
  realName: boolean
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

/** All journeys between two places or cities on a Shanghai day whose sale is still open, earliest first, in one statement. */
export async function searchDepartures(
  sql: Queryable,
  { from, to, day }: { from: string; to: string; day: BusinessDay },
  now: Date
): Promise<Departure[]> {
  return await sql<Departure[]>`
    with named as (
      select id, code = ${from} or city = rtrim(${from}, '市') or strpos(name, ${from}) > 0 as origin,
        code = ${to} or city = rtrim(${to}, '市') or strpos(name, ${to}) > 0 as destination
      from place),
    section as (
      select board.line, board.position as from_position, alight.position as to_position, board.place as from_place,
        alight.place as to_place, board.minutes as from_minutes, alight.minutes as to_minutes
      from named as origin
      join line_stop as board on board.place = origin.id
      join line_stop as alight on alight.line = board.line and alight.position > board.position
      join named as destination on destination.id = alight.place and destination.destination
      where origin.origin)
    select departure.id, departure.number, line.code as line, line.mode, carrier.name as carrier, departure.state, line.real_name,
      json_build_object('place', origin.code, 'name', origin.name, 'city', origin.city) as "from",
      json_build_object('place', destination.code, 'name', destination.name, 'city', destination.city) as "to",
      departure.departs_at + from_minutes * interval '1 minute' as departs_at,
      departure.departs_at + to_minutes * interval '1 minute' as arrives_at,
      departure.departs_at + (from_minutes - policy.sale_closes_minutes) * interval '1 minute' as sale_closes_at,
      coalesce(free_seats(seat_map.occupied, stretch_mask(from_position, to_position)), pool.capacity - pool.taken, 0) as places_left,
      fare.full_fare, fare.half_fare, policy.service_fee, fare.sample as sample_fare
    from section
    join line on line.id = section.line
    join carrier on carrier.id = line.carrier
    join departure on departure.line = section.line and departure.day between ${day}::date - 1 and ${day}::date
      and departure.state in ('ON_SALE', 'REPORTED', 'CHECKING', 'DELAYED')
    ${fareInForce(sql)}
    ${policyInForce(sql)}
    join place as origin on origin.id = from_place
    join place as destination on destination.id = to_place
    left join seat_map on seat_map.departure = departure.id
    left join capacity_pool as pool on pool.departure = departure.id and pool.pool = 'passenger'
    where (departure.departs_at + from_minutes * interval '1 minute') at time zone 'Asia/Shanghai' >= ${day}::date
      and (departure.departs_at + from_minutes * interval '1 minute') at time zone 'Asia/Shanghai' < ${day}::date + 1
      and departure.departs_at + (from_minutes - policy.sale_closes_minutes) * interval '1 minute' > ${now}
    order by departs_at, departure.id
    limit 300`
}

/** The offer for boarding at one place and alighting at another; null when the departure does not serve them in this order. */
export async function findOffer(
  sql: Queryable,
  { departure, from, to }: { departure: number; from: string; to: string }
): Promise<Offer | null> {
  const [offer] = await sql<Offer[]>`
    select departure.id as departure, departure.number, departure.day, departure.state, line.mode, line.real_name,
      from_position, to_position, origin.code as from_code, origin.name as from_name, destination.code as to_code,
      destination.name as to_name, departure.departs_at + from_minutes * interval '1 minute' as departs_at,
      departure.departs_at + to_minutes * interval '1 minute' as arrives_at, fare.full_fare, fare.half_fare, policy.service_fee,
      policy.presale_days, policy.sale_closes_minutes, policy.hold_minutes, policy.passengers_per_order,
      policy.free_children_per_adult, policy.free_age_max, policy.half_age_max, policy.refund_policy
    from departure
    join line on line.id = departure.line
    join place as origin on origin.code = ${from}
    join place as destination on destination.code = ${to}
    join lateral (
      select board.position as from_position, alight.position as to_position, board.minutes as from_minutes, alight.minutes as to_minutes
      from line_stop as board
      join line_stop as alight on alight.line = board.line and alight.position > board.position and alight.place = destination.id
      where board.line = line.id and board.place = origin.id) as section on true
    ${fareInForce(sql)}
    ${policyInForce(sql)}
    where departure.id = ${departure}`
  return offer ?? null
}

const fareInForce = (sql: Queryable) => sql`
    join lateral (
      select full_fare, half_fare, sample from fare
      where fare.line = line.id and fare.from_position = section.from_position and fare.to_position = section.to_position
        and fare.valid_from <= departure.day and (fare.valid_to is null or fare.valid_to >= departure.day)
      order by fare.valid_from desc limit 1) as fare on true`

const policyInForce = (sql: Queryable) => sql`
    join lateral (
      select * from sale_policy
      where sale_policy.mode = line.mode and (sale_policy.line is null or sale_policy.line = line.id)
        and sale_policy.valid_from <= departure.day and (sale_policy.valid_to is null or sale_policy.valid_to >= departure.day)
      order by sale_policy.line nulls last, sale_policy.valid_from desc limit 1) as policy on true`
