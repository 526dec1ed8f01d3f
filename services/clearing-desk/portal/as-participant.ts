// Work done as one participant: in a unit of work whose role in the database sees that participant's rows and nobody else's. Only reading
// is granted to it, so nothing of the platform's own can be done in here by mistake.
import { transaction, type Database, type Transaction } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { enterPortal, findOwnParticipant } from './portal-queries.ts'

/** Throws the refusal 'account-of-nobody'. */
export async function asOwnParticipant<Result>(
  sql: Database,
  account: string,
  work: (tx: Transaction) => Promise<Result>
): Promise<Result> {
  const participant = await findOwnParticipant(sql, account)
  if (participant === undefined) throw refuse('account-of-nobody')
  return await asParticipant(sql, participant, work)
}

export async function asParticipant<Result>(
  sql: Database,
  participant: number,
  work: (tx: Transaction) => Promise<Result>
): Promise<Result> {
  return await transaction(sql, async (tx) => {
    await enterPortal(tx, participant)
    return await work(tx)
  })
}
