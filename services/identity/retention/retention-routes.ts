// /v1/retention-clocks: how long what is kept, and publishing a change that is no shorter than the law.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import { addDays, calendarDay } from '../../../clearing/business-day.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { ClockRequest, RetentionClock } from '../identity-schemas.ts'
import { findRetentionClocks, insertRetentionClock } from './retention-queries.ts'

const tags = ['实名 Identity']

export function retentionRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/retention-clocks',
    {
      config: { permit: 'anyone' },
      schema: { tags, summary: '保存期限 How long what is kept', response: { 200: Type.Array(RetentionClock) } }
    },
    async () => await findRetentionClocks(sql, calendarDay(clock()))
  )

  app.post(
    '/v1/retention-clocks',
    {
      config: { permit: 'audit-identity' },
      schema: {
        tags,
        summary: '变更保存期限 Change a clock from a day on',
        body: ClockRequest,
        response: { 201: RetentionClock, ...problems('clock-exists', 'retention-below-law', 'retention-too-early') }
      }
    },
    async (request, reply) => {
      const { subject, validFrom, days } = request.body
      const today = calendarDay(clock())
      if (validFrom < addDays(today, 1)) throw refuse('retention-too-early')
      const { floorDays } = (await findRetentionClocks(sql, today)).find((row) => row.subject === subject)!
      if (days < floorDays) throw refuse('retention-below-law', { floorDays })
      const { role, accountId } = sessionOf(request)
      const published = { publishedAt: clock(), publishedBy: `${role}:${accountId}` }
      const row = { ...request.body, floorDays, ...published }
      if (!(await insertRetentionClock(sql, row))) throw refuse('clock-exists')
      return reply.code(201).send(row)
    }
  )
}
