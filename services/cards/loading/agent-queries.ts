// SQL of load agents: who they are, what they paid ahead, and whose session may load in their name.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import { together } from '../../../clearing/together.ts'

export interface LoadAgent {
  id: number
  code: string
  name: string
  /** Acquirer code, and its row. */
  operator: string
  operatorId: number
  keeper: string
  state: 'active' | 'suspended'
  floatFen: number
  creditFen: number
}

const agents = (sql: Queryable) => sql`
  select load_agent.id, load_agent.code, load_agent.name, operator.code as operator, operator.id as operator_id, keeper,
    load_agent.state, float_fen, credit_fen
  from load_agent join participant as operator on operator.id = load_agent.operator`

/** Asked before every load; many ask for the same. */
export const findAgent = together<string, LoadAgent | undefined>(
  async (sql, codes) => {
    const rows = await sql<LoadAgent[]>`${agents(sql)} where load_agent.code = any(${codes}::text[])`
    const found = new Map(rows.map((agent) => [agent.code, agent]))
    return codes.map((code) => found.get(code))
  },
  { most: 200, lanes: 2, same: (code) => code }
)

export async function listAgents(sql: Queryable): Promise<LoadAgent[]> {
  return await sql<LoadAgent[]>`${agents(sql)} order by load_agent.code`
}

/** Opens an agent with its party in the ledger; one that is there gets the new name, keeper, state and limit. */
export async function saveAgent(
  tx: Transaction,
  agent: Pick<LoadAgent, 'code' | 'name' | 'operatorId' | 'keeper' | 'state' | 'creditFen'>
): Promise<void> {
  await tx`lock table participant in share row exclusive mode`
  await tx`
    insert into participant (code, name, role, company, city_code)
    select ${`agent-${agent.code}`}, ${agent.name}, 'agent', ${`agent-${agent.code}`}, '0000'
    where not exists (select from participant where code = ${`agent-${agent.code}`})`
  await tx`
    insert into load_agent (code, name, operator, party, keeper, state, credit_fen)
    select ${agent.code}, ${agent.name}, ${agent.operatorId}, id, ${agent.keeper}, ${agent.state}, ${agent.creditFen}
    from participant where code = ${`agent-${agent.code}`}
    on conflict on constraint load_agent_code do update set name = excluded.name, keeper = excluded.keeper,
      state = excluded.state, credit_fen = excluded.credit_fen`
}

/** Money the agent paid ahead. */
export async function addFloat(tx: Transaction, agent: LoadAgent, amount: number, now: Date): Promise<void> {
  await tx`update load_agent set float_fen = float_fen + ${amount} where id = ${agent.id}`
  await tx`
    insert into load_line (at, amount, agent, operator, kind) values (${now}, ${amount}, ${agent.id}, ${agent.operatorId}, 'float')`
}
