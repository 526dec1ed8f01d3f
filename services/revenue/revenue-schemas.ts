// Balances, statements and reconciliations as the API shows them.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../clearing/business-day.ts'
import { SignedFenSchema } from '../../clearing/money.ts'
import { TicketNo } from '../ticketing/ticketing-schemas.ts'
import { Instant } from '../timetable/timetable-schemas.ts'
import { differenceKinds, reconciledStates } from './reconciling/reconcile-rules.ts'

export const PartyCode = Type.String({
  pattern: '^(carrier|station|channel|platform)-[0-9A-Z]{1,20}$',
  description: '清分方：carrier-承运人、station-站点、channel-渠道、platform-1'
})

export const PartyBalance = Type.Object({
  party: PartyCode,
  account: Type.String({ description: 'receivable 应收/预存，unearned 未结，earned 已结，bank 银行' }),
  balance: Type.Unsafe<number>({ ...SignedFenSchema, description: '正数为平台应付该方（分）' })
})

export const ShownStatement = Type.Object({
  party: PartyCode,
  name: Type.String(),
  number: Type.Integer({ description: '每方连续编号' }),
  day: BusinessDaySchema,
  lines: Type.Integer(),
  net: SignedFenSchema,
  digest: Type.String({ description: 'SM3' }),
  publishedAt: Instant
})

const TicketDay = Type.Union([
  Type.Object({ state: Type.Enum([...reconciledStates]), amount: SignedFenSchema }),
  Type.Null()
])

export const ShownReconciliation = Type.Object({
  id: Type.String({ format: 'uuid' }),
  party: PartyCode,
  day: BusinessDaySchema,
  digest: Type.String({ description: 'SM3' }),
  lines: Type.Integer({ description: '对方行数' }),
  agreed: Type.Integer({ description: '一致的客票数' }),
  receivedAt: Instant,
  differences: Type.Array(
    Type.Object({
      ticketNo: TicketNo,
      kind: Type.Enum([...differenceKinds], { description: '仅我方、仅对方、金额不符、状态不符' }),
      ours: TicketDay,
      theirs: TicketDay
    })
  )
})

export const ReconciliationSummary = Type.Object({
  ...Type.Omit(ShownReconciliation, ['differences', 'digest']).properties,
  counts: Type.Array(Type.Object({ kind: Type.Enum([...differenceKinds]), count: Type.Integer() }), {
    description: '各类差异的条数'
  })
})
