// What a participant's portal shows.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../../clearing/business-day.ts'
import { ExactFenSchema, FenSchema, SignedFenSchema } from '../../../clearing/money.ts'

const Instant = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))
const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

export const Self = Type.Object({
  code: Type.String({ description: '机构代码' }),
  name: Type.String(),
  role: Type.String()
})

export const OwnDay = Type.Object({
  day: BusinessDaySchema,
  state: Type.String(),
  number: orNull(Type.Integer({ description: '结算单号' })),
  income: FenSchema,
  expense: FenSchema,
  adjusted: SignedFenSchema
})

export const OwnTotal = Type.Object({
  acquirer: Type.String(),
  acquirerName: Type.String(),
  issuer: Type.String(),
  issuerName: Type.String(),
  service: Type.Integer(),
  transactions: Type.Integer(),
  entries: Type.Integer(),
  amount: FenSchema,
  price: FenSchema,
  fee: ExactFenSchema,
  acquirerFee: ExactFenSchema,
  issuerFee: ExactFenSchema
})

export const OwnStatement = Type.Object({
  id: Type.Integer(),
  day: BusinessDaySchema,
  adjustment: Type.Integer({ description: '0 为当日，其余为第几次调账' }),
  kind: Type.String(),
  name: Type.String(),
  size: Type.Integer(),
  lines: Type.Integer(),
  digest: Type.String({ description: 'SM3，十六进制' }),
  receivedAt: orNull(Instant)
})

export const OwnLine = Type.Object({
  id: Type.String({ description: '文件编号:行号' }),
  occurredAt: Instant,
  amount: FenSchema,
  price: FenSchema,
  entry: Type.Boolean()
})

export const OwnFile = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  state: Type.String(),
  code: Type.String(),
  detail: Type.String(),
  lines: Type.Integer(),
  accepted: Type.Integer(),
  rejected: Type.Integer(),
  amount: FenSchema,
  receivedAt: Instant,
  clearingDay: orNull(BusinessDaySchema)
})

export const OwnReject = Type.Object({
  lineNumber: Type.Integer(),
  byteOffset: Type.Integer(),
  code: Type.String(),
  reason: Type.String(),
  detail: Type.String()
})

export const OwnDispute = Type.Object({
  id: Type.Integer(),
  kind: Type.String(),
  reason: Type.String(),
  transaction: Type.String({ description: '文件编号:行号' }),
  day: BusinessDaySchema,
  amount: FenSchema,
  adjustedAmount: FenSchema,
  raisedBy: Type.String(),
  answeredBy: Type.String(),
  state: Type.String(),
  answerDue: Instant
})
