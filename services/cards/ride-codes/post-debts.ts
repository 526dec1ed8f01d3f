// Riders' debts in the books: a ride given makes its holder owe the issuer, who owes it to whoever took him by the day's settlement; a
// payment, at once or recovered much later, makes the debt less. Posted in batches, so that no ride waits for the ledger.
import { sm3 } from '../../../card-crypto/sm3.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { holdOpenDay } from '../../../clearing/ingestion/file-queries.ts'
import type { Leg } from '../../../clearing/ledger/journal.ts'
import { aggregateLegs, postJournal } from '../../../clearing/ledger/post-journal.ts'
import { fen } from '../../../clearing/money.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import { hasUnpostedDebts, insertDebtBatch, markDebtsPosted, takeUnpostedDebts, type DebtSum } from './debt-queries.ts'

const linesAtOnce = 20_000

export const postDebtsJob: Job = {
  name: 'post-ride-debts',
  async due({ sql }) {
    return (await hasUnpostedDebts(sql)) ? ['all'] : []
  },
  perform: async ({ sql }, _id, now) => void (await postDebts(sql, now))
}

/** One batch of lines and its journal, in the clearing day that is open. Returns how many were posted. */
export async function postDebts(sql: Database, now: Date): Promise<number> {
  return await transaction(sql, async (tx) => {
    const lines = await takeUnpostedDebts(tx, linesAtOnce)
    if (lines.length === 0) return 0
    const digest = sm3(new TextEncoder().encode(lines.map(({ text }) => text).join('\n')))
    const day = await holdOpenDay(tx, now)
    const batch = await insertDebtBatch(tx, { day, lines: lines.length, digest, postedAt: now })
    const ids = lines.map(({ id }) => id)
    const legs = aggregateLegs((await markDebtsPosted(tx, ids, batch)).map(legsOfDebt))
    const reference = `${batch} sm3:${Buffer.from(digest).toString('hex')}`
    await postJournal(tx, { day, kind: 'ride-debts', reference, postedAt: now, legs })
    return lines.length
  })
}

function legsOfDebt({ issuer, kind, amount }: DebtSum): Leg[] {
  const owed = kind === 'ride' ? fen(0 - amount) : amount
  return [
    { participant: issuer, account: 'receivable', amount: owed },
    { participant: issuer, account: kind === 'ride' ? 'earned' : 'bank', amount: fen(0 - owed) }
  ]
}
