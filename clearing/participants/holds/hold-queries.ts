// SQL of holds: proposals, their approval, and the participant's state that follows.
import { violates, type Queryable, type Transaction } from '../../database.ts'
import { refuse } from '../../refusals.ts'

export interface Hold {
  id: number
  participant: string
  name: string
  action: 'hold' | 'release'
  reason: string
  maker: string
  proposedAt: Date
  checker: string | null
  approvedAt: Date | null
}

export async function insertHold(
  tx: Transaction,
  hold: { participant: number; action: Hold['action']; reason: string; maker: string; proposedAt: Date }
): Promise<number> {
  try {
    const [row] = await tx<{ id: number }[]>`insert into participant_hold ${tx({ ...hold })} returning id`
    return row!.id
  } catch (error) {
    if (violates(error, 'participant_hold_open')) throw refuse('hold-not-possible', { reason: 'proposed already' })
    throw error
  }
}

/** Locked until we commit. */
export async function lockHold(
  tx: Transaction,
  id: number
): Promise<{ participant: number; action: Hold['action']; maker: string; approvedAt: Date | null } | undefined> {
  const [row] = await tx<{ participant: number; action: Hold['action']; maker: string; approvedAt: Date | null }[]>`
    select participant, action, maker, approved_at from participant_hold where id = ${id} for update`
  return row
}

export async function approve(
  tx: Transaction,
  id: number,
  { participant, action, checker, now }: { participant: number; action: Hold['action']; checker: string; now: Date }
): Promise<void> {
  const state = action === 'hold' ? 'suspended' : 'active'
  await tx`update participant_hold set checker = ${checker}, approved_at = ${now} where id = ${id}`
  await tx`update participant set state = ${state} where id = ${participant}`
}

/** Those that wait for approval first, then the latest. */
export async function listHolds(sql: Queryable, limit: number): Promise<Hold[]> {
  return await sql<Hold[]>`
    select hold.id, participant.code as participant, participant.name, action, reason, maker, proposed_at, checker, approved_at
    from participant_hold as hold join participant on participant.id = hold.participant
    order by approved_at is null desc, hold.id desc limit ${limit}`
}
