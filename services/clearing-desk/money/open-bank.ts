// Which bank moves members' money: the simulated one in the sample province, and none until an adapter is connected elsewhere.
import type { Bank } from '../../../clearing/reconciliation/bank.ts'
import type { Parts } from '../../parts.ts'
import { refuse } from '../../refusals.ts'
import { simulatedBank } from './simulated-bank.ts'

export function openBank({ sql, config }: Pick<Parts, 'sql' | 'config'>): Bank {
  return config.sample ? simulatedBank(sql) : noBank
}

const noBank: Bank = {
  order: async () => await Promise.reject(refuse('bank-not-connected')),
  listLines: async () => await Promise.resolve([])
}
