// The chain over the ledger: each entry's hash is SM3(previous hash ‖ canonical text), so an edit, a deletion or a swap breaks it
// at the place where it happened. Re-computing the tail mends the chain, but not the signed anchors (sign-anchor.ts).
import { hex } from '../../card-crypto/bytes.ts'
import { sm3Hasher } from '../../card-crypto/sm3.ts'
import type { BusinessDay } from '../business-day.ts'
import type { ChainedEntry } from './journal.ts'

/** The hash before the first entry. */
export const genesis: Uint8Array = new Uint8Array(32)

export function chainHash(previous: Uint8Array, entry: ChainedEntry): Uint8Array {
  return sm3Hasher()
    .update(previous)
    .update(Buffer.from(canonicalText(entry)))
    .digest()
}

/** One line per entry; none of the parts may hold the separator. */
export function canonicalText(entry: ChainedEntry): string {
  const parts = [
    entry.sequence,
    entry.day,
    entry.kind,
    entry.reference,
    entry.postedAt.toISOString(),
    entry.participantCode,
    entry.account,
    entry.amount
  ].map(String)
  if (parts.some((part) => part.includes('|'))) throw new Error(`a ledger text holds the separator: ${parts.join(' ')}`)
  return parts.join('|')
}

/** The bytes that the anchor of a day signs. */
export function anchorMessage(anchor: { day: BusinessDay; lastSequence: number; head: Uint8Array }): Uint8Array {
  return Buffer.from(`ledger-anchor|${anchor.day}|${anchor.lastSequence}|${hex(anchor.head)}`)
}

/** Why an entry is not the one that belongs at this place of the chain; null when it is. */
export function entryFault(
  previous: { sequence: number; hash: Uint8Array },
  entry: ChainedEntry & { hash: Uint8Array }
): string | null {
  const expected = previous.sequence + 1
  if (entry.sequence > expected) return `entry ${expected} is missing`
  if (!Buffer.from(chainHash(previous.hash, entry)).equals(entry.hash))
    return `entry ${entry.sequence} is not what was posted: its hash does not follow from it and its predecessor`
  return null
}
