// What a worker asks the database about its own work: who is at it, what was put off, when it is to be woken.
import type { Database, Queryable } from '../../clearing/database.ts'
import type { Schedule } from './job-queue.ts'

/**
 * Runs the work unless another process is at it; false when one is. `locks` is a pool of one connection, which holds the locks of
 * this process: they are gone the moment a killed process's connection is, without any time-out to wait for.
 */
export async function alone(locks: Database, work: string, run: () => Promise<void>): Promise<boolean> {
  const [row] = await locks<{ mine: boolean }[]>`select pg_try_advisory_lock(7236005, hashtext(${work})) as mine`
  if (!row!.mine) return false
  try {
    await run()
    return true
  } finally {
    await locks`select pg_advisory_unlock(7236005, hashtext(${work}))`.catch(() => undefined)
  }
}

export async function listPostponed(sql: Queryable, now: Date): Promise<Set<string>> {
  const rows = await sql<{ work: string }[]>`select work from postponed_work where next_at > ${now}`
  return new Set(rows.map(({ work }) => work))
}

/** Twice as long after each failure, from two seconds to five minutes. */
export async function postpone(sql: Queryable, work: string, reason: string, now: Date): Promise<number> {
  const [row] = await sql<{ attempts: number }[]>`
    insert into postponed_work as before (work, attempts, reason, next_at)
    values (${work}, 1, ${reason}, ${now}::timestamptz + interval '2 seconds')
    on conflict (work) do update set attempts = before.attempts + 1, reason = excluded.reason,
      next_at = ${now}::timestamptz + least(interval '5 minutes', interval '2 seconds' * 2 ^ least(before.attempts, 10))
    returning attempts`
  return row!.attempts
}

export async function forgetPostponed(sql: Queryable, work: string): Promise<void> {
  await sql`delete from postponed_work where work = ${work}`
}

export async function listSchedules(sql: Queryable): Promise<Schedule[]> {
  return await sql<Schedule[]>`select name, pattern from schedule order by name`
}
