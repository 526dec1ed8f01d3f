// Posts journals: legs that sum to zero, appended to the chain under the ledger's lock. Posting one again changes nothing.
import type { Transaction } from '../database.ts'
import { addFenTo, sumFen } from '../money.ts'
import { refuse } from '../refusals.ts'
import { chainHash, genesis } from './chain-rules.ts'
import {
  findHead,
  findJournals,
  insertEntries,
  insertJournals,
  journalKey,
  lockLedger,
  openAccounts,
  type AccountRow,
  type NewEntry
} from './ledger-queries.ts'
import type { Journal, Leg } from './journal.ts'

/** Answers the journal's id. A journal without legs is kept too: the day came to nothing, and that is on record. */
export async function postJournal(tx: Transaction, journal: Journal): Promise<number> {
  const [id] = await postJournals(tx, [journal])
  return id!
}

/** Many in a handful of statements, all or none; their ids in the order given. */
export async function postJournals(tx: Transaction, journals: readonly Journal[]): Promise<number[]> {
  for (const { legs, reference } of journals) {
    const difference = sumFen(legs.map((leg) => leg.amount))
    if (difference !== 0) throw refuse('ledger-unbalanced', { reference, difference })
  }
  await lockLedger(tx)
  const ids = await findJournals(tx, journals)
  const fresh = [...new Map(journals.map((journal) => [journalKey(journal), journal])).values()].filter(
    (journal) => !ids.has(journalKey(journal))
  )
  if (fresh.length > 0) {
    for (const [key, id] of await insertJournals(tx, fresh)) ids.set(key, id)
    await append(tx, fresh, ids)
  }
  return journals.map((journal) => ids.get(journalKey(journal))!)
}

/**
 * Hot accounts: many small postings become one leg for each account they touch, in the order of first touch, so that all of them are
 * posted by one journal; those that came to nothing are left out.
 */
export function aggregateLegs(postings: Iterable<readonly Leg[]>): Leg[] {
  const sums = new Map<string, Leg>()
  for (const legs of postings)
    for (const { participant, account, amount } of legs) {
      const key = `${participant} ${account}`
      const sum = sums.get(key)
      if (sum) sum.amount = addFenTo(sum.amount, amount)
      else sums.set(key, { participant, account, amount })
    }
  return [...sums.values()].filter((leg) => leg.amount !== 0)
}

async function append(tx: Transaction, journals: readonly Journal[], ids: ReadonlyMap<string, number>): Promise<void> {
  const accounts = new Map(
    (await openAccounts(tx, distinctAccounts(journals))).map((each) => [accountKey(each.participant, each.kind), each])
  )
  const head = (await findHead(tx)) ?? { sequence: 0, hash: genesis }
  const entries = journals.flatMap((journal) =>
    journal.legs.map(({ participant, account: kind, amount }): NewEntry => {
      const account: AccountRow = accounts.get(accountKey(participant, kind))!
      head.sequence += 1
      head.hash = chainHash(head.hash, {
        ...journal,
        sequence: head.sequence,
        participantCode: account.participantCode,
        account: account.kind,
        amount
      })
      return {
        sequence: head.sequence,
        journal: ids.get(journalKey(journal))!,
        account: account.id,
        amount,
        hash: head.hash
      }
    })
  )
  await insertEntries(tx, entries)
}

function distinctAccounts(journals: readonly Journal[]) {
  const wanted = new Map(
    journals.flatMap(({ legs }) =>
      legs.map(({ participant, account }) => [accountKey(participant, account), { participant, account }] as const)
    )
  )
  return [...wanted.values()]
}

function accountKey(participant: number, kind: string): string {
  return `${participant} ${kind}`
}
