// The live identity check of a sale: everybody at once within one answer time, a match kept for a while, every answer recorded. Who
// does not match is not sold to; where the registry is silent, the policy of the station decides.
import { hex } from '../../../card-crypto/bytes.ts'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import type { Database } from '../../../clearing/database.ts'
import type { PolicyTerms } from '../../fares/policy-schemas.ts'
import { refuse } from '../../refusals.ts'
import { findMatchesSince, insertVerdicts, type NewVerdict } from '../identity-queries.ts'
import type { IdentityRegistry } from './identity-registry.ts'
import { decideCheck, strictestCheck, type Verdict } from './identity-check-rules.ts'
import { digestDocument, type Identity } from '../seal-identity.ts'

export interface RegistryParts {
  sql: Database
  keys: KeyStore
  registry: IdentityRegistry
}

export interface CheckedSale {
  orderId: string
  passengers: readonly Identity[]
  /** Of each leg. */
  policies: readonly Pick<PolicyTerms, 'identityCheck'>[]
}

/** Asks nobody where no policy wants it. Throws the refusals identity-mismatch and identity-unverified. */
export async function askRegistry({ sql, keys, registry }: RegistryParts, sale: CheckedSale, now: Date): Promise<void> {
  const check = strictestCheck(sale.policies)
  if (!check) return
  const people = await Promise.all(
    sale.passengers.flatMap(({ name, document }, passenger) =>
      document ? [digestDocument(keys, document).then((digest) => ({ passenger, name, document, digest }))] : []
    )
  )
  const since = new Date(now.getTime() - check.matchHoldsHours * 3_600_000)
  const known = await findMatchesSince(
    sql,
    people.map(({ digest }) => digest),
    since
  )
  const unknown = people.filter(({ digest }) => !known.has(hex(digest).toLowerCase()))
  if (unknown.length === 0) return
  const signal = AbortSignal.timeout(check.answerWithinMs)
  const asked = await Promise.all(
    unknown.map(async (person) => ({ ...person, ...(await askOne(registry, person, signal)) }))
  )
  const rows = asked.map(({ document, digest, verdict, answeredInMs }): NewVerdict => {
    const decision = decideCheck(verdict, check)
    const about = { orderId: sale.orderId, documentKind: document.kind, documentDigest: digest }
    return { ...about, verdict, decision, answeredInMs, askedAt: now }
  })
  await insertVerdicts(sql, rows)
  const refused = rows.findIndex(({ decision }) => decision === 'refused')
  if (refused === -1) return
  const code = rows[refused]!.verdict === 'mismatch' ? 'identity-mismatch' : 'identity-unverified'
  throw refuse(code, { passenger: asked[refused]!.passenger })
}

async function askOne(
  registry: IdentityRegistry,
  identity: Identity,
  signal: AbortSignal
): Promise<{ verdict: Verdict; answeredInMs: number }> {
  const asked = performance.now()
  // A registry that forgets the signal must not hold the buyer either.
  const late = new Promise<Verdict>((resolve) => signal.addEventListener('abort', () => resolve('no-answer')))
  const answer = registry.verify(identity, signal).catch((): Verdict => 'no-answer')
  const verdict = await Promise.race([answer, late])
  return { verdict, answeredInMs: Math.round(performance.now() - asked) }
}
