// The landing page's figures as the API shows them.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../clearing/business-day.ts'
import { FenSchema } from '../../clearing/money.ts'

export const Overview = Type.Object({
  stations: Type.Integer({ description: '客运站' }),
  ports: Type.Integer({ description: '港口' }),
  lines: Type.Integer({ description: '线路' }),
  departuresToday: Type.Integer({ description: '今日班次，不含停班' }),
  departuresAhead: Type.Integer({ description: '其中尚未开出' }),
  ticketsToday: Type.Integer({ description: '今日售出的客票，含已退' }),
  transactionsCleared: Type.Integer({ description: '已结算的刷卡交易，含地铁进站' }),
  amountCleared: FenSchema,
  lastPublishedDay: Type.Union([BusinessDaySchema, Type.Null()], { description: '最近发布结算单的清算日' }),
  sample: Type.Boolean({ description: '示例省份' })
})
export type Overview = Type.Static<typeof Overview>
