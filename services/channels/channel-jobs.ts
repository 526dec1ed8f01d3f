// Nonces and tokens whose time is over are forgotten.
import type { Job } from '../jobs/worker-rounds.ts'
import { deleteExpiredClientTraces, hasExpiredClientTraces } from './client-queries.ts'

export const forgetClientTracesJob: Job = {
  name: 'forget-client-traces',
  due: async ({ sql }, now) => ((await hasExpiredClientTraces(sql, now)) ? ['all'] : []),
  perform: async ({ sql }, _id, now) => await deleteExpiredClientTraces(sql, now)
}
