// What may become of a card, and what is written into it. Pure: days are arguments.
import { applicationFile, managementFile, type CardIdentity } from '../../../card-crypto/simulated-card/card-files.ts'
import { cardKeyPurposes } from '../../../card-crypto/personalisation.ts'
import type { KeyReference, SymmetricAlgorithm } from '../../../card-crypto/key-store.ts'

export type CardState = 'ORDERED' | 'STOCK' | 'ACTIVE' | 'BLOCKED' | 'REPLACED' | 'RETURNED' | 'SPOILT'

export interface Product {
  code: string
  name: string
  holderKind: number
  form: 'deposit' | 'sale' | 'virtual'
  priceFen: number
  validYears: number
  named: boolean
  keyVersion: number
  keyIndex: number
  algorithm: SymmetricAlgorithm
}

export function issueFault(
  card: { state: CardState },
  product: Product,
  holder: { consent: boolean } | null
): 'card-not-in-stock' | 'card-needs-name' | 'card-needs-consent' | null {
  if (card.state !== 'STOCK') return 'card-not-in-stock'
  if (product.named && holder === null) return 'card-needs-name'
  return holder !== null && !holder.consent ? 'card-needs-consent' : null
}

/**
 * A named card is stopped for its holder. Of an anonymous one nobody can show that it is his: whoever has it in his hand could ask for
 * anybody's.
 */
export function blockFault(card: { state: CardState; named: boolean }): 'card-not-active' | 'card-anonymous' | null {
  if (card.state !== 'ACTIVE') return 'card-not-active'
  return card.named ? null : 'card-anonymous'
}

export function validTo(from: string, years: number): string {
  return `${Number(from.slice(0, 4)) + years}${from.slice(4)}`.replace('-02-29', '-02-28')
}

export const PERSONALISED_BYTES = 10 + 30 + 60

/** What is not secret of a card: number 10 (BCD), file 0015 30, file 0017 60. */
export function openPart(identity: CardIdentity): Uint8Array {
  const bytes = new Uint8Array(PERSONALISED_BYTES)
  const application = applicationFile(identity)
  bytes.set(application.subarray(10, 20), 0)
  bytes.set(application, 10)
  bytes.set(managementFile(identity), 40)
  return bytes
}

/** The roots new cards of a product are derived from, in the order of a record's keys. */
export function rootsOf({ keyVersion, keyIndex, algorithm }: Product): KeyReference[] {
  return cardKeyPurposes.map((purpose) => ({ purpose, scope: '', version: keyVersion, index: keyIndex, algorithm }))
}

export function transportKeyOf(personaliser: string): KeyReference {
  return { purpose: 'transport', scope: personaliser, version: 1, index: 1, algorithm: 'sm4' }
}
