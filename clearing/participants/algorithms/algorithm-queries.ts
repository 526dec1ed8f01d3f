// SQL of the migration from 3DES to SM4: how far each issuer's cards, the terminals and the transactions are on a day.
import type { BusinessDay } from '../../business-day.ts'
import type { Queryable } from '../../database.ts'

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
