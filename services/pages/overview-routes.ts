// GET /v1/overview: what the platform carries at this moment, for anybody.
import { calendarDay } from '../../clearing/business-day.ts'
import type { App, Parts } from '../parts.ts'
import { findOverview } from './overview-queries.ts'
import { Overview } from './overview-schemas.ts'

/** However many look at the landing page, its sums are made anew only so often. */
const freshMs = 5000

export function overviewRoutes(app: App, { sql, config, clock }: Parts): void {
  let known: { at: number; figures: ReturnType<typeof findOverview> } | null = null
  app.get(
    '/v1/overview',
    {
      config: { permit: 'anyone' },
      schema: {
        tags: ['概览 Overview'],
        summary: '平台概览 The platform in figures',
        response: { 200: Overview }
      }
    },
    async () => {
      const now = clock()
      if (!known || Math.abs(now.getTime() - known.at) >= freshMs) {
        const made = { at: now.getTime(), figures: findOverview(sql, calendarDay(now), now) }
        known = made
        // A failure is told to those who waited for it, and is not remembered.
        made.figures.catch(() => {
          if (known === made) known = null
        })
      }
      return { ...(await known.figures), sample: config.sample }
    }
  )
}
