import { Redis } from 'ioredis'
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest'
import { connect, type Database } from '../../clearing/database.ts'
import { createTestApp } from '../test-app.ts'
import { openJobQueue } from './job-queue.ts'
import { startWorker, type Job, type RunningWorker } from './worker-rounds.ts'

const { parts, time } = await createTestApp()
const { sql } = parts
await sql`create table chore (id text primary key, due_at timestamptz not null default now(), done integer not null default 0, at_once integer not null default 0, at_once_max integer not null default 0)`

const redisUrl = `${inject('redisUrl')}/9`
const nowhere = 'redis://127.0.0.1:1'
const redis = new Redis(redisUrl)
afterAll(() => redis.disconnect())

/** Notes in SQL how often a chore was done and how many were at it at the same time. */
const choreJob: Job = {
  name: 'chore',
  due: async () => (await sql`select id from chore where done = 0 order by id`).map((row) => row['id'] as string),
  async perform(_parts, id) {
    await sql`update chore set at_once = at_once + 1, at_once_max = greatest(at_once_max, at_once + 1) where id = ${id}`
    await new Promise((done) => setTimeout(done, 20))
    await sql`update chore set at_once = at_once - 1, done = done + 1 where id = ${id}`
  }
}

const running: { worker: RunningWorker; locks: Database }[] = []
function start(url: string, job: Job = choreJob, patienceMs = 300): RunningWorker {
  const queue = openJobQueue(url, () => undefined)
  const locks = connect(parts.config.databaseUrl, { max: 1 })
  const complain = () => undefined
  const worker = startWorker(parts, { jobs: [job], queue, locks, complain, roundMs: 100, patienceMs })
  running.push({ worker, locks })
  return worker
}

afterEach(async () => {
  for (const { worker, locks } of running.splice(0)) {
    await worker.stop()
    await locks.end()
  }
  await redis.flushall()
  await sql`truncate chore`
  await sql`truncate postponed_work`
})

const addChores = async (count: number) =>
  await sql`insert into chore (id) select to_char(n, 'FM0000') from generate_series(1, ${count}) n`

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it never came to be')
    await new Promise((done) => setTimeout(done, 25))
  }
}
const allDone = async () => (await sql`select 1 from chore where done = 0`).length === 0
const chores = async () => await sql`select done, at_once_max from chore`

describe('a worker', () => {
  it('finds what is due in SQL and does it', async () => {
    await addChores(20)
    start(redisUrl)
    await until(allDone)
    expect(new Set((await chores()).map((row) => row['done']))).toEqual(new Set([1]))
  })

  it('does everything although Redis is wiped again and again', async () => {
    await addChores(60)
    start(redisUrl)
    start(redisUrl)
    const wiping = setInterval(() => void redis.flushall(), 30)
    await until(allDone)
    clearInterval(wiping)
  })

  it('does everything although there is no Redis at all', async () => {
    await addChores(10)
    start(nowhere)
    await until(allDone)
  })

  it('is never at a piece of work while another worker is', async () => {
    await addChores(20)
    for (const url of [redisUrl, redisUrl, nowhere]) start(url, choreJob, 0)
    await until(allDone)
    expect(new Set((await chores()).map((row) => row['atOnceMax']))).toEqual(new Set([1]))
  })

  it('puts off what fails, notes why, and does it later', async () => {
    await addChores(1)
    let failures = 0
    start(redisUrl, {
      ...choreJob,
      async perform(...given) {
        if (failures++ === 0) throw new Error('no luck')
        await choreJob.perform(...given)
      }
    })
    await until(async () => (await sql`select 1 from postponed_work`).length === 1)
    const [row] = await sql`select work, attempts, reason, next_at > ${time.now} as later from postponed_work`
    expect(row).toEqual({ work: 'chore:0001', attempts: 1, reason: 'Error: no luck', later: true })
    time.now = new Date(time.now.getTime() + 60_000)
    await until(allDone)
    await until(async () => (await sql`select 1 from postponed_work`).length === 0)
  })

  it('puts the schedules of SQL into Redis', async () => {
    start(redisUrl)
    await until(async () => (await redis.keys('bull:lingnan:repeat:clearing-cut*')).length > 0)
  })

  it('holds nobody up who gives it a hint while Redis is away', () => {
    const queue = openJobQueue(nowhere, () => undefined)
    queue.hint('chore', '0001')
    return queue.close()
  })
})
