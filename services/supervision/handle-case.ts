// The steps of a case, by staff and by whoever opened it, and what falls due by itself: deadlines missed, answers nobody objected to.
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { calendarDay } from '../../clearing/business-day.ts'
import { transaction, type Database } from '../../clearing/database.ts'
import type { Job } from '../jobs/worker-rounds.ts'
import { refuse } from '../refusals.ts'
import type { Viewer } from '../ticketing/show-order.ts'
import { missedDeadline, reopenDays, stateAfter, type CaseStep, type OwnerStep } from './case-rules.ts'
import { writeDown } from './open-case.ts'
import { settleProvenClaims } from './settle-claim.ts'
import { listOvercharged } from './claim-queries.ts'
import { findDeadline, listDueCases, lockCase, setCaseState, type CaseRow } from './supervision-queries.ts'
import type { StaffStepRequest } from './supervision-schemas.ts'

type Parts = { sql: Database; keys: KeyStore }
const worker = 'worker:supervision'

/** Throws case-not-found, case-step-not-possible and transfer-party-required. */
export async function stepCase(
  parts: Parts,
  { id, step, words, party }: { id: string } & StaffStepRequest,
  actor: string,
  now: Date
): Promise<void> {
  if ((step === 'transfer') !== (party !== undefined)) throw refuse('transfer-party-required')
  await take(parts, { id, step, words, actor, may: () => true, ...(party ? { party } : {}) }, now)
}

/** For whoever opened the case. Throws case-not-found and case-step-not-possible. */
export async function stepOwnCase(
  parts: Parts,
  { id, step, words }: { id: string; step: OwnerStep; words?: string | undefined },
  viewer: Viewer,
  now: Date
): Promise<void> {
  const may = ({ owner }: CaseRow): boolean => owner === viewer.owner
  await take(parts, { id, step, words: words ?? null, actor: viewer.owner, may }, now)
}

interface Step {
  id: string
  step: CaseStep
  words: string | null
  actor: string
  party?: string
  may: (row: CaseRow) => boolean
}

async function take({ sql, keys }: Parts, { id, step, words, actor, party, may }: Step, now: Date): Promise<void> {
  await transaction(sql, async (tx) => {
    const row = await lockCase(tx, id)
    if (!row || !may(row)) throw refuse('case-not-found')
    const state = stateAfter(row.state, step)
    if (!state) throw refuse('case-step-not-possible', { state: row.state })
    const again = step === 'reopen' ? (await findDeadline(tx, row.kind, calendarDay(now))).answerDays : null
    await setCaseState(tx, {
      id,
      state,
      party: party ?? row.party,
      answerBy: again === null ? row.answerBy : new Date(now.getTime() + again * 86_400_000),
      answeredAt: step === 'answer' ? now : step === 'reopen' ? null : row.answeredAt
    })
    await writeDown({ tx, keys }, id, { event: step, actor, words }, now)
  })
}

export const superviseJob: Job = {
  name: 'supervise',
  async due({ sql }, now) {
    const due = (await listDueCases(sql, now, closeBefore(now))).length > 0
    return due || (await listOvercharged(sql, now, 1)).length > 0 ? ['all'] : []
  },
  async perform(parts, _id, now) {
    await superviseCases(parts, now)
    await settleProvenClaims(parts, now)
  }
}

const closeBefore = (now: Date): Date => new Date(now.getTime() - reopenDays * 86_400_000)

/** Marks what is late, once for each deadline, and closes what was answered and left alone. */
export async function superviseCases({ sql, keys }: Parts, now: Date): Promise<void> {
  for (const id of await listDueCases(sql, now, closeBefore(now)))
    await transaction(sql, async (tx) => {
      const row = (await lockCase(tx, id))!
      if (row.state === 'ANSWERED') {
        await setCaseState(tx, { ...row, state: 'CLOSED' })
        await writeDown({ tx, keys }, id, { event: 'close', actor: worker, words: null }, now)
      } else if (missedDeadline(row, now))
        await writeDown({ tx, keys }, id, { event: 'overdue', actor: worker, words: null }, now)
    })
}
