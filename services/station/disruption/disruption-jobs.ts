// What falls due of commands: departures that were not reached, money to be asked back.
import type { Database } from '../../../clearing/database.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import { carryOutDisruption, refundDisruption } from './carry-out-disruption.ts'
import { findNeverReported, findRefundsDue, findUnfinished } from './disruption-queries.ts'
import { orderDisruption } from './order-disruption.ts'

export const carryOutJob = 'carry-out-disruption'

export const disruptionJobs: readonly Job[] = [
  {
    name: carryOutJob,
    due: async ({ sql }) => await findUnfinished(sql),
    perform: async ({ sql }, id, now) => await carryOutDisruption(sql, id, now)
  },
  {
    name: 'refund-disruption',
    due: async ({ sql }) => await findRefundsDue(sql),
    async perform({ sql, queue }, id, now) {
      await refundDisruption(sql, id, now)
      queue.hint('pay-refunds', 'all')
    }
  },
  {
    name: 'mark-missed-departures',
    due: async ({ sql }, now) => ((await findNeverReported(sql, now)).length > 0 ? ['all'] : []),
    perform: async ({ sql }, _id, now) => await markMissed(sql, now)
  }
]

/** 脱班 by rule (parameter 2046): their passengers are told and have everything back, or go on another departure. */
export async function markMissed(sql: Database, now: Date): Promise<void> {
  for (const { departure, id } of await findNeverReported(sql, now)) {
    const request = {
      kind: 'MISS',
      departures: [departure],
      cause: 'DISRUPTION',
      note: '发车时间已过仍未报班'
    } as const
    const placement = {
      id,
      request: { ...request, departures: [departure] },
      actor: 'worker:station',
      mayDisruptMany: false
    }
    await orderDisruption(sql, placement, now)
  }
}
