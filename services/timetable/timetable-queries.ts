// Laying plans, fares and policies, and generating departures from plans. Everything may run again and changes nothing that is there.
import type { BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { Mode } from '../network/network-schemas.ts'

/**
 * Departures of every plan for a span of days, each with its seat map (coach) or passenger pool (ferry). A coach takes free
 * children without a seat up to a tenth of its seats (R13). Returns how many are new.
 */
export async function generateFromPlans(tx: Transaction, fromDay: BusinessDay, days: number): Promise<number> {
  const [row] = await tx<{ generated: number }[]>`
    with generated as (
      insert into departure (line, number, day, departs_at, places)
      select plan.line, plan.number, day::date, (day::date + plan.departs_minute * interval '1 minute') at time zone 'Asia/Shanghai', plan.places
      from departure_plan as plan
      cross join generate_series(${fromDay}::date, ${fromDay}::date + ${days}::integer - 1, interval '1 day') as day
      where plan.valid_from <= day::date and (plan.valid_to is null or plan.valid_to >= day::date)
      order by day, plan.line, plan.departs_minute
      on conflict do nothing
      returning id, line, places),
    coach as (
      insert into seat_map (departure, occupied)
      select generated.id, array_fill(0, array[places])
      from generated join line on line.id = generated.line where line.mode = 'coach'),
    pools as (
      insert into capacity_pool (departure, pool, capacity)
      select generated.id, case line.mode when 'coach' then 'free-child' else 'passenger' end,
        case line.mode when 'coach' then places / 10 else places end
      from generated join line on line.id = generated.line)
    select count(*)::integer as generated from generated`
  return row!.generated
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
}

export async function layPlans(sql: Queryable, plans: NewPlan[], validFrom: BusinessDay): Promise<void> {
  await sql`
    insert into departure_plan (line, number, departs_minute, places, valid_from, sample)
    select line.id, new.number, new."departsMinute", new.places, ${validFrom}, true
    from jsonb_to_recordset(${sql.json(plans as never)}) as new(line text, number text, "departsMinute" smallint, places integer)
    join line on line.code = new.line
    on conflict do nothing`
}

export interface NewRefundPolicy {
  code: string
  name: string
  changedCountsAsLate: boolean
  source: string
  tiers: NewRefundTier[]
}

export interface NewRefundTier {
  atLeastSeconds: number
  fareKind: 'any' | 'full' | 'half' | 'free' | 'vehicle'
  rate: string
  minimum: number
  fixed: number | null
}

/** A policy that is there already keeps its tiers: coupons have frozen them. */
export async function layRefundPolicies(sql: Queryable, policies: NewRefundPolicy[]): Promise<void> {
  await sql`
    with given as (
      select * from jsonb_to_recordset(${sql.json(policies as never)})
        as policy(code text, name text, "changedCountsAsLate" boolean, source text, tiers jsonb)),
    laid as (
      insert into refund_policy (code, name, changed_counts_as_late, source)
      select code, name, "changedCountsAsLate", source from given
      on conflict do nothing
      returning id, code)
    insert into refund_tier (policy, at_least_seconds, fare_kind, rate, minimum, fixed)
    select laid.id, tier."atLeastSeconds", tier."fareKind", tier.rate, tier.minimum, tier.fixed
    from laid join given on given.code = laid.code
    cross join lateral jsonb_to_recordset(given.tiers) as tier("atLeastSeconds" integer, "fareKind" text, rate numeric,
      minimum bigint, fixed bigint)`
}

export interface NewSalePolicy {
  mode: Mode
  line: string | null
  presaleDays: number
  saleClosesMinutes: number
  holdMinutes: number
  passengersPerOrder: number
  freeChildrenPerAdult: number
  freeAgeMax: number
  halfAgeMax: number
  checkInOpensMinutes: number
  checkInClosesMinutes: number
  voidMinutes: number
  refundPolicy: string
}

export async function laySalePolicies(
  sql: Queryable,
  policies: NewSalePolicy[],
  validFrom: BusinessDay
): Promise<void> {
  await sql`
    insert into sale_policy (mode, line, valid_from, presale_days, sale_closes_minutes, hold_minutes, passengers_per_order,
      free_children_per_adult, free_age_max, half_age_max, check_in_opens_minutes, check_in_closes_minutes, void_minutes,
      refund_policy, sample)
    select new.mode, line.id, ${validFrom}, "presaleDays", "saleClosesMinutes", "holdMinutes", "passengersPerOrder",
      "freeChildrenPerAdult", "freeAgeMax", "halfAgeMax", "checkInOpensMinutes", "checkInClosesMinutes", "voidMinutes",
      refund_policy.id, true
    from jsonb_to_recordset(${sql.json(policies as never)}) as new(mode text, line text, "presaleDays" integer,
      "saleClosesMinutes" integer, "holdMinutes" integer, "passengersPerOrder" integer, "freeChildrenPerAdult" integer,
      "freeAgeMax" integer, "halfAgeMax" integer, "checkInOpensMinutes" integer, "checkInClosesMinutes" integer,
      "voidMinutes" integer, "refundPolicy" text)
    left join line on line.code = new.line
    join refund_policy on refund_policy.code = new."refundPolicy"
    on conflict do nothing`
}

/** True when every plan that runs on the day has its departure. */
export async function isGenerated(sql: Queryable, day: BusinessDay): Promise<boolean> {
  const [row] = await sql<{ missing: boolean }[]>`
    select exists (
      select from departure_plan as plan
      where plan.valid_from <= ${day} and (plan.valid_to is null or plan.valid_to >= ${day})
        and not exists (select from departure where departure.line = plan.line and departure.day = ${day}
          and departure.number = plan.number)) as missing`
  return !row!.missing
}
