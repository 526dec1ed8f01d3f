// Who may travel with whom: minors that need somebody with them, infants by their carers, and the documents only minors may use.
import type { PolicyTerms } from '../fares/policy-schemas.ts'
import { birthDayOf, completedYears, type DocumentKind, type IdentityDocument } from './document-rules.ts'

export interface PartyMember {
  document: IdentityDocument | null
  /** Given when the document carries no birth date, 'YYYY-MM-DD'. */
  birthDay: string | null
}

export type PartyFault = 'document-for-minors' | 'minor-alone' | 'too-many-infants'

const adultAge = 18
/** Younger than two completed years. */
const infantAge = 2
/** A birth certificate or a student card stands for an identity card that somebody under 16 need not have (facts §4.1). */
const minorsOnly: ReadonlySet<DocumentKind> = new Set(['12', '13'])
const minorsOnlyBelow = 16

type PartyTerms = Pick<PolicyTerms, 'aloneFromAge' | 'infantsPerAdult'>

/** The first fault with the passenger it names; whoever shows no age is an adult. `day` is that of departure. */
export function checkParty(
  terms: PartyTerms,
  party: readonly PartyMember[],
  day: string
): { fault: PartyFault; passenger: number } | null {
  const ages = party.map(({ document, birthDay }) => {
    const born = (document && birthDayOf(document)) ?? birthDay
    return born === null ? null : completedYears(born, day)
  })
  const first = (is: (age: number | null, at: number) => boolean) => ages.findIndex(is)
  const tooOld = first((age, at) => {
    const kind = party[at]!.document?.kind
    return kind !== undefined && minorsOnly.has(kind) && age !== null && age >= minorsOnlyBelow
  })
  if (tooOld !== -1) return { fault: 'document-for-minors', passenger: tooOld }
  const adults = ages.filter((age) => age === null || age >= adultAge).length
  const alone = first((age) => age !== null && age < terms.aloneFromAge)
  if (alone !== -1 && adults === 0) return { fault: 'minor-alone', passenger: alone }
  const infants = ages.flatMap((age, at) => (age !== null && age < infantAge ? [at] : []))
  const oneTooMany = infants[adults * terms.infantsPerAdult]
  return oneTooMany === undefined ? null : { fault: 'too-many-infants', passenger: oneTooMany }
}
