// SQL of the simulated bank's own books.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'
import type { BankLine } from '../../../clearing/reconciliation/bank.ts'

export interface BookedLine {
  orderKey: string | null
  purpose: string
  counterparty: string
  amount: Fen
  valueOn: BusinessDay
}

/** A key is booked once. */
export async function bookBankLine(tx: Transaction, line: BookedLine): Promise<void> {
  if (line.amount === 0) return
  await tx`insert into simulated_bank_line ${tx({ ...line })} on conflict (order_key) do nothing`
}

export async function listBankLines(sql: Queryable, after: string | null): Promise<BankLine[]> {
  return await sql<BankLine[]>`
    select 'B' || lpad(id::text, 10, '0') as reference, purpose, counterparty, amount, value_on
    from simulated_bank_line where id > coalesce(substr(${after}, 2)::integer, 0) order by id`
}
