// What the key store says to a card's answer to INITIALIZE FOR LOAD: by the load root of its issuer where there is one, by the common root
// otherwise. Cities make load keys of their own (card.md §6.1).
import { KeyStoreError, type KeyStore } from '../../../card-crypto/key-store.ts'
import { refuse } from '../../refusals.ts'
import { authorisationOf, type CardAnswer } from './load-rules.ts'

const askAgainMs = 10_000
const scopes = new WeakMap<KeyStore, { askedAt: number; known: Promise<Set<string>> }>()

/** Issuers with a load root of their own, asked for anew every ten seconds: one comes by a ceremony. */
export async function loadScopeOf(keys: KeyStore, issuer: string): Promise<string> {
  const last = scopes.get(keys)
  if (last && performance.now() - last.askedAt < askAgainMs) return (await last.known).has(issuer) ? issuer : ''
  const known = keys
    .listKeys()
    .then((all) => new Set(all.filter(({ purpose }) => purpose === 'load').map(({ scope }) => scope)))
  scopes.set(keys, { askedAt: performance.now(), known })
  known.catch(() => scopes.delete(keys))
  return (await known).has(issuer) ? issuer : ''
}

/** MAC2, or null when the MAC1 is not the card's. Throws card-key-unknown. */
export async function authoriseLoad(
  keys: KeyStore,
  { card, amount, at }: { card: CardAnswer; amount: number; at: Date }
): Promise<Uint8Array | null> {
  const asked = authorisationOf(card, amount, at)
  if (asked === null) throw refuse('card-key-unknown')
  const key = { ...asked.key, scope: await loadScopeOf(keys, card.issuer) }
  try {
    return (await keys.authoriseLoads([{ ...asked, key }]))[0]!
  } catch (error) {
    if (error instanceof KeyStoreError && error.fault === 'no-such-key') throw refuse('card-key-unknown')
    throw error
  }
}
