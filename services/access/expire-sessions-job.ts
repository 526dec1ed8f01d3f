// Throws sessions away that are over; they open nothing any more, this only keeps the table small.
import type { Job } from '../jobs/worker-rounds.ts'
import { deleteExpiredSessions, hasExpiredSessions } from './access-queries.ts'

export const expireSessionsJob: Job = {
  name: 'expire-sessions',
  due: async ({ sql }, now) => ((await hasExpiredSessions(sql, now)) ? ['all'] : []),
  perform: async ({ sql }, _id, now) => await deleteExpiredSessions(sql, now)
}
