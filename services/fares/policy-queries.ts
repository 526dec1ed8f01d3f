// Published policy versions, and what they resolve to: sale_policy for what is in force, refund_policy for each distinct set of terms.
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { PolicyScope, PolicyTerms, PolicyVersion } from './policy-schemas.ts'
import type { PolicySheet } from './policy-rules.ts'

export async function findPolicySheets(sql: Queryable): Promise<PolicySheet[]> {
  return await sql<PolicySheet[]>`select id, scope, valid_from, valid_to, terms from policy_version order by id`
}

/** The latest first; `scope` narrows to versions that name all of it. */
export async function findPolicyVersions(sql: Queryable, scope: Partial<PolicyScope>): Promise<PolicyVersion[]> {
  return await sql<PolicyVersion[]>`
    select id, scope, valid_from, valid_to, terms, note, published_at, published_by from policy_version
    where scope @> ${sql.json(scope)}
    order by id desc
    limit 500`
}

export interface NewPolicyVersion {
  scope: PolicyScope
  validFrom: string
  validTo: string | null
  terms: object
  note: string
  publishedAt: Date
  publishedBy: string
}

/** Returns the version's id. */
export async function insertPolicyVersion(tx: Transaction, version: NewPolicyVersion): Promise<number> {
  const { scope, validFrom, validTo, terms, note, publishedAt, publishedBy } = version
  const [row] = await tx<{ id: number }[]>`
    insert into policy_version (scope, valid_from, valid_to, terms, note, published_at, published_by)
    values (${tx.json(scope)}, ${validFrom}, ${validTo}, ${tx.json(terms as never)}, ${note}, ${publishedAt}, ${publishedBy})
    returning id`
  return row!.id
}

/** What of a scope the network does not know. */
export async function findUnknownScope(sql: Queryable, { carrier, place, line, mode }: PolicyScope): Promise<string[]> {
  const rows = await sql<{ part: string }[]>`
    select part from (values
      ('carrier', ${carrier ?? null}::text is null or exists (select from carrier where code = ${carrier ?? null})),
      ('place', ${place ?? null}::text is null or exists (select from place where code = ${place ?? null})),
      ('line', ${line ?? null}::text is null or exists (select from line where code = ${line ?? null} and mode = ${mode})))
      as named(part, known)
    where not known`
  return rows.map(({ part }) => part)
}

/** A stop where passengers board, as policies see it. */
export interface PolicyStop {
  lineId: number
  line: string
  mode: PolicyScope['mode']
  carrier: string
  position: number
  place: string
}

export async function findPolicyStops(sql: Queryable): Promise<PolicyStop[]> {
  return await sql<PolicyStop[]>`
    select line.id as line_id, line.code as line, line.mode, carrier.code as carrier, stop.position, place.code as place
    from line
    join carrier on carrier.id = line.carrier
    join line_stop as stop on stop.line = line.id
    join place on place.id = stop.place
    order by line.id, stop.position`
}

/** One at a time: two publications at once would each resolve without the other's version. */
export async function lockPolicies(tx: Transaction): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtext('policy_build'))`
}

export interface ResolvedPolicy {
  mode: PolicyScope['mode']
  line: number | null
  position: number | null
  validFrom: string
  validTo: string | null
  terms: PolicyTerms
}

/** Puts the whole of what is in force in the place of what was, in one transaction; terms nobody had yet become a new set. */
export async function replacePoliciesInForce(tx: Transaction, policies: ResolvedPolicy[], now: Date): Promise<void> {
  const given = tx`
    select *, terms -> 'refund' as refund from jsonb_to_recordset(${tx.json(policies as never)}) as given(mode text, line integer,
      position smallint, "validFrom" date, "validTo" date, terms jsonb)`
  await tx`
    insert into refund_policy (code, name, changed_counts_as_late, source, terms)
    select distinct on (terms) refund ->> 'code', refund ->> 'name', (refund ->> 'changedCountsAsLate')::boolean, refund ->> 'source',
      terms
    from (${given}) as given
    where not exists (select from refund_policy where refund_policy.terms = given.terms)`
  await tx`delete from sale_policy`
  await tx`
    insert into sale_policy (mode, line, position, valid_from, valid_to, presale_days, sale_closes_minutes, hold_minutes,
      passengers_per_order, free_children_per_adult, free_age_max, half_age_max, service_fee, check_in_opens_minutes,
      check_in_closes_minutes, void_minutes, refund_policy, presale_opens_minute, sells_after_report, passing_opens_minutes,
      closes_minutes, closes_minutes_by)
    select mode, line, position, "validFrom", "validTo", (given.terms ->> 'presaleDays')::integer,
      -- Listed until the last channel closes; each sale asks for its own.
      least((given.terms ->> 'saleClosesMinutes')::integer, (select min(value::integer)
        from jsonb_each_text(given.terms -> 'saleClosesMinutesBy'))),
      (given.terms ->> 'holdMinutes')::integer,
      (given.terms ->> 'passengersPerOrder')::integer, (given.terms ->> 'freeChildrenPerAdult')::integer,
      (given.terms ->> 'freeAgeMax')::integer, (given.terms ->> 'halfAgeMax')::integer,
      (given.terms -> 'serviceFees' ->> 'web')::bigint, (given.terms ->> 'checkInOpensMinutes')::integer,
      (given.terms ->> 'checkInClosesMinutes')::integer, (given.terms ->> 'voidMinutes')::integer,
      (select min(id) from refund_policy where refund_policy.terms = given.terms), (given.terms ->> 'presaleOpensMinute')::smallint,
      (given.terms ->> 'sellsAfterReport')::boolean, (given.terms ->> 'passingOpensMinutes')::smallint,
      (given.terms ->> 'saleClosesMinutes')::integer, given.terms -> 'saleClosesMinutesBy'
    from (${given}) as given`
  await tx`
    insert into policy_build (versions, stops, built_at)
    select (select count(*) from policy_version), (select count(*) from line_stop), ${now}
    on conflict (id) do update set versions = excluded.versions, stops = excluded.stops, built_at = excluded.built_at`
}

/** True when versions or lines came since what is in force was resolved. */
export async function arePoliciesStale(sql: Queryable): Promise<boolean> {
  const [row] = await sql<{ stale: boolean }[]>`
    select exists (select from policy_version) and not exists (
      select from policy_build
      where versions = (select count(*) from policy_version) and stops = (select count(*) from line_stop)) as stale`
  return row!.stale
}

export async function findFrozenTerms(sql: Queryable, id: number): Promise<PolicyTerms | null> {
  const [row] = await sql<{ terms: PolicyTerms }[]>`select terms from refund_policy where id = ${id}`
  return row?.terms ?? null
}

export async function hasPolicies(sql: Queryable): Promise<boolean> {
  const [row] = await sql<{ any: boolean }[]>`select exists (select from policy_version) as any`
  return row!.any
}
