// A holder asks for the money of a card: lost and named, unreadable, or given back. The card is stopped at once; what it held is paid or
// moved to another card when everything it did has come in, or at once when the chip itself has shown it.
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { transaction, violates, type Database, type Transaction } from '../../../clearing/database.ts'
import type { IdentityDocument } from '../../identity/document-rules.ts'
import { digestDocument } from '../../identity/seal-identity.ts'
import { refuse } from '../../refusals.ts'
import { requireCard } from '../issuing/issue-card.ts'
import {
  findHolderDigest,
  findProduct,
  insertEvent,
  listAsHot,
  lockCard,
  setState,
  type CardRow
} from '../issuing/issuing-queries.ts'
import { listOpenCredits } from '../loading/load-queries.ts'
import { findClaim, findServicePolicy, insertClaim, lockClaim, type ClaimRow } from './claim-queries.ts'
import { claimFault, depositBack, type ClaimKind, type ServicePolicy } from './claim-rules.ts'
import { payClaim } from './pay-claim.ts'
import { proveCard, type ChipAnswer } from './prove-card.ts'

type Parts = { sql: Database; keys: KeyStore }

export interface ClaimOrder {
  id: string
  cardNumber: string
  kind: Exclude<ClaimKind, 'replaced'>
  /** In use already, or null to be paid out. */
  toCard: string | null
  document: IdentityDocument | null
  /** What the card answered to our challenge; a card that is given back is there. */
  chip: ChipAnswer | null
  actor: string
}

/**
 * Asking again finds the first. Throws card-not-found, card-not-active, card-anonymous, card-holder-differs, card-owed-first,
 * claim-open, claim-differs and what proveCard throws.
 */
export async function openClaim(parts: Parts, order: ClaimOrder, now: Date): Promise<ClaimRow> {
  const { sql } = parts
  const known = await findClaim(sql, order.id)
  if (known) return same(known, order)
  await requireCard(sql, order.cardNumber)
  const policy = await findServicePolicy(sql, now)
  const shown = order.kind === 'returned' ? await chipBalance(parts, order, now) : null
  const isHolder = await isHolderOf(parts, order)
  try {
    await transaction(sql, async (tx) => {
      const card = (await lockCard(tx, order.cardNumber))!
      await assertMayClaim(tx, order, { card, isHolder })
      await stop(tx, card, order, now)
      await open(tx, { order, card, shown, policy }, now)
    })
  } catch (error) {
    if (violates(error, 'card_claim_open') || violates(error, 'card_claim_pkey')) throw refuse('claim-open')
    throw error
  }
  return (await findClaim(sql, order.id))!
}

async function open(
  tx: Transaction,
  { order, card, shown, policy }: { order: ClaimOrder; card: CardRow; shown: number | null; policy: ServicePolicy },
  now: Date
): Promise<void> {
  const deposit = depositBack(order.kind, card, (await findProduct(tx, card.product))!, policy)
  const alone = shown !== null && shown + deposit <= policy.aloneMost
  const claim = {
    ...order,
    state: shown === null ? ('WAITING' as const) : ('TO-APPROVE' as const),
    dueAt: shown === null ? new Date(now.getTime() + policy.settleAfterMs) : now,
    balanceFen: shown,
    depositFen: deposit,
    restsOn: shown === null ? null : ('chip' as const),
    requestedBy: order.actor
  }
  await insertClaim(tx, claim, now)
  if (alone)
    await payClaim(tx, (await lockClaim(tx, order.id))!, { balance: shown, restsOn: 'chip', actor: order.actor }, now)
}

async function assertMayClaim(
  tx: Transaction,
  order: ClaimOrder,
  { card, isHolder }: { card: CardRow; isHolder: boolean }
): Promise<void> {
  const isOwed = (await listOpenCredits(tx, order.cardNumber)).length > 0
  const fault = claimFault(order.kind, card, { isHolder, isOwed, paysOut: order.toCard === null })
  if (fault) throw refuse(fault)
  if (order.toCard === null) return
  const to = order.toCard === order.cardNumber ? undefined : await lockCard(tx, order.toCard)
  if (to?.state !== 'ACTIVE' || to.issuerId !== card.issuerId) throw refuse('card-not-active')
}

/** Terminals refuse it as soon as they know the next list. */
async function stop(tx: Transaction, card: CardRow, order: ClaimOrder, now: Date): Promise<void> {
  const state = order.toCard === null ? (order.kind === 'lost' ? 'BLOCKED' : 'RETURNED') : 'REPLACED'
  await setState(tx, card.number, state, order.toCard)
  await listAsHot(tx, card, true, now)
  await insertEvent(tx, card.number, { event: order.kind, actor: order.actor, note: order.id.slice(0, 8) }, now)
}

async function chipBalance(parts: Parts, { cardNumber, chip, actor }: ClaimOrder, now: Date): Promise<number> {
  if (chip === null) throw refuse('load-challenge-missing')
  return await proveCard(parts, { cardNumber, chip, madeFor: actor }, now)
}

async function isHolderOf({ sql, keys }: Parts, { cardNumber, document }: ClaimOrder): Promise<boolean> {
  if (document === null) return false
  const digest = await findHolderDigest(sql, cardNumber)
  return digest !== null && Buffer.from(await digestDocument(keys, document)).equals(digest)
}

function same(known: ClaimRow, { cardNumber, kind, toCard }: ClaimOrder): ClaimRow {
  if (known.cardNumber !== cardNumber || known.kind !== kind || known.toCard !== toCard) throw refuse('claim-differs')
  return known
}
