// The words of the ledger: accounts of participants, journals of balanced legs, and entries chained by SM3.
import type { BusinessDay } from '../business-day.ts'
import type { Fen } from '../money.ts'

/**
 * settlement: what the centre owes a member; fees and rounding: the centre's own. Of ticket revenue: receivable is what a channel
 * owes for tickets or paid ahead, unearned a share of rides not yet given, earned one that is, bank the money that came in.
 * Of card loads: float what an agent paid ahead, suspense money whose load is not decided, loaded what is on cards and owed to their
 * issuers, card-credit what is owed to cards, shortfall what was given back and had been loaded, deposit what
 * comes back with a card, purse what issuers paid out of, or moved between, the purses of cards. Of ride codes: receivable is what an
 * issuer's holders owe for rides, earned the rides. Of discounts: discount is what a participant bears of them, subsidy what an operator
 * gets for those it gave. Of members' money: reserve is what a member keeps with us against its debts; what the bank moved and nobody
 * could place is in the centre's suspense.
 */
export type AccountKind =
  | 'settlement'
  | 'fees'
  | 'rounding'
  | 'receivable'
  | 'unearned'
  | 'earned'
  | 'bank'
  | 'float'
  | 'suspense'
  | 'loaded'
  | 'card-credit'
  | 'shortfall'
  | 'deposit'
  | 'reserve'
  | 'discount'
  | 'subsidy'
  | 'purse'

export interface Leg {
  participant: number
  account: AccountKind
  /** Positive: the centre owes the account's owner. Never zero. */
  amount: Fen
}

export interface Journal {
  day: BusinessDay
  kind: string
  /** With the kind, names the journal for good: posting it again finds the first one. */
  reference: string
  postedAt: Date
  legs: Leg[]
}

/** An entry as the chain sees it: everything an edit could touch, with natural names instead of row ids. */
export interface ChainedEntry {
  sequence: number
  day: BusinessDay
  kind: string
  reference: string
  postedAt: Date
  participantCode: string
  account: AccountKind
  amount: Fen
}

export interface Anchor {
  day: BusinessDay
  lastSequence: number
  head: Uint8Array
  signature: Uint8Array
  signedAt: Date
}
