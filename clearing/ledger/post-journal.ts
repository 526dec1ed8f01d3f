// Posts a journal: legs that sum to zero, appended to the chain under the ledger's lock. Posting it again changes nothing.
import type { Transaction } from '../database.ts'
import { sumFen } from '../money.ts'
import { refuse } from '../refusals.ts'
import { chainHash, genesis } from './chain-rules.ts'
import { findHead, findJournal, insertEntries, insertJournal, lockLedger, openAccounts } from './ledger-queries.ts'
import type { Journal } from './journal.ts'

/** Answers the journal's id. A journal without legs is kept too: the day came to nothing, and that is on record. */
export async function postJournal(tx: Transaction, journal: Journal): Promise<number> {
  const difference = sumFen(journal.legs.map((leg) => leg.amount))
  if (difference !== 0) throw refuse('ledger-unbalanced', { reference: journal.reference, difference })
  await lockLedger(tx)
  const before = await findJournal(tx, journal.kind, journal.reference)
  if (before !== undefined) return before
  const accounts = await openAccounts(tx, journal.legs)
  const head = (await findHead(tx)) ?? { sequence: 0, hash: genesis }
  const id = await insertJournal(tx, journal)
  const entries = journal.legs.map((leg) => {
    const account = accounts.find((each) => each.participant === leg.participant && each.kind === leg.account)!
    head.sequence += 1
    head.hash = chainHash(head.hash, {
      sequence: head.sequence,
      day: journal.day,
      kind: journal.kind,
      reference: journal.reference,
      postedAt: journal.postedAt,
      participantCode: account.participantCode,
      account: account.kind,
      amount: leg.amount
    })
    return { sequence: head.sequence, account: account.id, amount: leg.amount, hash: head.hash }
  })
  await insertEntries(tx, id, entries)
  return id
}
