// The desk settles a conflict once, by looking at it and saying how; the scan and the conflict stay as they were recorded. What a passenger
// owes for it is collected, or forgiven by two: one proposes, a station manager agrees.
import { transaction, type Database, type Transaction } from '../../../../clearing/database.ts'
import { refuse } from '../../../refusals.ts'
import { conflictKinds } from '../gate-schemas.ts'
import { findConflict, lockConflict, proposeResolution, resolveConflict, withdrawProposal } from './conflict-queries.ts'
import type { Conflict, ConflictRow, Resolution } from './conflict-schemas.ts'

/**
 * Settles it, or proposes to when money is owed and not collected. The same answer again changes nothing. Throws the refusals
 * conflict-not-found and conflict-resolved.
 */
export async function settleConflict(
  sql: Database,
  asked: { id: number; resolution: Resolution; note: string | null; actor: string },
  now: Date
): Promise<Conflict> {
  return await transaction(sql, async (tx) => {
    const before = await requireConflict(tx, asked.id)
    if (before.resolution !== null && (before.resolution !== asked.resolution || before.note !== asked.note))
      throw refuse('conflict-resolved', { resolution: before.resolution })
    if (before.owed > 0 && asked.resolution !== 'collected') await proposeResolution(tx, asked, now)
    else await resolveConflict(tx, asked, now)
    return nameConflict((await findConflict(tx, asked.id))!)
  })
}

/** The second's word on what was proposed. Throws the refusals conflict-not-found, conflict-resolved and conflict-not-proposed. */
export async function agreeToWaiver(
  sql: Database,
  { id, agree, actor }: { id: number; agree: boolean; actor: string },
  now: Date
): Promise<Conflict> {
  return await transaction(sql, async (tx) => {
    const { proposed, resolution, resolvedBy } = await requireConflict(tx, id)
    if (resolution !== null && !(agree && resolvedBy === actor)) throw refuse('conflict-resolved', { resolution })
    if (!proposed || proposed.by === actor) throw refuse('conflict-not-proposed')
    const { resolution: how, note } = proposed
    if (agree) await resolveConflict(tx, { id, resolution: how, note, actor }, now)
    else await withdrawProposal(tx, id)
    return nameConflict((await findConflict(tx, id))!)
  })
}

async function requireConflict(tx: Transaction, id: number): Promise<ConflictRow> {
  await lockConflict(tx, id)
  const conflict = await findConflict(tx, id)
  if (!conflict) throw refuse('conflict-not-found')
  return conflict
}

export function nameConflict(row: ConflictRow): Conflict {
  const [kindName, kindEnglish] = conflictKinds[row.kind]
  return { ...row, kindName, kindEnglish }
}
