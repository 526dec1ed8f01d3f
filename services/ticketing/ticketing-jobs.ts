// What falls due by itself in ticketing: holds that end, payments whose outcome is unknown, refunds still to be paid. All of it is
// found in SQL, so none of it depends on what Redis remembers.
import type { Database } from '../../clearing/database.ts'
import type { Job } from '../jobs/worker-rounds.ts'
import type { Parts } from '../parts.ts'
import { openGateways } from '../payments/open-gateways.ts'
import { hasDueCharges, hasDueRefunds } from '../payments/charge-queries.ts'
import { connectionJobs } from './connections/connection-jobs.ts'
import { partnerLegJobs } from './partner-legs/partner-leg-jobs.ts'
import { hasDueHolds, releaseExpired } from './order-queries.ts'
import { fillFreedPlaces } from './waitlist/waitlist-queries.ts'
import { waitlistJobs } from './waitlist/waitlist-jobs.ts'
import { payRefunds, refundBatch, resolveUnknownPayments } from './pay-order.ts'

const batch = 500

/** A sale frees its own departure's expired holds; this frees all others. Returns how many orders expired. */
export async function releaseExpiredHolds(sql: Database, now: Date): Promise<number> {
  let released = 0
  for (;;) {
    const count = await releaseExpired(sql, now, batch)
    released += count
    if (count < batch) break
  }
  await fillFreedPlaces(sql, now)
  return released
}

/** All that is due is one piece of work. */
const allDue = (due: boolean): string[] => (due ? ['all'] : [])
const payingOf = ({ sql, config }: Parts) => ({ sql, gateways: openGateways(sql, config.gatewayFaultsPercent) })

export const ticketingJobs: readonly Job[] = [
  {
    name: 'release-expired-holds',
    due: async ({ sql }, now) => allDue(await hasDueHolds(sql, now)),
    perform: async ({ sql }, _id, now) => void (await releaseExpiredHolds(sql, now))
  },
  {
    name: 'resolve-unknown-payments',
    due: async ({ sql }, now) => allDue(await hasDueCharges(sql, now)),
    perform: async (parts, _id, now) => void (await resolveUnknownPayments(payingOf(parts), now))
  },
  {
    name: 'pay-refunds',
    due: async ({ sql }, now) => allDue(await hasDueRefunds(sql, now)),
    async perform(parts) {
      while ((await payRefunds(payingOf(parts), parts.clock())) === refundBatch);
    }
  },
  ...connectionJobs,
  ...partnerLegJobs,
  ...waitlistJobs
]
