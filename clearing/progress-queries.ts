// How far long work has come, in SQL, so that the page, the API and the command line read the same figure.
import type { Database, Queryable } from './database.ts'

export interface Progress {
  /** 'file:ID', 'settle:DAY', 'publish:DAY' */
  work: string
  stage: string
  /** In units of the work: bytes of a file, steps of a night. */
  done: number
  total: number
  detail: string
  state: 'running' | 'done' | 'failed'
  startedAt: Date
  updatedAt: Date
}

export interface ProgressReporter {
  /** Keeps the latest figures; they reach the database at most twice a second. */
  at(stage: string, done: number): void
  end(state: 'done' | 'failed', detail?: string): Promise<void>
}

const reportEveryMs = 500

/** Begins (or begins again) a piece of work. The rate is (done / (updatedAt - startedAt)). */
export async function startProgress(sql: Database, work: string, total: number): Promise<ProgressReporter> {
  await sql`
    insert into progress (work, stage, total) values (${work}, 'start', ${total})
    on conflict (work) do update set stage = 'start', done = 0, total = excluded.total, detail = '', state = 'running',
      started_at = now(), updated_at = now()`
  let latest = { stage: 'start', done: 0 }
  let reportedAt = Date.now()
  let pending: Promise<unknown> = Promise.resolve()
  return {
    at(stage, done) {
      latest = { stage, done }
      if (Date.now() - reportedAt < reportEveryMs) return
      reportedAt = Date.now()
      // A figure that could not be written is followed by the next one; the work itself will meet the same fault.
      pending = saveProgress(sql, work, latest).catch(() => undefined)
    },
    async end(state, detail = '') {
      await pending
      await sql`
        update progress set stage = ${latest.stage}, done = ${latest.done}, detail = ${detail}, state = ${state},
          updated_at = now()
        where work = ${work}`
    }
  }
}

async function saveProgress(sql: Database, work: string, latest: { stage: string; done: number }): Promise<void> {
  await sql`
    update progress set stage = ${latest.stage}, done = ${latest.done}, updated_at = now()
    where work = ${work} and state = 'running'`
}

export async function findProgress(sql: Queryable, work: string): Promise<Progress | undefined> {
  const [row] = await sql<Progress[]>`
    select work, stage, done, total, detail, state, started_at, updated_at from progress where work = ${work}`
  return row
}

/** Running work first, then the latest. */
export async function listProgress(sql: Queryable, limit: number): Promise<Progress[]> {
  return await sql<Progress[]>`
    select work, stage, done, total, detail, state, started_at, updated_at from progress
    order by state = 'running' desc, updated_at desc limit ${limit}`
}
