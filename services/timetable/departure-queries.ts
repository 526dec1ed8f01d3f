// Departures as they can be bought: one journey on one departure with its times, fare, places left and the sale policy in force.
import { addDays, shanghaiInstant, type BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import { together } from '../../clearing/together.ts'
import type { Mode } from '../network/network-schemas.ts'
import { checkSaleWindow, saleOpensAt, statesOnSale, type SaleWindow } from './sale-window-rules.ts'
import type { Departure, DepartureKind, DepartureState } from './timetable-schemas.ts'

/** A journey on a departure with the terms it is sold under. */
export interface Offer {
  departure: number
  number: string
  day: BusinessDay
  /** Where the passenger boards; `departureState` is that of the whole departure. */
  state: DepartureState
  departureState: DepartureState
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
  /** The class asked for, where the departure has it; the fares are its. */
  cabin: string | null
  /** It sells by class (舱位等级). */
  hasCabins: boolean
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

interface Asked {
  from: string
  to: string
  day: BusinessDay
}

/** What some channel sells now between two places or cities on a Shanghai day, earliest first. */
export async function searchDepartures(sql: Queryable, asked: Asked, now: Date): Promise<Departure[]> {
  return (await listDepartures(sql, asked, now)).filter((departure) => departure.notOnSale === null)
}

/** Also what has not left and is not sold, with the reason. */
export async function listDepartures(sql: Queryable, asked: Asked, now: Date): Promise<Departure[]> {
  return (await findListed(sql, asked, now)).map(({ presaleDays, presaleOpensMinute, ...listed }) => {
    const { sellsAfterReport, passingOpensMinutes, fromPosition, reported, saleClosesMinutes, ...departure } = listed
    const opening = { sellsAfterReport, passingOpensMinutes, fromPosition, reported }
    const { state, departsAt } = departure
    const window = { state, departsAt, presaleDays, presaleOpensMinute, saleClosesMinutes, ...opening }
    return { ...departure, saleOpensAt: saleOpensAt(window), notOnSale: checkSaleWindow(window, now) }
  })
}

type Listed = Omit<Departure, 'saleOpensAt' | 'notOnSale'> & Required<SaleWindow>

/** In one statement; the steps are materialized because the planner cannot know how few sections two places have in common. */
async function findListed(sql: Queryable, { from, to, day }: Asked, now: Date): Promise<Listed[]> {
  const [dayBegins, dayEnds] = [shanghaiInstant(day, 0), shanghaiInstant(addDays(day, 1), 0)]
  return await sql<Listed[]>`
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
        where departure.line = section.line and day between ${day}::date - 1 and ${day} and state = any (${[...statesListed]})
        offset 0) as departure
      where departs_at + until_board >= ${dayBegins} and departs_at + until_board < ${dayEnds})
    select departure.id, departure.number, departure.kind, line.code as line, line.mode, carrier.name as carrier,
      ${stateAtStop(sql)} as state, loading.gate, line.real_name, "from", "to",
      departure.first_departs_at + (boards_at - departure.departs_at) as first_departs_at, boards_at as departs_at,
      alights_at as arrives_at, boards_at - policy.closes_minutes * interval '1 minute' as sale_closes_at,
      (select coalesce(json_object_agg(key, to_char((boards_at - value::integer * interval '1 minute') at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')), '{}') from jsonb_each_text(policy.closes_minutes_by)) as sale_closes_at_by,
      policy.sale_closes_minutes, policy.presale_days, policy.presale_opens_minute, policy.sells_after_report,
      policy.passing_opens_minutes, from_position, ${stateAtStop(sql)} in ('REPORTED', 'CHECKING') or (
        ${stateAtStop(sql)} = 'DELAYED' and exists (
          select from departure_report where departure_report.departure = departure.id and withdrawn_at is null)) as reported,
      coalesce(case when seat_map.occupied is null then pool.capacity - pool.taken
        when exists (select from seat_quota where seat_quota.departure = departure.id)
        then seats_left(departure.id, seat_map.occupied, from_position, to_position, ${now})
        else (select count(*) from unnest(seat_map.occupied) as mask where mask & stretch_mask(from_position, to_position) = 0) end,
        0)::integer as places_left,
      coalesce(cabins.full_fare, fare.full_fare) as full_fare, coalesce(cabins.half_fare, fare.half_fare) as half_fare,
      policy.service_fee, fare.sample as sample_fare, coalesce(cabins.list, '[]') as cabins
    from running as departure
    join line on line.id = departure.line
    join carrier on carrier.id = line.carrier
    ${fareInForce(sql)}
    ${policyInForce(sql)}
    ${loadingHere(sql)}
    left join seat_map on seat_map.departure = departure.id
    left join capacity_pool as pool on pool.departure = departure.id and pool.pool = 'passenger'
    ${classes(sql)}
    where greatest(boards_at, boards_at - policy.sale_closes_minutes * interval '1 minute') > ${now}
      and ${stateAtStop(sql)} = any (${[...statesListed]})
    order by boards_at, departure.id
    limit 300`
}

/** One that has left, was merged into another or never was published is of no use to anybody who looks for a ride. */
const statesListed: readonly DepartureState[] = [...statesOnSale, 'SALE_STOPPED', 'SUSPENDED', 'CANCELLED']

/** The loading station (配载) the passenger boards at, if it is one. */
const loadingHere = (sql: Queryable) => sql`
    left join departure_loading as loading on loading.departure = departure.id and loading.position = departure.from_position`

/** What stops the whole departure stops every station; otherwise a loading station goes by its own state. */
const stateAtStop = (sql: Queryable) => sql`
    case when departure.state = any (${[...statesOnSale]}) then coalesce(loading.state, departure.state) else departure.state end`

/** A code, a city with or without 市, or part of a station's name. */
export const isNamed = (sql: Queryable, text: string) =>
  sql`code = ${text} or city = rtrim(${text}, '市') or strpos(name, ${text}) > 0`

export interface Ride {
  departure: number
  /** Codes of places. */
  from: string
  to: string
  /** The class asked for. */
  cabin?: string | null
}

/** The offer for boarding at one place and alighting at another; null when the departure does not serve them in this order. */
export async function findOffer(sql: Queryable, ride: Ride): Promise<Offer | null> {
  return await offersTogether(sql, ride)
}

const offersTogether = together(
  async (sql: Queryable, rides: Ride[]): Promise<(Offer | null)[]> => {
    const offers = await sql<(Offer & { nth: number })[]>`
    select departure.nth, departure.id as departure, departure.number, departure.day, ${stateAtStop(sql)} as state,
      departure.state as departure_state, departure.kind,
      line.mode, line.real_name, exists (select from seat_map where seat_map.departure = departure.id) as numbered,
      departure.from_position, departure.to_position, from_code, from_name, to_code, to_name, boards_at as departs_at,
      alights_at as arrives_at, coalesce(own.full_fare, fare.full_fare) as full_fare, coalesce(own.half_fare, fare.half_fare) as half_fare,
      class.cabin, exists (select from departure_cabin where departure_cabin.departure = departure.id) as has_cabins, policy.service_fee,
      policy.presale_days, policy.sale_closes_minutes, policy.hold_minutes, policy.passengers_per_order, policy.free_children_per_adult, policy.free_age_max, policy.half_age_max,
      policy.refund_policy
    from (
      select departure.*, asked.nth, asked.cabin as asked_cabin, board.position as from_position, alight.position as to_position,
        departs_at + board.minutes * interval '1 minute' as boards_at, departs_at + alight.minutes * interval '1 minute' as alights_at,
        origin.code as from_code, origin.name as from_name, destination.code as to_code, destination.name as to_name
      from unnest(array(select unnest(${rides.map(({ departure }) => departure)}::integer[])), ${rides.map(({ from }) => from)}::text[],
        ${rides.map(({ to }) => to)}::text[], ${rides.map(({ cabin }) => cabin ?? '')}::text[])
        with ordinality as asked(departure, from_code, to_code, cabin, nth)
      join departure on departure.id = asked.departure
      join place as origin on origin.code = asked.from_code
      join place as destination on destination.code = asked.to_code
      join line_stop as board on board.line = departure.line and board.place = origin.id
      join line_stop as alight on alight.line = departure.line and alight.place = destination.id and alight.position > board.position) as departure
    join line on line.id = departure.line
    ${fareInForce(sql)}
    ${policyInForce(sql)}
    ${loadingHere(sql)}
    left join departure_cabin as class on class.departure = departure.id and class.cabin = departure.asked_cabin
    left join lateral (${cabinFare(sql, sql`class.cabin`)}) as own on true`
    const byRide = new Map(offers.map(({ nth, ...offer }) => [nth - 1, offer]))
    return rides.map((_, nth) => byRide.get(nth) ?? null)
  },
  { most: 100, lanes: 1, same: ({ departure, from, to, cabin }) => `${departure} ${from} ${to} ${cabin ?? ''}` }
)

/** Its vehicle has come; the station keeps the reports. */
export async function hasLiveReport(sql: Queryable, departure: number): Promise<boolean> {
  return (
    (await sql`select from departure_report where departure = ${departure} and withdrawn_at is null limit 1`).length > 0
  )
}

const fareInForce = (sql: Queryable) => sql`
    join lateral (
      select full_fare, half_fare, sample from fare
      where fare.line = line.id and fare.from_position = departure.from_position and fare.to_position = departure.to_position
        and fare.valid_from <= departure.day and (fare.valid_to is null or fare.valid_to >= departure.day)
      order by fare.valid_from desc limit 1) as fare on true`

/** The classes (舱位等级) of a departure, the cheapest first, each with its places and fares; null where it is not sold by class. */
const classes = (sql: Queryable) => sql`
    left join lateral (
      select json_agg(json_build_object('code', class.code, 'name', class.name, 'nameEn', class.name_en, 'places', cabin.places,
          'placesLeft', least(own.capacity - own.taken, pool.capacity - pool.taken), 'fullFare', coalesce(priced.full_fare, fare.full_fare),
          'halfFare', coalesce(priced.half_fare, fare.half_fare)) order by coalesce(priced.full_fare, fare.full_fare), class.code) as list,
        min(coalesce(priced.full_fare, fare.full_fare)) as full_fare, min(coalesce(priced.half_fare, fare.half_fare)) as half_fare
      from departure_cabin as cabin
      join cabin_class as class on class.code = cabin.cabin
      join capacity_pool as own on own.departure = departure.id and own.pool = 'cabin-' || cabin.cabin
      left join lateral (${cabinFare(sql, sql`cabin.cabin`)}) as priced on true
      where cabin.departure = departure.id) as cabins on true`

/** The fare a class has of its own; no row where it is sold at the line's. */
const cabinFare = (sql: Queryable, cabin: ReturnType<Queryable>) => sql`
      select full_fare, half_fare from cabin_fare
      where cabin_fare.line = line.id and cabin_fare.cabin = ${cabin} and cabin_fare.from_position = departure.from_position
        and cabin_fare.to_position = departure.to_position and cabin_fare.valid_from <= departure.day
      order by cabin_fare.valid_from desc limit 1`

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
