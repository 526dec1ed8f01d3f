// Signs the head of the chain once a day with a key the database does not hold: from then on not even a superuser can re-write
// what was posted before, tail and all, without the signature telling.
import type { KeyReference, KeyStore } from '../../card-crypto/key-store.ts'
import type { BusinessDay } from '../business-day.ts'
import type { Transaction } from '../database.ts'
import { anchorMessage, genesis } from './chain-rules.ts'
import { findAnchor, findHead, insertAnchor, lockLedger } from './ledger-queries.ts'
import type { Anchor } from './journal.ts'

export const anchorKey: KeyReference = { purpose: 'ledger-anchor', scope: '', version: 1, index: 1, algorithm: 'sm2' }

/** The first anchor of a day stands. */
export async function signAnchor(tx: Transaction, keys: KeyStore, day: BusinessDay, now: Date): Promise<Anchor> {
  await lockLedger(tx)
  const before = await findAnchor(tx, day)
  if (before) return before
  const head = (await findHead(tx)) ?? { sequence: 0, hash: genesis }
  const unsigned = { day, lastSequence: head.sequence, head: head.hash }
  const anchor = { ...unsigned, signature: await keys.sign(anchorKey, anchorMessage(unsigned)), signedAt: now }
  await insertAnchor(tx, anchor)
  return anchor
}
