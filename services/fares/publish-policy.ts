// Publishing policies: a version is recorded, everything in force is resolved anew, and both become visible together. Terms that
// somebody bought under are never changed; his coupons name them.
import { transaction, type Database, type Queryable, type Transaction } from '../../clearing/database.ts'
import { addDays, calendarDay } from '../../clearing/business-day.ts'
import type { Job } from '../jobs/worker-rounds.ts'
import { refuse } from '../refusals.ts'
import {
  arePoliciesStale,
  findFrozenTerms,
  findPolicySheets,
  findPolicyStops,
  findPolicyVersions,
  findUnknownScope,
  hasPolicies,
  insertPolicyVersion,
  lockPolicies,
  replacePoliciesInForce,
  type PolicyStop,
  type ResolvedPolicy
} from './policy-queries.ts'
import { isNarrow, layOver, missingKnobs, policyPeriods, speaksForLine, type PolicySheet } from './policy-rules.ts'
import type { PolicyRequest, PolicyTerms, PolicyVersion } from './policy-schemas.ts'

/**
 * A new version, effective for departures from a later day on. Throws policy-empty, policy-incomplete, policy-scope-unknown,
 * policy-too-early and policy-span.
 */
export async function publishPolicy(
  sql: Database,
  request: PolicyRequest,
  by: string,
  now: Date
): Promise<PolicyVersion> {
  const { scope, validFrom, validTo, terms, note } = request
  if (Object.keys(terms).length === 0) throw refuse('policy-empty')
  if (validTo !== undefined && validTo < validFrom) throw refuse('policy-span')
  if (validFrom < addDays(calendarDay(now), 1)) throw refuse('policy-too-early')
  return await transaction(sql, async (tx) => {
    await lockPolicies(tx)
    const unknown = await findUnknownScope(tx, scope)
    if (unknown.length > 0) throw refuse('policy-scope-unknown', { unknown })
    const sheets = await findPolicySheets(tx)
    const missing = missingKnobs({ ...layOver(sheets, scope, validFrom).terms, ...terms })
    if (missing.length > 0) throw refuse('policy-incomplete', { missing })
    const version = { scope, validFrom, validTo: validTo ?? null, terms, note, publishedAt: now, publishedBy: by }
    const id = await insertPolicyVersion(tx, version)
    await bringIntoForce(tx, now)
    return (await findPolicyVersions(tx, scope)).find((row) => row.id === id)!
  })
}

/** The first policies of an empty database; one that has policies keeps them. */
export async function layPolicies(tx: Transaction, versions: PolicyRequest[], now: Date): Promise<void> {
  if (!(await hasPolicies(tx)))
    for (const version of versions)
      await insertPolicyVersion(tx, {
        ...version,
        validTo: version.validTo ?? null,
        publishedAt: now,
        publishedBy: 'seed'
      })
  await bringIntoForce(tx, now)
}

/** Resolves all versions for all stops. Call after lines were added; the worker does it when somebody forgot. */
export async function bringIntoForce(tx: Transaction, now: Date): Promise<void> {
  const sheets = await findPolicySheets(tx)
  await replacePoliciesInForce(tx, resolveAll(sheets, await findPolicyStops(tx)), now)
}

/** One row per mode, and one per line or stop that some narrower version speaks for. */
function resolveAll(sheets: readonly PolicySheet[], stops: readonly PolicyStop[]): ResolvedPolicy[] {
  const narrow = sheets.filter(({ scope }) => isNarrow(scope))
  const general = (['coach', 'ferry'] as const).flatMap((mode) =>
    policyPeriods(sheets, { mode }).map((period) => ({ ...period, mode, line: null, position: null }))
  )
  const special = [...Map.groupBy(stops, ({ lineId }) => lineId).values()].flatMap((ofLine) => {
    const { lineId, line, mode, carrier } = ofLine[0]!
    const own = narrow.filter(({ scope }) => speaksForLine(scope, { mode, carrier, line }))
    if (own.length === 0) return []
    const atStops = ofLine.filter(({ place }) => own.some(({ scope }) => scope.place === place))
    const wholeLine = own.some(({ scope }) => scope.place === undefined)
    return [
      ...(wholeLine ? policyPeriods(sheets, { mode, carrier, line }) : []).map((period) => ({
        ...period,
        position: null
      })),
      ...atStops.flatMap(({ place, position }) =>
        policyPeriods(sheets, { mode, carrier, line, place }).map((period) => ({ ...period, position }))
      )
    ].map((period) => ({ ...period, mode, line: lineId }))
  })
  return [...general, ...special]
}

export const bringPoliciesIntoForceJob: Job = {
  name: 'bring-policies-into-force',
  due: async ({ sql }) => ((await arePoliciesStale(sql)) ? ['all'] : []),
  perform: async ({ sql }, _id, now) =>
    await transaction(sql, async (tx) => {
      await lockPolicies(tx)
      await bringIntoForce(tx, now)
    })
}

const frozen = new WeakMap<Queryable, Map<number, PolicyTerms>>()

/** The terms a coupon froze, by its `refund_policy`. They never change, so each is read once per process and database. */
export async function frozenTerms(sql: Queryable, id: number): Promise<PolicyTerms> {
  const known = frozen.get(sql) ?? new Map<number, PolicyTerms>()
  frozen.set(sql, known)
  const before = known.get(id)
  if (before) return before
  const terms = await findFrozenTerms(sql, id)
  if (!terms) throw new Error(`no terms of sale ${id}`)
  known.set(id, terms)
  return terms
}
