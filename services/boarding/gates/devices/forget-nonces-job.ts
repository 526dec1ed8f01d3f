// Nonces of gates whose time is over are forgotten.
import type { Job } from '../../../jobs/worker-rounds.ts'
import { deleteExpiredNonces, hasExpiredNonces } from './device-queries.ts'

export const forgetGateNoncesJob: Job = {
  name: 'forget-gate-nonces',
  due: async ({ sql }, now) => ((await hasExpiredNonces(sql, now)) ? ['all'] : []),
  perform: async ({ sql }, _id, now) => await deleteExpiredNonces(sql, now)
}
