// GET /healthz: 200 once everything, the sample day included, is ready to be used; 503 with the progress until then.
import { findProgress } from '../clearing/progress-queries.ts'
import type { App, Parts } from './parts.ts'
import { refuse } from './refusals.ts'

/** The piece of work in `progress` that brings the sample province up. */
export const sampleProvinceWork = 'sample-province'

export function healthRoutes(app: App, { sql, config }: Parts): void {
  app.get('/healthz', { logLevel: 'warn' }, async () => {
    const sample = await findProgress(sql, sampleProvinceWork).catch(() => {
      throw refuse('starting', { database: 'down' })
    })
    if (config.sample && sample?.state !== 'done')
      throw refuse('starting', { stage: sample?.stage ?? '', done: sample?.done ?? 0, total: sample?.total ?? 0 })
    return { status: 'ready' }
  })
}
