// Laying plans and fares, and generating departures from plans. Everything may run again and changes nothing that is there.
import type { BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../clearing/database.ts'

/** The departures of one day that are due for sale `today` and not there yet. Returns how many are new. */
export async function generateDay(tx: Transaction, day: BusinessDay, today: BusinessDay): Promise<number> {
  // One at a time, so that two generators never wait for each other's rows in different orders.
  await tx`select pg_advisory_xact_lock(7236006)`
  const done = await tx`
    select from generated_day join generation_state using (revision) where day = ${day} and generated_day.looked_on = ${today}`
  if (done.length > 0) return 0
  const [row] = await tx<{ generated: number }[]>`select generate_day(${day}, ${today}) as generated`
  await tx`
    insert into generated_day (day, revision, looked_on) select ${day}, revision, ${today} from generation_state
    on conflict (day) do update set revision = excluded.revision, looked_on = excluded.looked_on`
  return row!.generated
}

/** The longest presale period of any policy, in days. */
export async function longestPresale(sql: Queryable): Promise<number> {
  const [row] = await sql<{ days: number }[]>`
    select coalesce(max(presale_days), 15) as days from sale_policy`
  return row!.days
}

/** What the plans are at, for `markGenerated`; `lookedOn` is the last day all of them were looked through. */
export async function findGenerationState(sql: Queryable): Promise<{ revision: number; lookedOn: BusinessDay | null }> {
  const [row] = await sql<{ revision: number; lookedOn: BusinessDay | null }[]>`
    select revision, looked_on from generation_state`
  return row!
}

/** Changes nothing when the plans changed since the revision was read. */
export async function markGenerated(sql: Queryable, revision: number, today: BusinessDay): Promise<void> {
  await sql`update generation_state set looked_on = ${today} where revision = ${revision}`
}

export interface NewFare {
  line: string
  fromPosition: number
  toPosition: number
  fullFare: number
  halfFare: number
  sample: boolean
}

export async function layFares(sql: Queryable, fares: NewFare[], validFrom: BusinessDay): Promise<void> {
  await sql`
    insert into fare (line, from_position, to_position, valid_from, full_fare, half_fare, sample)
    select line.id, new."fromPosition", new."toPosition", ${validFrom}, new."fullFare", new."halfFare", new.sample
    from jsonb_to_recordset(${sql.json(fares as never)}) as new(line text, "fromPosition" smallint, "toPosition" smallint,
      "fullFare" bigint, "halfFare" bigint, sample boolean)
    join line on line.code = new.line
    on conflict do nothing`
}

export interface NewPlan {
  line: string
  number: string
  departsMinute: number
  places: number
  /** Places of each class (舱位等级); none where it does not sell by class. */
  cabins?: Record<string, number>
}

export interface NewCabinFare extends NewFare {
  cabin: string
}

export async function layCabinFares(sql: Queryable, fares: NewCabinFare[], validFrom: BusinessDay): Promise<void> {
  await sql`
    insert into cabin_fare (line, cabin, from_position, to_position, valid_from, full_fare, half_fare, sample)
    select line.id, new.cabin, new."fromPosition", new."toPosition", ${validFrom}, new."fullFare", new."halfFare", new.sample
    from jsonb_to_recordset(${sql.json(fares as never)}) as new(line text, cabin text, "fromPosition" smallint, "toPosition" smallint,
      "fullFare" bigint, "halfFare" bigint, sample boolean)
    join line on line.code = new.line
    on conflict do nothing`
}

export async function layPlans(sql: Queryable, plans: NewPlan[], validFrom: BusinessDay): Promise<void> {
  await sql`
    with given as materialized (
      select line.id, new.number, new."departsMinute", new.places, new.cabins
      from jsonb_to_recordset(${sql.json(plans as never)})
        as new(line text, number text, "departsMinute" smallint, places integer, cabins jsonb)
      join line on line.code = new.line),
    laid as (
      insert into departure_plan (line, number, departs_minute, places, valid_from, sample)
      select id, number, "departsMinute", places, ${validFrom}, true from given
      on conflict do nothing
      returning id, line, number)
    insert into plan_cabin (plan, cabin, places)
    select laid.id, class.cabin, class.places::integer
    from laid join given on given.id = laid.line and given.number = laid.number
    cross join lateral jsonb_each_text(given.cabins) as class(cabin, places)`
}
