// A worker's round: asks every job what is due, by SQL alone, and offers it to the queue so that any worker may take it. What is
// still due a while later, or cannot be offered because Redis is away, the worker does itself. Two workers at one piece of
// work are kept apart by the database, and every job is idempotent besides.
import type { Database } from '../../clearing/database.ts'
import { Refusal } from '../../clearing/refusal.ts'
import { roundJob, type JobQueue } from './job-queue.ts'
import type { Parts } from '../parts.ts'
import { alone, forgetPostponed, listPostponed, listSchedules, postpone } from './worker-queries.ts'

/** A scheduled or queued call of a flow. */
export interface Job {
  name: string
  /** The ids of what is due now, the most urgent first, found in SQL alone. */
  due(parts: Parts, now: Date): Promise<string[]>
  /** Idempotent: running it twice, or again after a crash, changes nothing more. */
  perform(parts: Parts, id: string, now: Date): Promise<void>
}

export interface WorkerOptions {
  jobs: readonly Job[]
  queue: JobQueue
  /** A pool of one connection, for this worker's locks alone. */
  locks: Database
  complain: (problem: string) => void
  roundMs: number
  /** How long offered work may stay due before the worker stops waiting for the queue. */
  patienceMs: number
}

export interface RunningWorker {
  round(): Promise<void>
  stop(): Promise<void>
}

const schedulesEveryMs = 30_000
/** Each piece of work uses several connections; the rest waits for a later round. */
const atOnceMax = 6

export function startWorker(parts: Parts, options: WorkerOptions): RunningWorker {
  const { jobs, queue, complain } = options
  const offeredAt = new Map<string, number>()
  const running = new Map<string, Promise<void>>()
  let stopping = false
  let schedulesAt = -Infinity

  /** Does the work here unless it is being done here or elsewhere. */
  const perform = async (job: Job, id: string): Promise<void> => {
    const work = `${job.name}:${id}`
    if (stopping || running.has(work) || running.size >= atOnceMax) return
    const done = alone(options.locks, work, async () => await attempt(parts, job, id, complain))
    running.set(
      work,
      done.then(
        () => undefined,
        () => undefined
      )
    )
    await done.finally(() => running.delete(work))
  }

  const round = async (): Promise<void> => {
    if (Date.now() - schedulesAt >= schedulesEveryMs) {
      const schedules = await listSchedules(parts.sql)
      // Without Redis there is nothing to wake us but the round itself, which is enough.
      await queue.assertSchedules(schedules).then(
        () => (schedulesAt = Date.now()),
        () => undefined
      )
    }
    const due = await findDue(parts, jobs)
    for (const work of offeredAt.keys()) if (!due.has(work)) offeredAt.delete(work)
    for (const [work, { job, id }] of due) {
      if (running.has(work)) continue
      const since = offeredAt.get(work)
      if (since === undefined) offeredAt.set(work, Date.now())
      const waited = since !== undefined && Date.now() - since > options.patienceMs
      if (!waited && (await queue.offer(job.name, id))) continue
      perform(job, id).catch((error: unknown) => complain(`${work}: ${String(error)}`))
    }
  }

  queue.take(async (name, id) => {
    if (name === roundJob) return await round()
    const job = jobs.find((job) => job.name === name)
    if (job) await perform(job, id)
  })
  const loop = repeat(round, options, () => stopping)
  return {
    round,
    async stop() {
      stopping = true
      await queue.close()
      await Promise.all([loop, ...running.values()])
    }
  }
}

async function repeat(round: () => Promise<void>, options: WorkerOptions, stopped: () => boolean): Promise<void> {
  while (!stopped()) {
    await round().catch((error: unknown) => options.complain(`a round failed: ${String(error)}`))
    for (let waited = 0; waited < options.roundMs && !stopped(); waited += 100)
      await new Promise((done) => setTimeout(done, 100))
  }
}

async function findDue(parts: Parts, jobs: readonly Job[]): Promise<Map<string, { job: Job; id: string }>> {
  const now = parts.clock()
  const postponed = await listPostponed(parts.sql, now)
  const due = new Map<string, { job: Job; id: string }>()
  for (const job of jobs)
    for (const id of await job.due(parts, now)) {
      const work = `${job.name}:${id}`
      if (!postponed.has(work)) due.set(work, { job, id })
    }
  return due
}

/** A failure is written down and tried again later; a refusal is one too, because what it waits for may come to pass. */
async function attempt(parts: Parts, job: Job, id: string, complain: (problem: string) => void): Promise<void> {
  const work = `${job.name}:${id}`
  try {
    await job.perform(parts, id, parts.clock())
    await forgetPostponed(parts.sql, work)
  } catch (error) {
    const reason = error instanceof Refusal ? error.code : String(error)
    const attempts = await postpone(parts.sql, work, reason, parts.clock())
    const trace = error instanceof Error && !(error instanceof Refusal) ? `\n${error.stack}` : ''
    complain(`${work} failed (attempt ${attempts}): ${reason}${trace}`)
  }
}
