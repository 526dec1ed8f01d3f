// Seeing a full name and number, or all tickets of a document: with a reason, written down before anything is shown, and no more
// often than the work at a desk needs.
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { transaction, type Database } from '../../clearing/database.ts'
import { refuse } from '../refusals.ts'
import type { IdentityDocument } from './document-rules.ts'
import { countAccesses, findSealedTicket, findTicketsByDigest, insertAccess } from './identity-queries.ts'
import type { AccessRequest, FoundTicket, IdentityAccess, RevealedIdentity } from './identity-schemas.ts'
import { digestDocument, openIdentity } from './seal-identity.ts'

type Parts = { sql: Database; keys: KeyStore }

export const accessesPerHourMax = 30

/** Who asks, and why. */
export interface Asking extends AccessRequest {
  actor: string
}

/** Throws the refusals ticket-not-found, identity-forgotten and access-rate-limited. */
export async function revealIdentity(
  { sql, keys }: Parts,
  ticketNo: string,
  asking: Asking,
  now: Date
): Promise<RevealedIdentity> {
  const sealed = await findSealedTicket(sql, ticketNo)
  if (!sealed) throw refuse('ticket-not-found')
  if (sealed.identity.length === 0) throw refuse('identity-forgotten')
  await writeDown(sql, asking, { kind: 'reveal', tickets: [ticketNo] }, now)
  const identity = await openIdentity(keys, sealed.identity, `${sealed.orderId}:${sealed.position}`)
  return { ticketNo, ...identity }
}

/** Throws the refusal access-rate-limited. */
export async function searchByDocument(
  { sql, keys }: Parts,
  document: IdentityDocument,
  asking: Asking,
  now: Date
): Promise<FoundTicket[]> {
  const found = await findTicketsByDigest(sql, await digestDocument(keys, document))
  await writeDown(sql, asking, { kind: 'search', tickets: found.map(({ ticketNo }) => ticketNo) }, now)
  return found
}

async function writeDown(
  sql: Database,
  { actor, reason, note }: Asking,
  what: Pick<IdentityAccess, 'kind' | 'tickets'>,
  now: Date
): Promise<void> {
  await transaction(sql, async (tx) => {
    const taken = await countAccesses(tx, actor, new Date(now.getTime() - 3_600_000))
    if (taken >= accessesPerHourMax) throw refuse('access-rate-limited', { perHour: accessesPerHourMax })
    await insertAccess(tx, { at: now, actor, reason, note, ...what })
  })
}
