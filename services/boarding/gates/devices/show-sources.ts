// How fresh each gate's lists are, and what it would do by the policy if its network failed now.
import type { Queryable } from '../../../../clearing/database.ts'
import { findPolicies, policyOf } from '../lists/policy-queries.ts'
import { freshnessOf } from '../lists/freshness-rules.ts'
import { findSources } from './device-queries.ts'
import type { GateSource } from './device-schemas.ts'

export async function showSources(sql: Queryable, place: string | null, now: Date): Promise<GateSource[]> {
  const [sources, policies] = await Promise.all([findSources(sql, place), findPolicies(sql, now)])
  return sources.map(({ placeId, listsAt, ...source }) => {
    const age = listsAt && Math.max(0, Math.round((now.getTime() - listsAt.getTime()) / 1000))
    return { ...source, listsAgeSeconds: age, freshness: freshnessOf(age, policyOf(policies, placeId)) }
  })
}
