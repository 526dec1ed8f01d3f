// What the clearing desk shows. Amounts in fen; codes are the interface's own (card-files/error-codes.ts).
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../clearing/business-day.ts'
import { FenSchema, SignedFenSchema } from '../../clearing/money.ts'
import { ClearingDay } from '../../clearing/settlement/settlement-schemas.ts'

export const Instant = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))
const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])
const Count = Type.Integer({ minimum: 0 })

export const DeskDay = Type.Object({
  ...ClearingDay.properties,
  files: Count,
  lines: Count,
  accepted: Count,
  rejected: Count,
  amount: FenSchema
})

export const DeskFile = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  format: Type.String(),
  sender: orNull(Type.String({ description: '机构代码' })),
  senderName: orNull(Type.String()),
  size: Type.Integer({ description: '字节' }),
  digest: Type.String({ description: 'SM3，十六进制' }),
  signatureState: Type.Enum(['absent', 'valid', 'invalid']),
  state: Type.Enum(['loading', 'accepted', 'refused']),
  code: Type.String({ description: '文件级返回码；000000 为受理' }),
  detail: Type.String(),
  lines: Count,
  accepted: Count,
  rejected: Count,
  amount: FenSchema,
  receivedAt: Instant,
  acceptedAt: orNull(Instant),
  clearingDay: orNull(BusinessDaySchema)
})

export const RejectCount = Type.Object({
  code: Type.String(),
  text: Type.String({ description: '中文说明' }),
  textEn: Type.String(),
  count: Count
})

export const RejectedLine = Type.Object({
  lineNumber: Count,
  byteOffset: Count,
  code: Type.String(),
  detail: Type.String()
})

export const Position = Type.Object({
  participant: Type.String({ description: '机构代码' }),
  name: Type.String(),
  role: Type.String(),
  income: FenSchema,
  expense: FenSchema,
  net: SignedFenSchema
})

export const Total = Type.Object({
  acquirer: Type.String(),
  acquirerName: Type.String(),
  issuer: Type.String(),
  issuerName: Type.String(),
  service: Type.Integer({ description: '1 公交 2 地铁 3 自行车 4 出租 5 有轨电车 6 轮渡 8 停车 0 其他' }),
  transactions: Count,
  entries: Type.Integer({ minimum: 0, description: '进站笔数，不计金额' }),
  amount: Type.Unsafe<number>(Type.Integer({ description: '实收金额（分）' })),
  price: Type.Unsafe<number>(Type.Integer({ description: '优惠前应收金额（分）' })),
  fee: Type.String({ description: '手续费（分，精确到小数）' })
})

export const Published = Type.Object({
  id: Type.Integer(),
  day: BusinessDaySchema,
  participant: Type.String(),
  participantName: Type.String(),
  kind: Type.String({ description: 'LD、FB、CL、CR、BP、statement、paper、workbook、summary、transactions' }),
  part: Type.Integer(),
  name: Type.String(),
  size: Count,
  lines: Count,
  digest: Type.String({ description: 'SM3，十六进制' }),
  publishedAt: Instant
})

export const ShownProgress = Type.Object({
  work: Type.String({ description: 'file:编号、settle:日期、publish:日期' }),
  stage: Type.String(),
  state: Type.Enum(['running', 'done', 'failed']),
  done: Count,
  total: Count,
  percent: Type.Number(),
  perSecond: Type.Number(),
  secondsLeft: orNull(Type.Number()),
  detail: Type.String(),
  startedAt: Instant,
  updatedAt: Instant
})

export const ShownArrival = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  source: Type.Enum(['inbox', 'api', 'transfer']),
  size: Count,
  digest: orNull(Type.String({ description: 'SM3，十六进制' })),
  state: Type.Enum(['waiting', 'taken', 'refused']),
  fileId: orNull(Type.Integer()),
  code: orNull(Type.String()),
  receivedAt: Instant,
  finishedAt: orNull(Instant)
})

export const PostponedWork = Type.Object({
  work: Type.String(),
  attempts: Count,
  reason: Type.String(),
  nextAt: Instant
})
