// GET /v1/overview: what the platform carries at this moment, for anybody.
import { Type } from 'typebox'
import { BusinessDaySchema, calendarDay } from '../../clearing/business-day.ts'
import { FenSchema } from '../../clearing/money.ts'
import type { App, Parts } from '../parts.ts'
import { findOverview } from './overview-queries.ts'

const Overview = Type.Object({
  stations: Type.Integer({ description: '客运站' }),
  ports: Type.Integer({ description: '港口' }),
  lines: Type.Integer({ description: '线路' }),
  departuresToday: Type.Integer({ description: '今日班次，不含停班' }),
  transactionsCleared: Type.Integer({ description: '已结算的刷卡交易，含地铁进站' }),
  amountCleared: FenSchema,
  lastPublishedDay: Type.Union([BusinessDaySchema, Type.Null()], { description: '最近发布结算单的清算日' }),
  sample: Type.Boolean({ description: '示例省份' })
})
export type Overview = Type.Static<typeof Overview>

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
