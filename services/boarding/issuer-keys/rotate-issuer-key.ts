// The life of the keys that sign tickets: one signs, the one before it is accepted for as long as codes signed with it are about, and
// either can be revoked at once. Two are accepted at a time, so a gate holds at most two and nobody hoards old ones.
import type { KeyReference, KeyStore } from '../../../card-crypto/key-store.ts'
import { transaction, type Database, type Transaction } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import {
  findIssuerKeys,
  insertIssuerKey,
  lockIssuerKeys,
  markIssuerKeyRevoked,
  retireIssuerKey,
  type IssuerKeyRow
} from './issuer-key-queries.ts'

interface Parts {
  sql: Database
  keys: KeyStore
}

export function ticketSignatureKey(version: number): KeyReference {
  return { purpose: 'ticket-signature', scope: '', version, index: 0, algorithm: 'sm2' }
}

/** The key that signs now; the first one is put on record when it is first asked for. */
export async function signingKey(parts: Parts, now: Date): Promise<IssuerKeyRow> {
  const found = signing(await findIssuerKeys(parts.sql))
  if (found) return found
  return await transaction(parts.sql, async (tx) => {
    await lockIssuerKeys(tx)
    const known = await findIssuerKeys(tx)
    return signing(known) ?? (await addKey(tx, parts.keys, { known, by: 'platform', now }))
  })
}

function signing(known: readonly IssuerKeyRow[]): IssuerKeyRow | undefined {
  return known.find(({ acceptedUntil, revokedAt }) => acceptedUntil === null && revokedAt === null)
}

async function addKey(
  tx: Transaction,
  keys: KeyStore,
  { known, by, now }: { known: readonly IssuerKeyRow[]; by: string; now: Date }
): Promise<IssuerKeyRow> {
  const version = (known[0]?.version ?? 0) + 1
  await keys.generateKey(ticketSignatureKey(version))
  const publicKey = await keys.publicKey(ticketSignatureKey(version))
  const key = { version, publicKey, madeAt: now, madeBy: by }
  await insertIssuerKey(tx, key)
  return { ...key, acceptedUntil: null, revokedAt: null }
}

/**
 * A new key signs from now on; the one before it is accepted for `overlapDays` more, long enough for every slip printed with it. Throws
 * issuer-keys-two while an earlier one is still accepted.
 */
export async function rotateIssuerKey(
  { sql, keys }: Parts,
  { overlapDays, by }: { overlapDays: number; by: string },
  now: Date
): Promise<IssuerKeyRow[]> {
  return await transaction(sql, async (tx) => {
    await lockIssuerKeys(tx)
    const known = await findIssuerKeys(tx)
    const old = known.find(
      ({ acceptedUntil, revokedAt }) => acceptedUntil !== null && revokedAt === null && acceptedUntil > now
    )
    if (old) throw refuse('issuer-keys-two', { version: old.version, until: old.acceptedUntil!.toISOString() })
    const current = signing(known)
    if (current) await retireIssuerKey(tx, current.version, new Date(now.getTime() + overlapDays * 86_400_000))
    await addKey(tx, keys, { known, by, now })
    return await findIssuerKeys(tx)
  })
}

/**
 * Nothing signed with the key is accepted any more, at once online and at each gate with its next list; when it was the one that signs,
 * another takes its place, and every phone shows a good code again within its next refresh. Throws issuer-key-not-found.
 */
export async function revokeIssuerKey(
  { sql, keys }: Parts,
  { version, by }: { version: number; by: string },
  now: Date
): Promise<IssuerKeyRow[]> {
  return await transaction(sql, async (tx) => {
    await lockIssuerKeys(tx)
    const known = await findIssuerKeys(tx)
    const key = known.find((one) => one.version === version)
    if (!key) throw refuse('issuer-key-not-found', { version })
    if (key.revokedAt === null) {
      await markIssuerKeyRevoked(tx, version, by, now)
      if (signing(known)?.version === version) await addKey(tx, keys, { known, by, now })
    }
    return await findIssuerKeys(tx)
  })
}
