// Passenger flow of a day: its taps are streamed card by card, chained into rides and journeys, counted, and the counts kept. Any day
// can be analysed again; the same taps give the same counts.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import type { Tap } from './chain-rules.ts'
import { DayCounts } from './day-counts.ts'
import {
  forgetRequest,
  listFlowDays,
  listRequested,
  listTravelDays,
  listUnanalysed,
  markAnalysed,
  saveFlowDay,
  type FlowDay
} from './flow-queries.ts'
import { readNetwork } from './network-queries.ts'
import { streamCards } from './tap-queries.ts'

/** PostgreSQL sorts each part on a connection of its own. */
const parts = 2

export async function analyseDay(sql: Database, day: BusinessDay, now: Date): Promise<FlowDay> {
  const began = performance.now()
  const counts = new DayCounts(await readNetwork(sql, day))
  const count = (taps: readonly Tap[]): void => counts.add(taps)
  await Promise.all(
    Array.from({ length: parts }, async (_, part) => await streamCards(sql, { day, part, parts }, count))
  )
  const effort = {
    analysedAt: now,
    seconds: (performance.now() - began) / 1000,
    megabytes: Math.round(process.resourceUsage().maxRSS / 1024)
  }
  await transaction(sql, async (tx) => {
    await saveFlowDay(tx, day, counts, effort)
    await forgetRequest(tx, day)
  })
  return (await listFlowDays(sql, day))[0]!
}

/** Once a clearing day is published, the days people travelled that it took in are looked at; and whatever day somebody asked for. */
export const analyseFlowJob: Job = {
  name: 'analyse-flow',
  due: async ({ sql }) => [
    ...(await listRequested(sql)).map((day) => `travelled/${day}`),
    ...(await listUnanalysed(sql)).map((day) => `cleared/${day}`)
  ],
  async perform({ sql }, work, now) {
    const [kind, day] = work.split('/') as ['travelled' | 'cleared', BusinessDay]
    if (kind === 'travelled') return void (await analyseDay(sql, day, now))
    for (const travelled of await listTravelDays(sql, day)) await analyseDay(sql, travelled, now)
    await transaction(sql, async (tx) => await markAnalysed(tx, day, now))
  }
}
