// Whose page shows a card. A named card is shown to who gives the document it is named with; an anonymous one to who holds it to a
// reader, for a day: whoever has it in his hand has its money too. Where a card went is nobody else's business.
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import type { IdentityDocument } from '../../identity/document-rules.ts'
import { digestDocument } from '../../identity/seal-identity.ts'
import { refuse } from '../../refusals.ts'
import { proveCard, type ChipAnswer } from '../claims/prove-card.ts'
import { findHolderDigest } from '../issuing/issuing-queries.ts'
import { countFailures, keepCard, listKept, noteFailure, type KeptCard, type ShownBy } from './holder-queries.ts'

type Parts = { sql: Database; keys: KeyStore }

const failuresAnHour = 5
const dayMs = 86_400_000
const days: Record<ShownBy, number> = { document: 30, chip: 1 }

export interface Showing {
  account: string
  cardNumber: string
  document: IdentityDocument | null
  chip: ChipAnswer | null
}

/** Throws card-holder-differs, card-proof-too-many, card-proof-missing and what proveCard throws. */
export async function showCard(parts: Parts, showing: Showing, now: Date): Promise<void> {
  const { account, cardNumber, document, chip } = showing
  const { sql } = parts
  if ((await countFailures(sql, account, now)) >= failuresAnHour) throw refuse('card-proof-too-many')
  if (document === null && chip === null) throw refuse('card-proof-missing')
  if (chip !== null) await proveCard(parts, { cardNumber, chip, madeFor: account }, now)
  else if (!(await isHolder(parts, cardNumber, document!))) {
    await transaction(sql, async (tx) => await noteFailure(tx, account, now))
    throw refuse('card-holder-differs')
  }
  const shownBy = chip === null ? 'document' : 'chip'
  const until = new Date(now.getTime() + days[shownBy] * dayMs)
  await transaction(sql, async (tx) => await keepCard(tx, { account, cardNumber, shownBy, since: now, until }))
}

async function isHolder({ sql, keys }: Parts, cardNumber: string, document: IdentityDocument): Promise<boolean> {
  const digest = await findHolderDigest(sql, cardNumber)
  return digest !== null && digest.equals(Buffer.from(await digestDocument(keys, document)))
}

/** Throws card-not-yours; with `asHolder` also for a card that was only held to a reader. */
export async function requireKept(
  sql: Database,
  { account, cardNumber }: { account: string; cardNumber: string },
  { now, asHolder = false }: { now: Date; asHolder?: boolean }
): Promise<KeptCard> {
  const kept = (await listKept(sql, account, now)).find((each) => each.cardNumber === cardNumber)
  if (!kept || (asHolder && kept.shownBy !== 'document')) throw refuse('card-not-yours')
  return kept
}
