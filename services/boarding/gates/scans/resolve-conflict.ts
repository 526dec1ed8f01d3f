// The desk settles a conflict once, by looking at it and saying how; the scan and the conflict stay as they were recorded.
import { transaction, type Database } from '../../../../clearing/database.ts'
import { refuse } from '../../../refusals.ts'
import { findConflict, lockConflict, resolveConflict } from './conflict-queries.ts'
import type { Conflict, Resolution } from './conflict-schemas.ts'

/** The same answer again changes nothing. Throws the refusals conflict-not-found and conflict-resolved. */
export async function settleConflict(
  sql: Database,
  asked: { id: number; resolution: Resolution; note: string | null; actor: string },
  now: Date
): Promise<Conflict> {
  return await transaction(sql, async (tx) => {
    await lockConflict(tx, asked.id)
    const before = await findConflict(tx, asked.id)
    if (!before) throw refuse('conflict-not-found')
    if (before.resolution !== null && (before.resolution !== asked.resolution || before.note !== asked.note))
      throw refuse('conflict-resolved', { resolution: before.resolution })
    await resolveConflict(tx, asked, now)
    return (await findConflict(tx, asked.id))!
  })
}
