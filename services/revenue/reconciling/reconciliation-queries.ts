// Reconciliations with partners, and where they differ.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { Difference, DifferenceKind } from './reconcile-rules.ts'

export interface Reconciliation {
  id: string
  party: string
  day: BusinessDay
  digest: Uint8Array
  lines: number
  agreed: number
  receivedAt: Date
  differences: Difference[]
}

export async function insertReconciliation(
  tx: Transaction,
  row: {
    id: string
    party: number
    day: BusinessDay
    digest: Uint8Array
    lines: number
    agreed: number
    receivedAt: Date
  },
  differences: readonly Difference[]
): Promise<void> {
  const { id, party, day, digest, lines, agreed, receivedAt } = row
  await tx`
    insert into reconciliation (id, party, day, digest, lines, agreed, received_at)
    values (${id}, ${party}, ${day}, ${digest}, ${lines}, ${agreed}, ${receivedAt})`
  const rows = differences.map(({ ticketNo, ...rest }) => ({ reconciliation: id, ticket_no: ticketNo, ...rest }))
  await tx`
    insert into reconciliation_difference (reconciliation, ticket_no, kind, ours, theirs)
    select reconciliation, ticket_no, kind, nullif(ours, 'null'), nullif(theirs, 'null')
    from jsonb_populate_recordset(null::reconciliation_difference, ${tx.json(rows as never)})`
}

export async function findReconciliation(sql: Queryable, id: string): Promise<Reconciliation | null> {
  const [row] = await sql<Omit<Reconciliation, 'differences'>[]>`
    select reconciliation.id, participant.code as party, day, digest, lines, agreed, received_at
    from reconciliation join participant on participant.id = reconciliation.party
    where reconciliation.id = ${id}`
  if (!row) return null
  const differences = await sql<Difference[]>`
    select ticket_no, kind, ours, theirs from reconciliation_difference where reconciliation = ${id} order by ticket_no`
  return { ...row, differences }
}

export interface ReconciliationSummary extends Omit<Reconciliation, 'differences' | 'digest'> {
  /** How many of each kind; kinds without any are left out. */
  counts: { kind: DifferenceKind; count: number }[]
}

/** The latest first; of one party or of all. */
export async function listReconciliations(
  sql: Queryable,
  { party, limit }: { party: string | null; limit: number }
): Promise<ReconciliationSummary[]> {
  return await sql<ReconciliationSummary[]>`
    select reconciliation.id, participant.code as party, day, lines, agreed, received_at, coalesce((
      select json_agg(json_build_object('kind', kind, 'count', number) order by kind) from (
        select kind, count(*)::integer as number from reconciliation_difference
        where reconciliation_difference.reconciliation = reconciliation.id group by kind) as counted), '[]') as counts
    from reconciliation join participant on participant.id = reconciliation.party
    where ${party}::text is null or participant.code = ${party}
    order by received_at desc, reconciliation.id
    limit ${limit}`
}
