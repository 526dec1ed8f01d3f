// GET /healthz: 200 once everything, the sample day included, is ready to be used; 503 with the progress until then.
import type { App, Parts } from './parts.ts'
import { findSampleProgress } from './health-queries.ts'
import { refuse } from './refusals.ts'

export function healthRoutes(app: App, { sql, config }: Parts): void {
  app.get('/healthz', { logLevel: 'warn' }, async () => {
    const sample = await findSampleProgress(sql).catch(() => {
      throw refuse('starting', { database: 'down' })
    })
    if (config.sample && sample?.state !== 'done') throw refuse('starting', { sample: sample ?? 'not begun' })
    return { status: 'ready' }
  })
}
