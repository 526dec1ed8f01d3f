// What the live identity check asks for, and what its answer means for the sale.
import type { PolicyTerms } from '../../fares/policy-schemas.ts'

export type Verdict = 'match' | 'mismatch' | 'no-answer'
export type IdentityCheck = PolicyTerms['identityCheck']

/** Several legs ask once, by the strictest of those that ask; null when none does. */
export function strictestCheck(policies: readonly Pick<PolicyTerms, 'identityCheck'>[]): IdentityCheck | null {
  const asking = policies.map(({ identityCheck }) => identityCheck).filter(({ ask }) => ask)
  if (asking.length === 0) return null
  return {
    ask: true,
    answerWithinMs: Math.min(...asking.map(({ answerWithinMs }) => answerWithinMs)),
    withoutAnswer: asking.some(({ withoutAnswer }) => withoutAnswer === 'refuse') ? 'refuse' : 'sell',
    matchHoldsHours: Math.min(...asking.map(({ matchHoldsHours }) => matchHoldsHours))
  }
}

/** Sold unverified means: the gate looks at the document by eye. */
export function decideCheck(verdict: Verdict, { withoutAnswer }: IdentityCheck) {
  if (verdict === 'match') return 'sold'
  if (verdict === 'mismatch') return 'refused'
  return withoutAnswer === 'sell' ? 'sold-unverified' : 'refused'
}
