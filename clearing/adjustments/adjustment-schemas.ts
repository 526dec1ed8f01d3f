// An adjustment of a published day, as flows hand it on and the API shows it.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../business-day.ts'

const Instant = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))

export const AdjustmentRun = Type.Object(
  {
    id: Type.Integer(),
    day: BusinessDaySchema,
    number: Type.Integer({ minimum: 1, description: '该清算日第几次调账' }),
    reason: Type.String(),
    state: Type.Enum(['open', 'closing', 'settled', 'published'], {
      description: '调账状态：受理中、截止中、已结算、已发布'
    }),
    openedAt: Instant,
    settledAt: Type.Union([Instant, Type.Null()], { description: '记账时间；起息日为清算日' }),
    publishedAt: Type.Union([Instant, Type.Null()])
  },
  { additionalProperties: false }
)
export type AdjustmentRun = Type.Static<typeof AdjustmentRun>
