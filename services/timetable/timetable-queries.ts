// Laying plans and fares, and generating departures from plans. Everything may run again and changes nothing that is there.
import type { BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { Mode } from '../network/network-schemas.ts'

/** The departures of one day that are due for sale `today` and not there yet. Returns how many are new. */
export async function generateDay(tx: Transaction, day: BusinessDay, today: BusinessDay): Promise<number> {
  // One at a time, so that two generators never wait for each other's rows in different orders.
  await tx`select pg_advisory_xact_lock(7236006)`
  const [row] = await tx<{ generated: number }[]>`select generate_day(${day}, ${today}) as generated`
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

/** Has the worker look through the plans again. */
export async function askForGeneration(tx: Transaction): Promise<void> {
  await tx`update generation_state set revision = revision + 1, looked_on = null`
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
