// SQL of the migration from 3DES to SM4: each issuer's dated plan, and how far its cards, the terminals and the transactions are.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'

export interface AlgorithmShare {
  issuer: string
  issuerName: string
  desTransactions: number
  sm4Transactions: number
  /** Cards seen on the day by the algorithm they were last asked in. */
  desCards: number
  sm4Cards: number
}

/** Accepted purchases of one day of rides, by whose card it was. */
export async function listAlgorithms(sql: Queryable, day: BusinessDay): Promise<AlgorithmShare[]> {
  return await sql<AlgorithmShare[]>`
    select participant.code as issuer, participant.name as issuer_name,
      coalesce(sum(taps) filter (where algorithm = 3), 0)::integer as des_transactions,
      coalesce(sum(taps) filter (where algorithm = 4), 0)::integer as sm4_transactions,
      (count(*) filter (where algorithm = 3))::integer as des_cards, (count(*) filter (where algorithm = 4))::integer as sm4_cards
    from (
      select row.issuer, row.card_number, row.algorithm, count(*) as taps from card_transaction as row
      join card_file as file on file.id = row.file_id and file.state = 'accepted'
      where row.transaction_day = ${day} and row.algorithm <> 0 group by 1, 2, 3) as seen
    join participant on participant.id = seen.issuer
    group by participant.code, participant.name order by participant.code`
}

export interface TerminalShare {
  acquirer: string
  acquirerName: string
  terminals: number
  /** Those that took at least one SM4 transaction that day: shown to know it. */
  sm4Terminals: number
}

export async function listTerminalAlgorithms(sql: Queryable, day: BusinessDay): Promise<TerminalShare[]> {
  return await sql<TerminalShare[]>`
    select participant.code as acquirer, participant.name as acquirer_name, count(*)::integer as terminals,
      (count(*) filter (where sm4))::integer as sm4_terminals
    from (
      select row.acquirer, row.terminal_number, bool_or(row.algorithm = 4) as sm4 from card_transaction as row
      join card_file as file on file.id = row.file_id and file.state = 'accepted'
      where row.transaction_day = ${day} and row.algorithm <> 0 group by 1, 2) as seen
    join participant on participant.id = seen.acquirer
    group by participant.code, participant.name order by participant.code`
}

export interface AlgorithmPlan {
  issuer: string
  issuerName: string
  /** From when its new cards carry both. */
  dualCardsFrom: BusinessDay
  /** By when every terminal it is used at knows SM4. */
  terminalsBy: BusinessDay
  /** From when no new card of 3DES alone is ordered, and its 3DES roots only verify. */
  desEnds: BusinessDay
}

export async function listPlans(sql: Queryable): Promise<AlgorithmPlan[]> {
  return await sql<AlgorithmPlan[]>`
    select participant.code as issuer, participant.name as issuer_name, dual_cards_from, terminals_by, des_ends
    from algorithm_plan join participant on participant.id = algorithm_plan.issuer order by participant.code`
}

export async function findPlan(sql: Queryable, issuer: string): Promise<AlgorithmPlan | undefined> {
  return (await listPlans(sql)).find((plan) => plan.issuer === issuer)
}

export async function savePlan(
  tx: Transaction,
  issuer: number,
  plan: Pick<AlgorithmPlan, 'dualCardsFrom' | 'terminalsBy' | 'desEnds'>,
  by: string
): Promise<void> {
  await tx`
    insert into algorithm_plan (issuer, dual_cards_from, terminals_by, des_ends, made_by)
    values (${issuer}, ${plan.dualCardsFrom}, ${plan.terminalsBy}, ${plan.desEnds}, ${by})
    on conflict (issuer) do update set dual_cards_from = excluded.dual_cards_from, terminals_by = excluded.terminals_by,
      des_ends = excluded.des_ends, made_by = excluded.made_by`
}

/** The last day of rides that is in. */
export async function findLastRideDay(sql: Queryable): Promise<BusinessDay | null> {
  const [row] = await sql<{ day: BusinessDay | null }[]>`
    select transaction_day as day from card_transaction where algorithm <> 0 order by transaction_day desc limit 1`
  return row?.day ?? null
}
