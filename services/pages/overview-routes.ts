// GET /v1/overview: what the platform carries at this moment, for anybody.
import { calendarDay } from '../../clearing/business-day.ts'
import type { App, Parts } from '../parts.ts'
import { findOverview } from './overview-queries.ts'
import { Overview } from './overview-schemas.ts'

export function overviewRoutes(app: App, { sql, config, clock }: Parts): void {
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
    async () => ({ ...(await findOverview(sql, calendarDay(clock()))), sample: config.sample })
  )
}
