// Payments, lines of the bank, suspense and reserves as the API shows them.
import { Type } from 'typebox'
import { BusinessDaySchema, type BusinessDay } from '../business-day.ts'
import { FenSchema, SignedFenSchema } from '../money.ts'
import { explanations, type Explanation } from './payment-rules.ts'

const Instant = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))
const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

export const PaymentRun = Type.Object({
  day: BusinessDaySchema,
  preparedAt: Instant,
  maker: orNull(Type.String({ description: '经办' })),
  releasedAt: orNull(Instant),
  checker: orNull(Type.String({ description: '复核' })),
  approvedAt: orNull(Instant)
})
export type PaymentRun = Type.Static<typeof PaymentRun>

export const Reconciled = Type.Object({
  instruction: Type.Integer(),
  participant: Type.String({ description: '机构代码' }),
  name: Type.String(),
  fromDay: BusinessDaySchema,
  dueOn: Type.Unsafe<BusinessDay>(Type.String({ format: 'date', description: '付款日（节假日顺延）' })),
  ledger: SignedFenSchema,
  amount: SignedFenSchema,
  bank: orNull(SignedFenSchema),
  explanation: Type.Enum(Object.keys(explanations) as Explanation[]),
  chinese: Type.String(),
  english: Type.String()
})
export type Reconciled = Type.Static<typeof Reconciled>

export const SuspenseItem = Type.Object({
  id: Type.Integer({ description: '银行流水编号' }),
  reference: Type.String({ description: '银行流水号' }),
  purpose: Type.String(),
  counterparty: Type.String(),
  amount: SignedFenSchema,
  valueOn: BusinessDaySchema,
  reason: Type.Enum(['unknown-purpose', 'other-amount', 'paid-twice'], { description: '用途不明、金额不符、重复' }),
  ageDays: Type.Integer({ description: '挂账天数' }),
  alarm: Type.Boolean(),
  action: orNull(Type.Enum(['assign', 'return', 'write-off'], { description: '归入付款指令、退回、核销' })),
  instruction: orNull(Type.Integer()),
  maker: orNull(Type.String()),
  checker: orNull(Type.String()),
  clearedAt: orNull(Instant)
})
export type SuspenseItem = Type.Static<typeof SuspenseItem>

export const Reserve = Type.Object({
  participant: Type.String({ description: '机构代码' }),
  name: Type.String(),
  cycle: Type.Enum(['daily', 'monthly'], { description: '按日、按月结算' }),
  balance: SignedFenSchema,
  required: FenSchema,
  topUp: FenSchema,
  notifiedAt: orNull(Instant)
})
export type Reserve = Type.Static<typeof Reserve>
