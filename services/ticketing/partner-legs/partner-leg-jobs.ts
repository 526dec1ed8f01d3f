// Partner legs whose next step is due: found in SQL, so nothing depends on what Redis or a process that died remembers.
import type { Job } from '../../jobs/worker-rounds.ts'
import { drivePartnerLegs } from './drive-partner-legs.ts'
import { openPartners } from './open-partners.ts'
import { findDueOrders } from './partner-leg-queries.ts'

export const partnerLegJobs: readonly Job[] = [
  {
    name: 'drive-partner-legs',
    due: async ({ sql }, now) => await findDueOrders(sql, now),
    perform: async ({ sql, config }, orderId, now) =>
      void (await drivePartnerLegs({ sql, partners: openPartners(sql, config) }, orderId, now))
  }
]
