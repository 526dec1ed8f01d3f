// The other party's answer to a dispute, and what happens when none comes in time.
import type { BusinessDay } from '../business-day.ts'
import { transaction, type Database, type Transaction } from '../database.ts'
import { findParticipant } from '../participants/participant-queries.ts'
import { refuse } from '../refusals.ts'
import { lockDay, markState } from '../settlement/clearing-day-queries.ts'
import { disputeKinds, type DisputeKind } from './dispute-codes.ts'
import {
  countUnderWay,
  findDispute,
  findTerms,
  insertEvent,
  listUnanswered,
  lockDispute,
  markAnswered,
  type LockedDispute
} from './dispute-queries.ts'
import type { Dispute } from './dispute-schemas.ts'

export interface Answer {
  answer: 'agreed' | 'declined'
  /** Code of the party that answers. */
  by: string
}

export async function answerDispute(
  { sql }: { sql: Database },
  id: number,
  { answer, by, now }: Answer & { now: Date }
): Promise<Dispute> {
  const party = await findParticipant(sql, by)
  if (!party) throw refuse('participant-not-found', { participant: by })
  await transaction(sql, async (tx) => {
    const dispute = await lockDispute(tx, id)
    if (party.id !== dispute.answeredBy) throw refuse('dispute-refused', { code: '020017' })
    if (dispute.state !== 'raised') throw refuse('dispute-decided', { id, state: dispute.state })
    if (now > dispute.answerDue) throw refuse('dispute-refused', { code: '020031' })
    await decide(tx, dispute, { state: answer, lapsed: false, by, now })
  })
  return (await findDispute(sql, id))!
}

/** Disputes whose time to answer is over go as the terms say. Answers how many. */
export async function lapseDisputes({ sql }: { sql: Database }, now: Date): Promise<number> {
  const unanswered = await listUnanswered(sql, now)
  for (const id of unanswered)
    await transaction(sql, async (tx) => {
      const dispute = await lockDispute(tx, id)
      if (dispute.state !== 'raised') return
      const { silence } = await findTerms(tx, dispute.day)
      await decide(tx, dispute, { state: silence, lapsed: true, by: 'deadline', now })
    })
  return unanswered.length
}

interface Decision {
  state: 'agreed' | 'declined'
  lapsed: boolean
  by: string
  now: Date
}

/** A dispute without money ends with its answer: there is nothing to book. */
async function decide(tx: Transaction, dispute: LockedDispute, decision: Decision): Promise<void> {
  const { state, lapsed, by, now } = decision
  await markAnswered(tx, dispute.id, {
    state: state === 'agreed' && !hasMoney(dispute) ? 'answered' : state,
    lapsed,
    now
  })
  await insertEvent(tx, dispute.id, { at: now, event: lapsed ? 'lapsed' : state, by, detail: lapsed ? state : '' })
  await calmDay(tx, dispute.day)
}

function hasMoney({ kind }: LockedDispute): boolean {
  return disputeKinds[kind as DisputeKind].money
}

/** A day without a dispute under way is disputed no more. */
export async function calmDay(tx: Transaction, day: BusinessDay): Promise<void> {
  const row = await lockDay(tx, day)
  if (row?.state === 'disputed' && (await countUnderWay(tx, day)) === 0) await markState(tx, day, 'published')
}
