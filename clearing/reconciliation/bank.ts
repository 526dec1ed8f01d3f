// The one port to the bank that moves members' money. Every order carries our key and may be repeated; what the bank did is learnt from
// its lines alone, never guessed from an answer.
import type { BusinessDay } from '../business-day.ts'
import type { Fen } from '../money.ts'

export interface BankOrder {
  /** Ours: the bank does a key once, and gives it back as the purpose of its line. */
  key: string
  /** Organisation code of the member. */
  counterparty: string
  /** Positive: we pay. Negative: we collect. */
  amount: Fen
  dueOn: BusinessDay
}

export interface BankLine {
  /** The bank's own, unique for good. */
  reference: string
  purpose: string
  counterparty: string
  /** Positive: it came to us. */
  amount: Fen
  valueOn: BusinessDay
}

export interface Bank {
  order(order: BankOrder): Promise<void>
  /** Lines behind this reference, in the bank's order. */
  listLines(after: string | null): Promise<BankLine[]>
}
