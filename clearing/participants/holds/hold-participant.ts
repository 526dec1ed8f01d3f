// Holds a participant or releases it, by two persons: a held one may send nothing, and its cards and lines are refused, until it is released.
import { transaction, type Database } from '../../database.ts'
import { refuse } from '../../refusals.ts'
import { approve, insertHold, listHolds, lockHold, type Hold } from './hold-queries.ts'
import { findParticipant } from '../participant-queries.ts'

export async function proposeHold(
  { sql }: { sql: Database },
  proposal: { participant: string; action: Hold['action']; reason: string; maker: string },
  now: Date
): Promise<Hold> {
  const participant = await findParticipant(sql, proposal.participant)
  if (!participant) throw refuse('participant-not-found', { participant: proposal.participant })
  const held = participant.state === 'suspended'
  if (held === (proposal.action === 'hold')) throw refuse('hold-not-possible', { state: participant.state })
  const { action, reason, maker } = proposal
  const id = await transaction(
    sql,
    async (tx) => await insertHold(tx, { participant: participant.id, action, reason, maker, proposedAt: now })
  )
  return (await listHolds(sql, 500)).find((each) => each.id === id)!
}

export async function approveHold(
  { sql }: { sql: Database },
  id: number,
  { checker, now }: { checker: string; now: Date }
): Promise<void> {
  await transaction(sql, async (tx) => {
    const hold = await lockHold(tx, id)
    if (!hold) throw refuse('hold-not-found', { id })
    if (hold.approvedAt !== null) throw refuse('hold-not-possible', { reason: 'approved already' })
    if (hold.maker === checker) throw refuse('second-person-needed', { id })
    await approve(tx, id, { ...hold, checker, now })
  })
}
