// Which fee agreement governs a transaction (card.md §2.10): of those that fit, the most specific.
import type { Agreement } from './participant-schemas.ts'

/** What an agreement is chosen by: the service and the two parties, as ids. */
export interface Dealing {
  service: number
  acquirer: number
  issuer: number
}

/**
 * Of the agreements valid on the day, the one that names the most of acquirer, issuer and service; between two that name
 * equally many, the one for the acquirer, then for the issuer; then the younger. Undefined when none fits.
 */
export function agreementFor(agreements: readonly Agreement[], dealing: Dealing): Agreement | undefined {
  return agreements.filter((agreement) => fits(agreement, dealing)).sort(moreSpecificFirst)[0]
}

function fits(agreement: Agreement, dealing: Dealing): boolean {
  if (agreement.service !== null && agreement.service !== dealing.service) return false
  if (agreement.acquirer !== null && agreement.acquirer !== dealing.acquirer) return false
  return agreement.issuer === null || agreement.issuer === dealing.issuer
}

function moreSpecificFirst(a: Agreement, b: Agreement): number {
  if (specificity(a) !== specificity(b)) return specificity(b) - specificity(a)
  if (a.validFrom !== b.validFrom) return a.validFrom < b.validFrom ? 1 : -1
  return b.id - a.id
}

/** The count weighs more than what is counted. */
function specificity({ acquirer, issuer, service }: Agreement): number {
  const named = [acquirer, issuer, service].filter((each) => each !== null).length
  return named * 8 + (acquirer === null ? 0 : 4) + (issuer === null ? 0 : 2) + (service === null ? 0 : 1)
}
