// What falls due on the waitlist by itself: places that came back where nobody's unit of work could offer them at once, and entries
// whose deadline has passed.
import type { Database } from '../../../clearing/database.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { payRefunds } from '../pay-order.ts'
import { endWaiting, fillFreedPlaces, findPastDeadline, hasFreedPlaces } from './waitlist-queries.ts'

const batch = 200

/** Entries that waited in vain are paid back. Returns how many. */
export async function endPastDeadline(sql: Database, now: Date): Promise<number> {
  const due = await findPastDeadline(sql, now, batch)
  for (const id of due) {
    await endWaiting(sql, id, 'UNFILLED', now)
    await payRefunds({ sql, gateways: openGateways(sql) }, now, id)
  }
  return due.length
}

export const waitlistJobs: readonly Job[] = [
  {
    name: 'fill-waitlist',
    due: async ({ sql }) => ((await hasFreedPlaces(sql)) ? ['all'] : []),
    perform: async ({ sql }, _id, now) => void (await fillFreedPlaces(sql, now))
  },
  {
    name: 'end-waitlist',
    due: async ({ sql }, now) => ((await findPastDeadline(sql, now, 1)).length > 0 ? ['all'] : []),
    perform: async ({ sql }, _id, now) => void (await endPastDeadline(sql, now))
  }
]
