// A bank that runs in the sample province and in tests. It keeps its own books, does a key once, and is as imperfect as banks are: of the
// keys that end in 7 it keeps a charge of 2 fen, of those that end in 4 it loses the purpose, and to those in 9 it adds a hundred fen.
import { calendarDay } from '../../../clearing/business-day.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { fen, type Fen } from '../../../clearing/money.ts'
import type { Bank } from '../../../clearing/reconciliation/bank.ts'
import { bookBankLine, listBankLines } from './simulated-bank-queries.ts'

export function simulatedBank(sql: Database): Bank {
  return {
    async order({ key, counterparty, amount, dueOn }) {
      const line = { orderKey: key, counterparty, valueOn: dueOn, ...mistakeOf(key, amount) }
      await transaction(sql, async (tx) => await bookBankLine(tx, line))
    },
    listLines: async (after) => await listBankLines(sql, after)
  }
}

/** Money a member sends by itself: a top-up, or something nobody expects. */
export async function sendToBank(
  sql: Database,
  line: { purpose: string; counterparty: string; amount: Fen },
  now: Date
): Promise<void> {
  const booked = { orderKey: null, ...line, valueOn: calendarDay(now) }
  await transaction(sql, async (tx) => await bookBankLine(tx, booked))
}

/** The line as the bank books it: what we pay goes out, what we collect comes in. */
function mistakeOf(key: string, ordered: Fen): { purpose: string; amount: Fen } {
  const amount = fen(0 - ordered)
  switch (/^P\d+$/.test(key) ? key.at(-1) : '') {
    case '7':
      return { purpose: key, amount: fen(amount - 2) }
    case '4':
      return { purpose: '往来款', amount }
    case '9':
      return { purpose: key, amount: fen(amount + 100) }
    default:
      return { purpose: key, amount }
  }
}
