// Levels: where a transaction is cleared follows from whose card it is and who took it, and whoever is of another province settles by the
// account of the national centre.
import type { Participant } from './participant-schemas.ts'

/** roam_type of card.md §2.10: 0, 1, 2. */
export const routes = ['on-us', 'within-province', 'cross-province'] as const
export type Route = (typeof routes)[number]

type Party = Pick<Participant, 'id' | 'company' | 'settlesThrough'>

/** On-us is one company's card at its own terminal; one of another province, on either side, goes through the national centre. */
export function routeOf({ acquirer, issuer }: { acquirer: Party; issuer: Party }): Route {
  if (acquirer.settlesThrough !== null || issuer.settlesThrough !== null) return 'cross-province'
  return acquirer.company === issuer.company ? 'on-us' : 'within-province'
}

/** Participant → whoever holds its account with us: itself, mostly. */
export type AccountOf = (participant: number) => number

export function accountsOf(participants: readonly Party[]): AccountOf {
  const through = new Map(
    participants.flatMap(({ id, settlesThrough }) => (settlesThrough === null ? [] : [[id, settlesThrough]]))
  )
  return (participant) => through.get(participant) ?? participant
}

/** The same dealings between those who pay each other. */
export function atAccounts<Dealing extends { acquirer: number; issuer: number }>(
  dealings: readonly Dealing[],
  accountOf: AccountOf
): Dealing[] {
  return dealings.map((each) => ({ ...each, acquirer: accountOf(each.acquirer), issuer: accountOf(each.issuer) }))
}
