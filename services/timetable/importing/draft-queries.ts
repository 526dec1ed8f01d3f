// A checked draft into SQL, table by table in one unit of work: the network at once, departures and fares as a version to be published.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { KnownNetwork } from './check-draft-rules.ts'
import type { Draft } from './timetable-draft.ts'

export async function findKnownNetwork(sql: Queryable): Promise<KnownNetwork> {
  type KnownLine = { code: string; mode: 'coach' | 'ferry'; carrier: string; stops: KnownStop[] }
  type KnownStop = { place: string; minutes: number; kilometres: number }
  const codes = async (rows: Promise<{ code: string }[]>) => new Set((await rows).map(({ code }) => code))
  const [carriers, places, cabins, lines] = await Promise.all([
    codes(sql<{ code: string }[]>`select code from carrier`),
    codes(sql<{ code: string }[]>`select code from place`),
    codes(sql<{ code: string }[]>`select code from cabin_class`),
    sql<KnownLine[]>`
      select line.code, line.mode, carrier.code as carrier,
        json_agg(json_build_object('place', place.code, 'minutes', stop.minutes, 'kilometres', stop.kilometres)
          order by stop.position) as stops
      from line
      join carrier on carrier.id = line.carrier
      join line_stop as stop on stop.line = line.id
      join place on place.id = stop.place
      group by line.id, carrier.code`
  ])
  return { carriers, places, cabins, lines: new Map(lines.map((line) => [line.code, line])) }
}

/** Places by exact name, where the name is one place's alone, and the city of each area code's first four digits. */
export async function findPlaceNames(
  sql: Queryable
): Promise<{ codeOf: ReadonlyMap<string, string>; cityOf: ReadonlyMap<string, string> }> {
  const places = await sql<{ name: string; code: string }[]>`
    select name, min(code) as code from place group by name having count(*) = 1`
  const areas = await sql<{ area: string; city: string }[]>`
    select distinct on (left(code, 4)) left(code, 4) as area, city from place order by left(code, 4), code`
  return {
    codeOf: new Map(places.map(({ name, code }) => [name, code])),
    cityOf: new Map(areas.map(({ area, city }) => [area, city]))
  }
}

export interface NewVersion {
  name: string
  replaces: 'departures' | 'lines'
  effective: BusinessDay
  createdAt: Date
  createdBy: string
}

export async function insertVersion(tx: Transaction, version: NewVersion): Promise<number> {
  const [row] = await tx<{ id: number }[]>`insert into timetable_version ${tx({ ...version })} returning id`
  return row!.id
}

/** Carriers, places and lines with their stops; what is there already stays as it is. */
export async function layNetwork(tx: Transaction, draft: Draft): Promise<void> {
  const json = (rows: readonly object[]) => tx.json(rows as never)
  await tx`
    insert into carrier (code, name)
    select code, name from jsonb_to_recordset(${json(draft.carriers)}) as new(code text, name text)
    on conflict do nothing`
  await tx`
    insert into place (code, kind, name, city, address)
    select code, kind, name, rtrim(city, '市'), address
    from jsonb_to_recordset(${json(draft.places)}) as new(code text, kind text, name text, city text, address text)
    on conflict do nothing`
  await tx`
    insert into line (code, name, mode, class, carrier, real_name)
    select new.code, new.name, new.mode, new.class, carrier.id, new."realName"
    from jsonb_to_recordset(${json(draft.lines)})
      as new(code text, name text, mode text, class smallint, carrier text, "realName" boolean)
    join carrier on carrier.code = new.carrier
    on conflict do nothing`
  await tx`
    insert into line_stop (line, position, place, minutes, kilometres)
    select line.id, new.position, place.id, new.minutes, new.kilometres
    from jsonb_to_recordset(${json(draft.stops)})
      as new(line text, position smallint, place text, minutes integer, kilometres integer)
    join line on line.code = new.line
    join place on place.code = new.place
    on conflict do nothing`
}

export async function layCalendars(tx: Transaction, version: number, draft: Draft): Promise<void> {
  const json = (rows: readonly object[]) => tx.json(rows as never)
  await tx`
    insert into service_calendar (version, code, weekdays, parity, first_day, last_day)
    select ${version}, code, weekdays, parity, "firstDay", "lastDay"
    from jsonb_to_recordset(${json(draft.calendars)})
      as new(code text, weekdays smallint, parity text, "firstDay" date, "lastDay" date)`
  await tx`
    insert into service_exception (calendar, day, runs)
    select calendar.id, new.day, new.runs
    from jsonb_to_recordset(${json(draft.exceptions)}) as new(calendar text, day date, runs boolean)
    join service_calendar as calendar on calendar.version = ${version} and calendar.code = new.calendar`
}

/** Departure plans with their loading stations and cabins, and fares. */
export async function layPlans(tx: Transaction, version: number, draft: Draft): Promise<void> {
  const json = (rows: readonly object[]) => tx.json(rows as never)
  await tx`
    insert into departure_plan (version, line, number, kind, first_minute, departs_minute, places, calendar, valid_from, valid_to)
    select ${version}, line.id, new.number, new.kind, new."firstMinute", new."departsMinute", new.places, calendar.id,
      greatest(new."validFrom", version.effective), new."validTo"
    from jsonb_to_recordset(${json(draft.departures)}) as new(line text, number text, kind text, "firstMinute" smallint,
      "departsMinute" smallint, places integer, calendar text, "validFrom" date, "validTo" date)
    join timetable_version as version on version.id = ${version}
    join line on line.code = new.line
    left join service_calendar as calendar on calendar.version = ${version} and calendar.code = new.calendar`
  await tx`
    insert into plan_loading (plan, position, gate)
    select plan.id, new.position, new.gate
    from jsonb_to_recordset(${json(draft.loadings)}) as new(line text, number text, position smallint, gate smallint)
    join line on line.code = new.line
    join departure_plan as plan on plan.version = ${version} and plan.line = line.id and plan.number = new.number`
  await tx`
    insert into plan_cabin (plan, cabin, places)
    select plan.id, new.cabin, new.places
    from jsonb_to_recordset(${json(draft.cabins)}) as new(line text, number text, cabin text, places integer)
    join line on line.code = new.line
    join departure_plan as plan on plan.version = ${version} and plan.line = line.id and plan.number = new.number`
  await tx`
    insert into version_fare (version, line, from_position, to_position, valid_from, full_fare, half_fare)
    select ${version}, line.id, new."fromPosition", new."toPosition", coalesce(new."validFrom", version.effective), new."fullFare",
      new."halfFare"
    from jsonb_to_recordset(${json(draft.fares.filter(({ cabin }) => cabin === null))}) as new(line text, "fromPosition" smallint,
      "toPosition" smallint, "validFrom" date, "fullFare" bigint, "halfFare" bigint)
    join timetable_version as version on version.id = ${version}
    join line on line.code = new.line`
  await tx`
    insert into version_cabin_fare (version, line, cabin, from_position, to_position, valid_from, full_fare, half_fare)
    select ${version}, line.id, new.cabin, new."fromPosition", new."toPosition", coalesce(new."validFrom", version.effective),
      new."fullFare", new."halfFare"
    from jsonb_to_recordset(${json(draft.fares.filter(({ cabin }) => cabin !== null))}) as new(line text, cabin text,
      "fromPosition" smallint, "toPosition" smallint, "validFrom" date, "fullFare" bigint, "halfFare" bigint)
    join timetable_version as version on version.id = ${version}
    join line on line.code = new.line`
}
