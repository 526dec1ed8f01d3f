// The policies of gates in SQL: the latest in force of a place, else the latest of all places.
import type { Queryable, Transaction } from '../../../../clearing/database.ts'
import type { GatePolicy } from '../gate-schemas.ts'

export interface PolicyRow {
  /** Null: for every place that has none of its own. */
  place: number | null
  placeCode: string | null
  terms: GatePolicy
  validFrom: Date
  publishedBy: string
  note: string
}

/** In force at a moment, one for each place that has one. */
export async function findPolicies(sql: Queryable, now: Date): Promise<PolicyRow[]> {
  return await sql<PolicyRow[]>`
    select distinct on (policy.place) policy.place, place.code as place_code, policy.terms, policy.valid_from, policy.published_by,
      policy.note
    from gate_policy as policy left join place on place.id = policy.place
    where policy.valid_from <= ${now}
    order by policy.place, policy.valid_from desc, policy.id desc`
}

export function policyOf(policies: readonly PolicyRow[], place: number): GatePolicy {
  const row = policies.find((policy) => policy.place === place) ?? policies.find((policy) => policy.place === null)
  return row!.terms
}

export async function insertPolicy(
  tx: Transaction,
  { place, terms, validFrom, publishedBy, note }: Omit<PolicyRow, 'placeCode'>
): Promise<void> {
  await tx`
    insert into gate_policy (place, terms, valid_from, published_by, note)
    values (${place}, ${tx.json(terms)}, ${validFrom}, ${publishedBy}, ${note})`
}
