// The key of a departure: what a gate is given with its lists, so that it can tell a fresh code and the right document on its own, for
// this departure and no other (moment.ts).
import type { KeyReference, KeyStore } from '../../../card-crypto/key-store.ts'
import { hmacSm3 } from '../../../card-crypto/sm3.ts'
import { canonicalDocument, type IdentityDocument } from '../../identity/document-rules.ts'
import { departureKeyLabel, documentTagOf } from './moment.ts'

export const departureMasterKey: KeyReference = {
  purpose: 'ticket-totp',
  scope: '',
  version: 1,
  index: 0,
  algorithm: 'hmac-sm3'
}

/** 32 bytes, always the same for a departure. */
export async function departureKeyOf(keys: KeyStore, departure: number): Promise<Uint8Array> {
  return await keys.keyedDigest(departureMasterKey, departureKeyLabel(departure))
}

/** What stands for a document on a departure: 16 bytes for its list of tickets, of which a code carries the first 6; zeros for none. */
export function tagOfDocument(departureKey: Uint8Array, document: IdentityDocument | null): Uint8Array {
  return document ? documentTagOf(hmacSm3, departureKey, canonicalDocument(document)) : new Uint8Array(16)
}
