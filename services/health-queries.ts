// What /healthz asks the database.
import type { Queryable } from '../clearing/database.ts'

export interface SampleProgress {
  stage: string
  state: 'running' | 'done' | 'failed'
  done: number
  total: number
}

/** How far the sample province is; null when nobody has started it. */
export async function findSampleProgress(sql: Queryable): Promise<SampleProgress | null> {
  const [row] = await sql<SampleProgress[]>`
    select stage, state, done, total from progress where work = 'sample-province'`
  return row ?? null
}
