// Departures that changed and ways on that have aged, found in SQL: whoever changed the departure need not have told anybody.
import type { Job } from '../../jobs/worker-rounds.ts'
import { findDueChoices, findDueReviews } from './connection-queries.ts'
import { reviewConnections, reviewJourney } from './review-connections.ts'

export const connectionJobs: readonly Job[] = [
  {
    name: 'review-connections',
    due: async ({ sql }) => (await findDueReviews(sql)).map(String),
    perform: async ({ sql }, departure, now) => void (await reviewConnections(sql, Number(departure), now))
  },
  {
    name: 'offer-connections',
    due: async ({ sql }, now) => await findDueChoices(sql, now),
    perform: async ({ sql }, journey, now) => await reviewJourney(sql, journey, now)
  }
]
