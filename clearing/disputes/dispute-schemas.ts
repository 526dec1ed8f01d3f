// A dispute about one transaction, as flows hand it on and the API shows it.
import { Type } from 'typebox'
import { BusinessDaySchema, type BusinessDay } from '../business-day.ts'

const Instant = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))
const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

export const Dispute = Type.Object(
  {
    id: Type.Integer(),
    kind: Type.String({ description: '差错类型（本地定义）' }),
    reason: Type.String({ description: '原因码（本地定义）' }),
    transaction: Type.String({ description: '交易号 文件编号:行号' }),
    day: BusinessDaySchema,
    serial: Type.Integer({ description: '清分流水号' }),
    acquirer: Type.String(),
    issuer: Type.String(),
    service: Type.Integer(),
    amount: Type.Integer({ description: '调整前金额（分）' }),
    adjustedAmount: Type.Integer({ description: '调整后金额（分）' }),
    raisedBy: Type.String({ description: '发起方' }),
    answeredBy: Type.String({ description: '应答方' }),
    state: Type.Enum(['raised', 'agreed', 'declined', 'proposed', 'booked', 'answered'], {
      description: '待应答、已同意、不同意、待复核、已记账、已答复（不涉及金额）'
    }),
    lapsed: Type.Boolean({ description: '逾期未答，按规则处理' }),
    raisedAt: Instant,
    answerDue: Instant,
    answeredAt: orNull(Instant),
    maker: orNull(Type.String({ description: '经办' })),
    checker: orNull(Type.String({ description: '复核' })),
    adjustment: orNull(Type.Integer({ description: '归入该清算日第几次调账' }))
  },
  { additionalProperties: false }
)
export type Dispute = Type.Static<typeof Dispute>

export interface DisputeEvent {
  at: Date
  event: 'raised' | 'agreed' | 'declined' | 'lapsed' | 'proposed' | 'booked'
  /** Participant code, or the name of a person of the centre. */
  by: string
  detail: string
}

export interface NewDispute {
  kind: string
  reason: string
  fileId: number
  lineNumber: number
  day: BusinessDay
  serial: number
  acquirer: number
  issuer: number
  service: number
  agreement: number
  amount: number
  adjustedAmount: number
  raisedBy: number
  answeredBy: number
  raisedAt: Date
  answerDue: Date
}
