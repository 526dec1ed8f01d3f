// Counts by class, exchanged with port and carrier after a departure has left: theirs is asked for until it comes, and what differs stays
// open until somebody explains it or they counted again.
import { transaction, type Database } from '../../../clearing/database.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import { refuse } from '../../refusals.ts'
import type { CountParty } from './count-party.ts'
import { sameCounts } from './dispatch-rules.ts'
import type { SettlementRequest } from './dispatch-schemas.ts'
import { claimDueCounts, endDifference, hasDueCounts, recordTheirCounts } from './exchange-queries.ts'
import { simulatedCounterpart } from './simulated-counterpart.ts'

export const exchangeCountsJob: Job = {
  name: 'exchange-counts',
  due: async ({ sql }, now) => ((await hasDueCounts(sql, now)) ? ['all'] : []),
  perform: async ({ sql }, _id, now) => void (await exchangeCounts(sql, simulatedCounterpart(sql), now))
}

/** Returns how many answered. */
export async function exchangeCounts(sql: Database, counterpart: CountParty, now: Date): Promise<number> {
  let answered = 0
  for (const asked of await claimDueCounts(sql, now)) {
    // One that cannot be reached is asked again later; the others are not kept waiting for it.
    const theirs = await counterpart.exchange(asked).catch(() => null)
    if (!theirs) continue
    const agreed = sameCounts(asked.ours, theirs)
    await transaction(sql, async (tx) => await recordTheirCounts(tx, asked, { theirs, agreed }, now))
    answered++
  }
  return answered
}

/** Throws the refusal count-not-differing. */
export async function chaseDifference(
  sql: Database,
  of: { departure: number; place: string; party: string; actor: string },
  request: SettlementRequest,
  now: Date
): Promise<void> {
  const end = 'settlement' in request ? { settlement: request.settlement.trim(), actor: of.actor } : null
  const ended = await transaction(sql, async (tx) => await endDifference(tx, of, end, now))
  if (!ended) throw refuse('count-not-differing')
}
