// What falls due by itself at stations.
import type { Job } from '../jobs/worker-rounds.ts'
import { disruptionJobs } from './disruption/disruption-jobs.ts'
import { exchangeCountsJob } from './dispatch/exchange-counts.ts'
import { sendNoticesJob } from './notices/send-notices.ts'

export const stationJobs: readonly Job[] = [...disruptionJobs, sendNoticesJob, exchangeCountsJob]
