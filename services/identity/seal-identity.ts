// An identity at rest: name and document sealed together under the key store, bound to the coupon they belong to; beside them a keyed
// digest that finds the person again without the number.
import type { KeyReference, KeyStore } from '../../card-crypto/key-store.ts'
import type { Certificate } from '../fares/policy-schemas.ts'
import { canonicalDocument, type DocumentKind, type IdentityDocument } from './document-rules.ts'
import type { ShownIdentity } from './identity-schemas.ts'
import { maskName, maskNumber, type Audience } from './masking-rules.ts'

export const identitySealKey: KeyReference = {
  purpose: 'identity-seal',
  scope: '',
  version: 1,
  index: 0,
  algorithm: 'sm4'
}
export const identityDigestKey: KeyReference = {
  purpose: 'identity-digest',
  scope: '',
  version: 1,
  index: 0,
  algorithm: 'hmac-sm3'
}

export interface Identity {
  name: string
  document: IdentityDocument | null
  /** What a reduced fare rests on. */
  certificate?: { kind: Certificate; number: string }
}

/** `owner` names the row the seal belongs to, e.g. the order id and position; it will not open for another. */
export async function sealIdentity(keys: KeyStore, identity: Identity, owner: string): Promise<Uint8Array> {
  const plain = new TextEncoder().encode(
    JSON.stringify([identity.name, identity.document?.kind, identity.document?.number, identity.certificate])
  )
  return await keys.seal(identitySealKey, plain, new TextEncoder().encode(owner))
}

type Sealed = [string, DocumentKind?, string?, Identity['certificate']?]

/** What was forgotten (forget-identities.ts) opens as nobody. */
export async function openIdentity(keys: KeyStore, sealed: Uint8Array, owner: string): Promise<Identity> {
  if (sealed.length === 0) return { name: '', document: null }
  const plain = await keys.unseal(identitySealKey, sealed, new TextEncoder().encode(owner))
  const [name, kind, number, certificate] = JSON.parse(new TextDecoder().decode(plain)) as Sealed
  return { name, document: kind && number ? { kind, number } : null, ...(certificate ? { certificate } : {}) }
}

/** 32 bytes, the same for every spelling and renewal of one person's document. */
export async function digestDocument(keys: KeyStore, document: IdentityDocument): Promise<Uint8Array> {
  return await keys.keyedDigest(identityDigestKey, new TextEncoder().encode(canonicalDocument(document)))
}

/** 32 bytes that stand for a vehicle, as a document's stand for a person. No document kind is 00. */
export async function digestPlate(keys: KeyStore, plate: string): Promise<Uint8Array> {
  return await keys.keyedDigest(identityDigestKey, new TextEncoder().encode(`00:${plate}`))
}

export function showIdentity({ name, document, certificate }: Identity, audience: Audience): ShownIdentity {
  return {
    name: audience === 'staff' ? name : maskName(name),
    documentKind: document?.kind ?? null,
    documentNumber: document ? maskNumber(document, audience) : null,
    ...(certificate ? { certificate: certificate.kind } : {})
  }
}
