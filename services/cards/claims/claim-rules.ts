// What becomes of the money of a card that is lost, unreadable or given back. Pure. The rule is ours (card.md §4.2: the province's is
// not public): the balance is always the holder's; a deposit comes back with the plastic; the price of a bought card does not.
import type { CardRow } from '../issuing/issuing-queries.ts'
import type { Product } from '../issuing/issuing-rules.ts'

/** replaced: renewed or converted; its balance follows. */
export type ClaimKind = 'lost' | 'unreadable' | 'returned' | 'replaced'

export interface ServicePolicy {
  settleAfterMs: number
  aloneMost: number
  lostDepositBack: boolean
}

/** Who may ask for what: a ladder, the first that applies. `isHolder`: he gave the document the card is named with. */
export function claimFault(
  kind: ClaimKind,
  card: Pick<CardRow, 'state' | 'named'>,
  { isHolder, isOwed, paysOut }: { isHolder: boolean; isOwed: boolean; paysOut: boolean }
): 'card-not-active' | 'card-anonymous' | 'card-holder-differs' | 'card-owed-first' | null {
  if (card.state !== 'ACTIVE' && card.state !== 'BLOCKED') return 'card-not-active'
  if (kind === 'lost' && !card.named) return 'card-anonymous'
  if (kind === 'lost' && !isHolder) return 'card-holder-differs'
  // What is owed to it goes onto a card; it is not cash.
  return paysOut && isOwed ? 'card-owed-first' : null
}

export function depositBack(
  kind: ClaimKind,
  { paidFen }: Pick<CardRow, 'paidFen'>,
  { form }: Pick<Product, 'form'>,
  policy: Pick<ServicePolicy, 'lostDepositBack'>
): number {
  if (form !== 'deposit') return 0
  return kind === 'lost' && !policy.lostDepositBack ? 0 : paidFen
}

export interface Rebuilt {
  fen: number
  unbroken: boolean
}

/** What a claim comes to, and whether one person may say so. Nothing is known of a card that was never used: a person looks. */
export function decideClaim(
  rebuilt: Rebuilt | null,
  deposit: number,
  { aloneMost }: Pick<ServicePolicy, 'aloneMost'>
): { balance: number; restsOn: 'purse' | 'gap'; alone: boolean } {
  const balance = Math.max(0, rebuilt?.fen ?? 0)
  const restsOn = rebuilt?.unbroken ? 'purse' : 'gap'
  return { balance, restsOn, alone: restsOn === 'purse' && balance + deposit <= aloneMost }
}
