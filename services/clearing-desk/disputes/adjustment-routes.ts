// /v1/clearing/days/:day/adjustments: re-opening a published day, and settling and publishing what came late or was corrected.
import { Type } from 'typebox'
import { listRuns } from '../../../clearing/adjustments/adjustment-queries.ts'
import { AdjustmentRun } from '../../../clearing/adjustments/adjustment-schemas.ts'
import { openAdjustment } from '../../../clearing/adjustments/open-adjustment.ts'
import { settleAdjustment } from '../../../clearing/adjustments/settle-adjustment.ts'
import { BusinessDaySchema } from '../../../clearing/business-day.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { dayOf } from '../day-routes.ts'

const tags = ['清分台 Clearing desk']
const config = { permit: 'run-clearing-day' } as const
const params = Type.Object({ day: BusinessDaySchema })

export function adjustmentRoutes(app: App, { sql, context, clock, queue }: Parts): void {
  app.get(
    '/v1/clearing/days/:day/adjustments',
    {
      config: { permit: 'read-clearing' },
      schema: {
        tags,
        summary: '调账 Adjustments of a day',
        params,
        response: { 200: Type.Array(AdjustmentRun), ...problems('day-malformed') }
      }
    },
    async ({ params }) => await listRuns(sql, dayOf(params))
  )

  const body = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 100 }) }, { additionalProperties: false })
  app.post(
    '/v1/clearing/days/:day/adjustments',
    {
      config,
      schema: {
        tags,
        summary: '重开已发布的清算日 Re-open a published day for adjustment',
        params,
        body,
        response: {
          200: AdjustmentRun,
          ...problems('day-malformed', 'clearing-day-not-found', 'clearing-day-not-published')
        }
      }
    },
    async ({ params, body }) => await openAdjustment({ sql }, dayOf(params), { ...body, now: clock() })
  )

  app.post(
    '/v1/clearing/days/:day/adjustments/:number/settle',
    {
      config,
      schema: {
        tags,
        summary: '结算调账；发布由后台进行 Settle an adjustment; a worker publishes it',
        params: Type.Object({ day: BusinessDaySchema, number: Type.Integer({ minimum: 1, maximum: 32_767 }) }),
        response: {
          200: AdjustmentRun,
          ...problems('day-malformed', 'adjustment-not-found', 'agreement-missing', 'settlement-sums-differ')
        }
      }
    },
    async ({ params }) => {
      const day = dayOf(params)
      const settled = await settleAdjustment(context, day, { number: params.number, now: clock() })
      queue.hint('adjust-day', `${day}/${params.number}`)
      return settled
    }
  )
}
