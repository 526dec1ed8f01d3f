// The keys of a simulated card, as its issuer would derive them from the roots. A real card's keys never leave the key store but
// wrapped; these roots are samples.
import { diversify, type SymmetricAlgorithm } from '../diversify.ts'
import { cardFactor, issuerFactor } from './card-files.ts'
import type { CardKeySet } from './purse.ts'

export interface PurseRoots {
  version: number
  algorithm: SymmetricAlgorithm
  purchase: Uint8Array
  load: Uint8Array
  tac: Uint8Array
  maintenance: Uint8Array
}

/** What a card of this issuer is derived from: the roots with the first factor applied. */
export function issuerRoots({ version, algorithm, ...roots }: PurseRoots, issuer: string): PurseRoots {
  return { version, algorithm, ...eachKey(roots, algorithm, issuerFactor(issuer)) }
}

/** The keys of one card from its issuer's; `algorithmId` is what the card will call the algorithm. */
export function leafKeySet(
  { version, algorithm, ...roots }: PurseRoots,
  card: { number: string; index: number; algorithmId: number }
): CardKeySet {
  const { index, algorithmId } = card
  return { index, version, algorithm, algorithmId, ...eachKey(roots, algorithm, cardFactor(card.number)) }
}

/** Both levels at once. */
export function cardKeySet(
  roots: PurseRoots,
  card: { issuer: string; number: string; index: number; algorithmId: number }
): CardKeySet {
  return leafKeySet(issuerRoots(roots, card.issuer), card)
}

type KeyBytes = Record<'purchase' | 'load' | 'tac' | 'maintenance', Uint8Array>

function eachKey(keys: KeyBytes, algorithm: SymmetricAlgorithm, factor: Uint8Array): KeyBytes {
  return {
    purchase: diversify(algorithm, keys.purchase, factor),
    load: diversify(algorithm, keys.load, factor),
    tac: diversify(algorithm, keys.tac, factor),
    maintenance: diversify(algorithm, keys.maintenance, factor)
  }
}
