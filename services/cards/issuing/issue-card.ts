// A card and its holder: issued from stock or made in a phone, anonymous unless its product or its holder wants otherwise; named with
// consent and forgotten when that is withdrawn; stopped when a named one is lost; exchanged for another.
import { randomUUID } from 'node:crypto'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { calendarDay } from '../../../clearing/business-day.ts'
import { transaction, type Database, type Transaction } from '../../../clearing/database.ts'
import { holdOpenDay } from '../../../clearing/ingestion/file-queries.ts'
import { postJournal } from '../../../clearing/ledger/post-journal.ts'
import { fen } from '../../../clearing/money.ts'
import { findParticipant } from '../../../clearing/participants/participant-queries.ts'
import { refuse as refuseClearing } from '../../../clearing/refusals.ts'
import { checkDocument, type IdentityDocument } from '../../identity/document-rules.ts'
import { digestDocument, sealIdentity } from '../../identity/seal-identity.ts'
import { refuse } from '../../refusals.ts'
import { findServicePolicy, insertClaim } from '../claims/claim-queries.ts'
import { depositBack } from '../claims/claim-rules.ts'
import {
  findCard,
  findProduct,
  insertEvent,
  insertVirtualCard,
  listAsHot,
  lockCard,
  markIssued,
  setHolder,
  setState,
  takeNumbers,
  type CardRow,
  type SealedHolder
} from './issuing-queries.ts'
import { blockFault, issueFault, validTo, type Product } from './issuing-rules.ts'
import { requireProduct } from './order-cards.ts'

type Parts = { sql: Database; keys: KeyStore }

export interface Holder {
  name: string
  document: IdentityDocument
  consent: boolean
}

interface Issue {
  number: string
  holder: Holder | null
  actor: string
}

/** Throws card-not-found, card-not-in-stock, card-needs-name, card-needs-consent and document-invalid. */
export async function issueCard({ sql, keys }: Parts, { number, holder, actor }: Issue, now: Date): Promise<CardRow> {
  const sealed = holder ? await sealHolder(keys, number, holder, now) : null
  return await transaction(sql, async (tx) => {
    const card = await requireLocked(tx, number)
    const product = (await findProduct(tx, card.product))!
    const fault = issueFault(card, product, holder)
    if (fault) throw refuse(fault)
    return await issue(tx, { card, product, sealed, actor }, now)
  })
}

/** A card that lives in a phone, from its product alone. Throws card-product-not-found and participant-not-found. */
export async function issueVirtualCard(
  { sql, keys }: Parts,
  asked: { issuer: string; product: string; holder: Holder | null; actor: string },
  now: Date
): Promise<CardRow> {
  const product = await requireProduct(sql, asked.product)
  if (product.form !== 'virtual') throw refuse('card-product-not-found')
  const issuer = await findParticipant(sql, asked.issuer)
  if (issuer?.role !== 'issuer') throw refuseClearing('participant-not-found')
  const from = calendarDay(now)
  const number = await transaction(sql, async (tx) => {
    const taken = await takeNumbers(tx, issuer.id, 1)
    if (taken === null) throw refuse('card-issuer-unknown')
    const card = {
      number: taken,
      issuer: issuer.id,
      product: product.code,
      from,
      to: validTo(from, product.validYears)
    }
    await insertVirtualCard(tx, card)
    return taken
  })
  return await issueCard({ sql, keys }, { number, holder: asked.holder, actor: asked.actor }, now)
}

async function issue(
  tx: Transaction,
  { card, product, sealed, actor }: { card: CardRow; product: Product; sealed: SealedHolder | null; actor: string },
  now: Date
): Promise<CardRow> {
  const from = calendarDay(now)
  const terms = { paid: product.priceFen, holder: sealed, now, from, to: validTo(from, product.validYears) }
  await markIssued(tx, card.number, terms)
  const event = await insertEvent(tx, card.number, { event: 'issued', actor, note: product.code }, now)
  if (product.priceFen > 0)
    await postJournal(tx, {
      day: await holdOpenDay(tx, now),
      kind: 'card-issued',
      reference: event,
      postedAt: now,
      legs: [
        { participant: card.issuerId, account: 'bank', amount: fen(-product.priceFen) },
        {
          participant: card.issuerId,
          account: product.form === 'deposit' ? 'deposit' : 'earned',
          amount: fen(product.priceFen)
        }
      ]
    })
  return (await findCard(tx, card.number))!
}

/** Null withdraws the consent: the name is forgotten, the card goes on without. Throws card-not-active and card-needs-name. */
export async function nameCard({ sql, keys }: Parts, { number, holder, actor }: Issue, now: Date): Promise<CardRow> {
  if (holder && !holder.consent) throw refuse('card-needs-consent')
  const sealed = holder ? await sealHolder(keys, number, holder, now) : null
  return await transaction(sql, async (tx) => {
    const card = await requireLocked(tx, number)
    if (card.state !== 'ACTIVE') throw refuse('card-not-active')
    if (holder === null && (await findProduct(tx, card.product))!.named) throw refuse('card-needs-name')
    await setHolder(tx, number, sealed, now)
    await insertEvent(tx, number, { event: holder ? 'named' : 'unnamed', actor }, now)
    return (await findCard(tx, number))!
  })
}

/** Lost or found: on the hotlist, or off it. Throws card-not-found, card-not-active and card-anonymous. */
export async function blockCard(
  { sql }: Parts,
  { number, blocked, actor }: { number: string; blocked: boolean; actor: string },
  now: Date
): Promise<CardRow> {
  return await transaction(sql, async (tx) => {
    const card = await requireLocked(tx, number)
    const fault = blocked ? blockFault(card) : card.state === 'BLOCKED' ? null : 'card-not-active'
    if (fault) throw refuse(fault)
    await setState(tx, number, blocked ? 'BLOCKED' : 'ACTIVE', null)
    await listAsHot(tx, card, blocked, now)
    await insertEvent(tx, number, { event: blocked ? 'blocked' : 'unblocked', actor }, now)
    return (await findCard(tx, number))!
  })
}

/**
 * Renewal and conversion: another card takes the place of this one, which is stopped; its balance follows when all it did is in. A
 * holder's name goes with it when he gives it again. Throws card-not-found, card-not-active and what issueCard throws.
 */
export async function replaceCard(
  parts: Parts,
  { number, by, holder, actor }: Issue & { by: string },
  now: Date
): Promise<CardRow> {
  const fresh = await requireCard(parts.sql, by)
  const old = await requireCard(parts.sql, number)
  if (old.state !== 'ACTIVE' && old.state !== 'BLOCKED') throw refuse('card-not-active')
  await issueCard(parts, { number: by, holder, actor }, now)
  return await transaction(parts.sql, async (tx) => {
    const card = await requireLocked(tx, number)
    if (card.state !== 'ACTIVE' && card.state !== 'BLOCKED') throw refuse('card-not-active')
    await setState(tx, number, 'REPLACED', by)
    await listAsHot(tx, card, true, now)
    const event = fresh.product === card.product ? 'replaced' : 'converted'
    await insertEvent(tx, number, { event, actor, note: `${card.product} → ${fresh.product}` }, now)
    await claimBalance(tx, card, { by, actor }, now)
    return (await findCard(tx, by))!
  })
}

async function claimBalance(
  tx: Transaction,
  card: CardRow,
  { by, actor }: { by: string; actor: string },
  now: Date
): Promise<void> {
  const policy = await findServicePolicy(tx, now)
  const kind = card.state === 'BLOCKED' ? 'lost' : 'replaced'
  const claim = {
    id: randomUUID(),
    cardNumber: card.number,
    toCard: by,
    kind,
    state: 'WAITING',
    dueAt: new Date(now.getTime() + policy.settleAfterMs),
    balanceFen: null,
    depositFen: depositBack(kind, card, (await findProduct(tx, card.product))!, policy),
    restsOn: null,
    requestedBy: actor
  } as const
  await insertClaim(tx, claim, now)
}

export async function requireCard(sql: Database, number: string): Promise<CardRow> {
  const card = await findCard(sql, number)
  if (!card) throw refuse('card-not-found')
  return card
}

async function requireLocked(tx: Transaction, number: string): Promise<CardRow> {
  const card = await lockCard(tx, number)
  if (!card) throw refuse('card-not-found')
  return card
}

/** What the seal is bound to. */
export function holderOwner(number: string): string {
  return `card:${number}`
}

async function sealHolder(
  keys: KeyStore,
  number: string,
  { name, document }: Holder,
  now: Date
): Promise<SealedHolder> {
  const fault = checkDocument(document, calendarDay(now))
  if (fault) throw refuse(fault)
  return {
    sealed: await sealIdentity(keys, { name, document }, holderOwner(number)),
    digest: await digestDocument(keys, document)
  }
}
