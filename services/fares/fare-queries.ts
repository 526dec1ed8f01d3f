// Fares and ceilings of a line, by stretch and day.
import { violates, type Queryable, type Transaction } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import type { Mode } from '../network/network-schemas.ts'
import { refuse } from '../refusals.ts'
import type { Fare, FareFormula, FareRequest } from './fare-schemas.ts'

export interface FareLine {
  id: number
  mode: Mode
  /** Notice to be given before a fare changes. */
  noticeDays: number
  stops: { place: string; position: number; kilometres: number }[]
}

export async function findFareLine(sql: Queryable, code: string, day: string): Promise<FareLine | null> {
  const [line] = await sql<FareLine[]>`
    select line.id, line.mode,
      coalesce((select change_days from notice_policy where notice_policy.mode = line.mode and valid_from <= ${day}
        order by valid_from desc limit 1), 0) as notice_days,
      (select json_agg(json_build_object('place', place.code, 'position', stop.position, 'kilometres', stop.kilometres)
        order by stop.position) from line_stop as stop join place on place.id = stop.place where stop.line = line.id) as stops
    from line where line.code = ${code}`
  return line ?? null
}

/** The latest first. */
export async function findFares(sql: Queryable, line: string): Promise<Fare[]> {
  return await sql<Fare[]>`
    select origin.code as "from", origin.name as from_name, destination.code as "to", destination.name as to_name, fare.valid_from,
      fare.valid_to, fare.full_fare, fare.half_fare, case when fare.cabin is null then ceiling_of(line.id, from_position, to_position, fare.valid_from) end as ceiling,
      fare.source, fare.cabin, fare.sample, fare.published_at
    from (
      select line, null as cabin, from_position, to_position, valid_from, valid_to, full_fare, half_fare, source, sample, published_at
      from fare
      union all
      select line, cabin, from_position, to_position, valid_from, null, full_fare, half_fare, 'line', sample, published_at from cabin_fare) as fare
    join line on line.id = fare.line
    join line_stop as board on board.line = line.id and board.position = from_position
    join line_stop as alight on alight.line = line.id and alight.position = to_position
    join place as origin on origin.id = board.place
    join place as destination on destination.id = alight.place
    where line.code = ${line}
    order by fare.valid_from desc, from_position, to_position, fare.cabin nulls first`
}

export interface NewFareVersion {
  line: number
  source: FareRequest['source']
  formula: FareFormula | null
  validFrom: string
  publishedAt: Date
  publishedBy: string
  stretches: { fromPosition: number; toPosition: number; fullFare: number; halfFare: number }[]
}

/** Throws the refusals fare-above-ceiling and fare-exists. */
export async function insertFares(tx: Transaction, version: NewFareVersion): Promise<void> {
  const { line, source, formula, validFrom, publishedAt, publishedBy, stretches } = version
  try {
    await tx`
      insert into fare (line, from_position, to_position, valid_from, full_fare, half_fare, source, formula, published_at, published_by)
      select ${line}, new."fromPosition", new."toPosition", ${validFrom}, new."fullFare", new."halfFare", ${source},
        ${formula === null ? null : tx.json(formula)}, ${publishedAt}, ${publishedBy}
      from jsonb_to_recordset(${tx.json(stretches)})
        as new("fromPosition" smallint, "toPosition" smallint, "fullFare" bigint, "halfFare" bigint)`
  } catch (error) {
    if (violates(error, 'fare_within_ceiling')) throw refuse('fare-above-ceiling')
    if (violates(error, 'fare_pkey')) throw refuse('fare-exists')
    throw error
  }
}

export interface NewCabinFares extends Omit<NewFareVersion, 'source' | 'formula'> {
  cabin: string
}

/** Throws the refusals cabin-unknown and fare-exists. The ceiling is the line's, not a better class's. */
export async function insertCabinFares(tx: Transaction, version: NewCabinFares): Promise<void> {
  const { line, cabin, validFrom, publishedAt, publishedBy, stretches } = version
  try {
    await tx`
      insert into cabin_fare (line, cabin, from_position, to_position, valid_from, full_fare, half_fare, published_at, published_by)
      select ${line}, ${cabin}, new."fromPosition", new."toPosition", ${validFrom}, new."fullFare", new."halfFare", ${publishedAt},
        ${publishedBy}
      from jsonb_to_recordset(${tx.json(stretches)})
        as new("fromPosition" smallint, "toPosition" smallint, "fullFare" bigint, "halfFare" bigint)`
  } catch (error) {
    if (violates(error, 'cabin_fare_cabin_fkey')) throw refuse('cabin-unknown', { cabin })
    if (violates(error, 'cabin_fare_pkey')) throw refuse('fare-exists')
    throw error
  }
}

export interface NewCeilings {
  line: number
  source: string
  validFrom: string
  publishedAt: Date
  publishedBy: string
  stretches: { fromPosition: number; toPosition: number; amount: number }[]
}

/** Throws the refusals ceiling-below-fare and fare-exists. */
export async function insertCeilings(tx: Transaction, ceilings: NewCeilings): Promise<void> {
  const { line, source, validFrom, publishedAt, publishedBy, stretches } = ceilings
  const [passed] = await tx<{ any: boolean }[]>`
    select exists (
      select from jsonb_to_recordset(${tx.json(stretches)}) as new("fromPosition" smallint, "toPosition" smallint, amount bigint)
      join fare on fare.line = ${line} and from_position = new."fromPosition" and to_position = new."toPosition"
      where full_fare > amount and (valid_to is null or valid_to >= ${validFrom})
        and (valid_from > ${validFrom} or valid_from = (select max(valid_from) from fare as before where before.line = fare.line
          and before.from_position = fare.from_position and before.to_position = fare.to_position
          and before.valid_from <= ${validFrom}))) as any`
  if (passed!.any) throw refuse('ceiling-below-fare')
  try {
    await tx`
      insert into fare_ceiling (line, from_position, to_position, valid_from, amount, source, published_at, published_by)
      select ${line}, new."fromPosition", new."toPosition", ${validFrom}, new.amount, ${source}, ${publishedAt}, ${publishedBy}
      from jsonb_to_recordset(${tx.json(stretches)}) as new("fromPosition" smallint, "toPosition" smallint, amount bigint)`
  } catch (error) {
    if (violates(error, 'fare_ceiling_pkey')) throw refuse('fare-exists')
    throw error
  }
}

/** One publication of fares or ceilings of a line at a time: each is checked against the other. */
export async function lockFares(tx: Transaction, line: number): Promise<void> {
  await tx`select from line where id = ${line} for no key update`
}

export interface FareInForce {
  source: Fare['source']
  validFrom: string
  ceiling: Fen | null
  sample: boolean
}

export async function findFareInForce(
  sql: Queryable,
  { departure, fromPosition, toPosition }: { departure: number; fromPosition: number; toPosition: number }
): Promise<FareInForce> {
  const [row] = await sql<FareInForce[]>`
    select source, valid_from, ceiling_of(fare.line, from_position, to_position, valid_from) as ceiling, sample
    from departure join fare on fare.line = departure.line
    where departure.id = ${departure} and from_position = ${fromPosition} and to_position = ${toPosition}
      and valid_from <= departure.day and (valid_to is null or valid_to >= departure.day)
    order by valid_from desc limit 1`
  return row!
}
