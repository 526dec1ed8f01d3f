// Products of several legs, and the time one needs between two of them.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'
import type { Mode } from '../../network/network-schemas.ts'
import { isNamed } from '../../timetable/departure-queries.ts'
import { refuse } from '../../refusals.ts'
import type { Claims } from '../fare-rules.ts'
import { placeRefusal } from '../order-queries.ts'
import type { Contract } from '../ticketing-schemas.ts'

export interface Transfer {
  arrives: string
  fromMode: Mode
  departs: string
  toMode: Mode
  boundary: boolean
  day: BusinessDay
}

/** Minutes for each transfer, in their order; null where no way leads from one place to the other. */
export async function findConnectionMinutes(
  sql: Queryable,
  transfers: readonly Transfer[],
  withVehicle: boolean
): Promise<(number | null)[]> {
  if (transfers.length === 0) return []
  const rows = await sql<{ minutes: number | null }[]>`
    select connection_minutes(arrives.id, "fromMode", departs.id, "toMode", ${withVehicle}, boundary, day) as minutes
    from rows from (jsonb_to_recordset(${sql.json(transfers as never)}) as (arrives text, "fromMode" text, departs text, "toMode" text,
      boundary boolean, day date)) with ordinality as asked(arrives_code, "fromMode", departs_code, "toMode", boundary, day, ordinal)
    join place as arrives on arrives.code = arrives_code
    join place as departs on departs.code = departs_code
    order by ordinal`
  return rows.map(({ minutes }) => minutes)
}

export interface Product {
  id: number
  code: string
  name: string
  kind: 'through' | 'return'
  contract: Contract
  discount: Fen
  openDays: number | null
  legs: { line: number; fromPosition: number; toPosition: number; from: string; to: string; fixedShare: Fen | null }[]
}

const products = (sql: Queryable, day: BusinessDay) => sql`
    select product.id, product.code, product.name, product.kind, product.contract, product.discount, product.open_days,
      json_agg(json_build_object('line', leg.line, 'fromPosition', leg.from_position, 'toPosition', leg.to_position,
        'from', origin.code, 'to', destination.code, 'fixedShare', leg.fixed_share) order by leg.leg) as legs
    from through_product as product
    join through_product_leg as leg on leg.product = product.id
    join line_stop as board on board.line = leg.line and board.position = leg.from_position
    join line_stop as alight on alight.line = leg.line and alight.position = leg.to_position
    join place as origin on origin.id = board.place
    join place as destination on destination.id = alight.place
    where ${day} between product.valid_from and coalesce(product.valid_to, 'infinity')`

/** The product in force on the day of departure; null when there is none of this code. */
export async function findProduct(sql: Queryable, code: string, day: BusinessDay): Promise<Product | null> {
  const [row] = await sql<Product[]>`
    ${products(sql, day)} and product.code = ${code} group by product.id order by product.valid_from desc limit 1`
  return row ?? null
}

export async function findProducts(sql: Queryable, day: BusinessDay): Promise<Product[]> {
  return await sql<Product[]>`${products(sql, day)} group by product.id order by product.code`
}

export interface ShownProductRow {
  code: string
  name: string
  kind: Product['kind']
  contract: Contract
  discount: Fen
  openDays: number | null
  sample: boolean
  legs: { line: string; from: string; fromName: string; to: string; toName: string }[]
}

/** As anybody may read them: what is sold together, and how much it takes off the single fares. */
export async function findProductsToShow(sql: Queryable, day: BusinessDay): Promise<ShownProductRow[]> {
  return await sql<ShownProductRow[]>`
    select product.code, product.name, product.kind, product.contract, product.discount, product.open_days, product.sample,
      json_agg(json_build_object('line', line.code, 'from', origin.code, 'fromName', origin.name, 'to', destination.code,
        'toName', destination.name) order by leg.leg) as legs
    from through_product as product
    join through_product_leg as leg on leg.product = product.id
    join line on line.id = leg.line
    join line_stop as board on board.line = leg.line and board.position = leg.from_position
    join line_stop as alight on alight.line = leg.line and alight.position = leg.to_position
    join place as origin on origin.id = board.place
    join place as destination on destination.id = alight.place
    where ${day} between product.valid_from and coalesce(product.valid_to, 'infinity')
    group by product.id
    order by product.code`
}

export interface NewProduct {
  code: string
  name: string
  kind: Product['kind']
  contract: Contract
  discount: number
  openDays: number | null
  legs: { line: string; from: string; to: string; fixedShare: number | null }[]
}

/** A product that is there stays as it is: coupons have frozen it. */
export async function layProducts(sql: Queryable, laid: NewProduct[], validFrom: BusinessDay): Promise<void> {
  await sql`
    with given as (
      select * from jsonb_to_recordset(${sql.json(laid as never)}) as product(code text, name text, kind text, contract text,
        discount bigint, "openDays" integer, legs jsonb)),
    fresh as (
      insert into through_product (code, name, kind, contract, discount, open_days, valid_from, sample)
      select code, name, kind, contract, discount, "openDays", ${validFrom}, true from given
      on conflict do nothing
      returning id, code)
    insert into through_product_leg (product, leg, line, from_position, to_position, fixed_share)
    select fresh.id, leg.ordinal - 1, line.id, board.position, alight.position, leg."fixedShare"
    from fresh join given on given.code = fresh.code
    cross join lateral rows from (jsonb_to_recordset(given.legs) as (line text, "from" text, "to" text, "fixedShare" bigint))
      with ordinality as leg(line, "from", "to", "fixedShare", ordinal)
    join line on line.code = leg.line
    join place as origin on origin.code = leg."from"
    join place as destination on destination.code = leg."to"
    join line_stop as board on board.line = line.id and board.place = origin.id
    join line_stop as alight on alight.line = line.id and alight.place = destination.id`
}

export async function layInterchanges(
  sql: Queryable,
  laid: { from: string; to: string; minutes: number }[]
): Promise<void> {
  await sql`
    insert into interchange (from_place, to_place, minutes, sample)
    select origin.id, destination.id, way.minutes, true
    from jsonb_to_recordset(${sql.json(laid)}) as way("from" text, "to" text, minutes integer)
    join place as origin on origin.code = way."from"
    join place as destination on destination.code = way."to"
    on conflict do nothing`
}

export interface RouteChain {
  rides: { from: string; to: string }[]
  /** Minimum connection times between the rides. */
  minutes: number[]
}

/**
 * Ways from one place or city to another by direct rides, with one change or, only where there is none such, two; the shortest
 * riding times first. Which departures serve them is not looked at here.
 */
export async function findRouteChains(
  sql: Queryable,
  { from, to, day }: { from: string; to: string; day: BusinessDay }
): Promise<RouteChain[]> {
  const rows = await sql<RouteChain[]>`
    with ride as materialized (
      select distinct on (board.place, alight.place) board.place as boards, alight.place as alights, line.mode,
        alight.minutes - board.minutes as riding,
        origin.code ~ '^8[12]' or destination.code ~ '^8[12]' as boundary, origin.code as from_code, destination.code as to_code
      from line_stop as board
      join line_stop as alight on alight.line = board.line and alight.position > board.position
      join line on line.id = board.line
      join place as origin on origin.id = board.place
      join place as destination on destination.id = alight.place
      order by board.place, alight.place, alight.minutes - board.minutes),
    way as materialized (
      select from_place as leaves, to_place as reaches from interchange
      union select id, id from place),
    origin as materialized (select id from place where ${isNamed(sql, from)}),
    destination as materialized (select id from place where ${isNamed(sql, to)}),
    start as (select * from ride where boards in (select id from origin) and alights not in (select id from origin)),
    finish as (select * from ride where alights in (select id from destination) and boards not in (select id from destination)),
    once as (
      select json_build_array(json_build_object('from', first.from_code, 'to', first.to_code),
          json_build_object('from', last.from_code, 'to', last.to_code)) as rides,
        array[connection_minutes(first.alights, first.mode, last.boards, last.mode, false, first.boundary or last.boundary, ${day})]
          as minutes, first.riding + last.riding as riding
      from start as first join way on way.leaves = first.alights join finish as last on last.boards = way.reaches
      where first.alights not in (select id from destination) and last.boards not in (select id from origin)),
    twice as (
      select json_build_array(json_build_object('from', first.from_code, 'to', first.to_code),
          json_build_object('from', middle.from_code, 'to', middle.to_code),
          json_build_object('from', last.from_code, 'to', last.to_code)) as rides,
        array[connection_minutes(first.alights, first.mode, middle.boards, middle.mode, false, first.boundary or middle.boundary, ${day}),
          connection_minutes(middle.alights, middle.mode, last.boards, last.mode, false, middle.boundary or last.boundary, ${day})]
          as minutes, first.riding + middle.riding + last.riding as riding
      from start as first join way on way.leaves = first.alights
      join ride as middle on middle.boards = way.reaches and middle.alights <> first.boards
      join way as onward on onward.leaves = middle.alights join finish as last on last.boards = onward.reaches
      where first.alights not in (select id from destination) and middle.alights not in (select id from destination)
        and middle.boards not in (select id from origin) and middle.alights not in (select id from origin)
        and not exists (select from once))
    select rides, minutes from (select * from once union all select * from twice) as chain
    where array_position(minutes, null) is null
    order by riding limit 8`
  return rows
}

/** What a stretch of a line costs on a day; null when it has no fare. */
export async function findLineFare(
  sql: Queryable,
  { line, fromPosition, toPosition }: { line: number; fromPosition: number; toPosition: number },
  day: BusinessDay
): Promise<{ fullFare: Fen; halfFare: Fen } | null> {
  const [fare] = await sql<{ fullFare: Fen; halfFare: Fen }[]>`
    select full_fare, half_fare from fare
    where line = ${line} and from_position = ${fromPosition} and to_position = ${toPosition}
      and valid_from <= ${day} and (valid_to is null or valid_to >= ${day})
    order by valid_from desc limit 1`
  return fare ?? null
}

/** Until when an open ticket may travel, and whether the departure is of its line; null when it is not open. */
export async function findOpenLeg(
  sql: Queryable,
  ticketNo: string,
  departure: number
): Promise<{ until: BusinessDay; sameLine: boolean; singleFare: Fen } | null> {
  const [row] = await sql<{ until: BusinessDay; sameLine: boolean; singleFare: Fen }[]>`
    select open_until as until, single_fare, open_line = (select line from departure where id = ${departure}) as same_line
    from coupon where ticket_no = ${ticketNo} and open_line is not null`
  return row ?? null
}

/** Throws what is full, seat-taken, leg-not-open and those of the passenger's other tickets. */
export async function confirmOpenLeg(
  sql: Queryable,
  confirmed: { ticketNo: string; departure: number; seat: number | null; claims: Claims; actor: string },
  now: Date
): Promise<void> {
  const { ticketNo, departure, seat, claims, actor } = confirmed
  const [row] = await sql<{ answer: string }[]>`
    select confirm_open_leg(${ticketNo}, ${departure}, ${seat}, ${sql.json(claims)}, ${now}, ${actor}) as answer`.catch(
    (error: unknown) => {
      throw placeRefusal(error) ?? error
    }
  )
  const { answer } = row!
  if (answer === 'not-open') throw refuse('leg-not-open')
  if (answer === 'departure_full') throw refuse('no-places-left')
}
