// BullMQ carries the name of a job and an id, nothing else. Redis is a hint: what is due is found in SQL (worker-rounds.ts), so
// everything here may fail, be wiped or be away, and only speed is lost.
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { Hints } from '../parts.ts'

const queueName = 'lingnan'

export interface Schedule {
  name: string
  /** Cron with seconds, Asia/Shanghai. */
  pattern: string
}

export interface JobQueue extends Hints {
  /** False when Redis could not be told; the caller then does the work itself. */
  offer(job: string, id: string): Promise<boolean>
  /** Puts the schedules into Redis again; a schedule wakes the handler as job 'round'. */
  assertSchedules(schedules: readonly Schedule[]): Promise<void>
  /** Starts taking jobs. */
  take(handler: (job: string, id: string) => Promise<void>): void
  close(): Promise<void>
}

export const roundJob = 'round'

export function openJobQueue(redisUrl: string, complain: (problem: string) => void): JobQueue {
  // Commands fail at once while Redis is away instead of waiting in memory: a request must never hang on a hint.
  const commands = new Redis(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 1, retryStrategy })
  const queue = new Queue(queueName, { connection: commands, skipWaitingForReady: true, skipVersionCheck: true })
  const workers: { worker: Worker; connection: Redis }[] = []
  const quiet = complainOncePer(60_000, complain)
  for (const part of [commands, queue]) part.on('error', (error: Error) => quiet(`Redis: ${error.message}`))

  const offer = async (job: string, id: string) => {
    // A job that failed or was done leaves no trace that could block the next one of its id (BullMQ #977).
    const once = { jobId: `${job}-${id}`, removeOnComplete: true, removeOnFail: true }
    return await queue.add(job, { id }, once).then(
      () => true,
      () => false
    )
  }
  return {
    offer,
    hint: (job, id) => void offer(job, id),
    async assertSchedules(schedules) {
      for (const { name, pattern } of schedules)
        await queue.upsertJobScheduler(name, { pattern, tz: 'Asia/Shanghai' }, { name: roundJob, data: { id: name } })
    },
    take(handler) {
      const connection = new Redis(redisUrl, { maxRetriesPerRequest: null, retryStrategy })
      const perform = async ({ name, data }: { name: string; data: { id: string } }) => await handler(name, data.id)
      const worker = new Worker(queueName, perform, { connection, concurrency: 4, lockDuration: 120_000 })
      for (const part of [connection, worker]) part.on('error', (error: Error) => quiet(`Redis: ${error.message}`))
      workers.push({ worker, connection })
    },
    async close() {
      for (const { worker, connection } of workers) {
        await worker.close(true).catch(() => undefined)
        connection.disconnect()
      }
      await queue.close().catch(() => undefined)
      commands.disconnect()
    }
  }
}

function retryStrategy(times: number): number {
  return Math.min(100 * 2 ** times, 5_000)
}

function complainOncePer(ms: number, complain: (problem: string) => void): (problem: string) => void {
  let last = 0
  return (problem) => {
    const now = Date.now()
    if (now - last >= ms) complain(problem)
    if (now - last >= ms) last = now
  }
}
