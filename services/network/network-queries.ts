// Reading the network, and laying it: the lay… functions may run again and change nothing that is there.
import type { Queryable, Transaction } from '../../clearing/database.ts'
import { refuse } from '../refusals.ts'
import type { Gate, GateEntry, Line, Mode, Place } from './network-schemas.ts'

const placeColumns = (sql: Queryable) => sql`code, kind, name, city, address, sample`

/** Every place whose name or city contains the text; all of them when it is empty. */
export async function findPlaces(sql: Queryable, text: string): Promise<Place[]> {
  return await sql<Place[]>`
    select ${placeColumns(sql)} from place
    where ${text} = '' or strpos(name, ${text}) > 0 or city = rtrim(${text}, '市') or code = ${text}
    order by code
    limit 500`
}

/** Throws the refusal place-not-found. */
export async function findPlaceId(sql: Queryable, code: string): Promise<number> {
  const known = placeIds.get(sql) ?? new Map<string, number>()
  placeIds.set(sql, known)
  const before = known.get(code)
  if (before !== undefined) return before
  const [row] = await sql<{ id: number }[]>`select id from place where code = ${code}`
  if (!row) throw refuse('place-not-found', { code })
  known.set(code, row.id)
  return row.id
}

/** A place keeps its code and its number for good, so each is read once per process and database. */
const placeIds = new WeakMap<Queryable, Map<string, number>>()

export async function findLines(sql: Queryable): Promise<Line[]> {
  return await sql<Line[]>`
    select line.code, line.name, line.mode, line.class, carrier.name as carrier, line.real_name,
      json_agg(json_build_object('place', place.code, 'name', place.name, 'minutes', stop.minutes, 'kilometres', stop.kilometres)
        order by stop.position) as stops
    from line
    join carrier on carrier.id = line.carrier
    join line_stop as stop on stop.line = line.id
    join place on place.id = stop.place
    group by line.id, carrier.name
    order by line.code`
}

export async function findGates(sql: Queryable): Promise<Gate[]> {
  return await sql<Gate[]>`
    select gate.id, place.code as place, place.name as place_name, gate.number, gate.name, gate.passage
    from gate join place on place.id = gate.place
    order by place.code, gate.number`
}

/** What is there gets the new name and kind. Throws the refusal place-not-found. */
export async function enterGate(
  tx: Transaction,
  { place, number, name, passage }: { place: string; number: number } & GateEntry
): Promise<Gate> {
  const id = await findPlaceId(tx, place)
  const [gate] = await tx<Gate[]>`
    with entered as (
      insert into gate (place, number, name, passage) values (${id}, ${number}, ${name.trim()}, ${passage})
      on conflict (place, number) do update set name = excluded.name, passage = excluded.passage
      returning *)
    select entered.id, place.code as place, place.name as place_name, entered.number, entered.name, entered.passage
    from entered join place on place.id = entered.place`
  return gate!
}

export async function layPlaces(sql: Queryable, places: Place[]): Promise<void> {
  await sql`insert into place ${sql(places, 'code', 'kind', 'name', 'city', 'address', 'sample')} on conflict do nothing`
}

export async function layCarriers(sql: Queryable, carriers: { code: string; name: string }[]): Promise<void> {
  const rows = carriers.map((carrier) => ({ ...carrier, sample: true }))
  await sql`insert into carrier ${sql(rows, 'code', 'name', 'sample')} on conflict do nothing`
}

export interface NewLine {
  code: string
  name: string
  mode: Mode
  class: number | null
  carrier: string
  realName: boolean
}

export async function layLines(sql: Queryable, lines: NewLine[]): Promise<void> {
  await sql`
    insert into line (code, name, mode, class, carrier, real_name, sample)
    select new.code, new.name, new.mode, new.class, carrier.id, new."realName", true
    from jsonb_to_recordset(${sql.json(lines as never)})
      as new(code text, name text, mode text, class smallint, carrier text, "realName" boolean)
    join carrier on carrier.code = new.carrier
    on conflict do nothing`
}

export interface NewStop {
  line: string
  position: number
  place: string
  minutes: number
  kilometres: number
}

export async function layStops(sql: Queryable, stops: NewStop[]): Promise<void> {
  await sql`
    insert into line_stop (line, position, place, minutes, kilometres)
    select line.id, new.position, place.id, new.minutes, new.kilometres
    from jsonb_to_recordset(${sql.json(stops as never)})
      as new(line text, position smallint, place text, minutes integer, kilometres integer)
    join line on line.code = new.line
    join place on place.code = new.place
    on conflict do nothing`
}

/** Doors of other kinds than gates (一码通行). */
export async function layDoors(
  sql: Queryable,
  doors: readonly { place: string; number: number; name: string; passage: string }[]
): Promise<void> {
  await sql`
    insert into gate (place, number, name, passage)
    select place.id, door.number, door.name, door.passage
    from jsonb_to_recordset(${sql.json(doors)}) as door (place text, number smallint, name text, passage text)
    join place on place.name = door.place
    on conflict do nothing`
}

/** `count` numbered gates at every place that has none yet. */
export async function layGates(sql: Queryable, count: number): Promise<void> {
  await sql`
    insert into gate (place, number, name)
    select place.id, number, number || ' 号检票口'
    from place cross join generate_series(1, ${count}::integer) as number
    on conflict do nothing`
}
