// Refunds as the API takes and shows them.
import { Type } from 'typebox'
import { FenSchema } from '../../../clearing/money.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { OverruleSchema } from '../changes/change-schemas.ts'
import { legsMax, passengersMax, RefundTerms, TicketNo } from '../ticketing-schemas.ts'

const closed = { additionalProperties: false } as const

export const RefundQuote = Type.Object({
  ticketNo: TicketNo,
  fee: FenSchema,
  amount: FenSchema,
  reason: Type.Enum(['passenger', 'carrier', 'void']),
  terms: RefundTerms
})
export type RefundQuote = Type.Static<typeof RefundQuote>

export const RefundQuoteRequest = Type.Object(
  { tickets: Type.Array(TicketNo, { minItems: 1, maxItems: passengersMax * legsMax, uniqueItems: true }) },
  closed
)

/** What several tickets of one order give together: each leg by its own carrier's rule. */
export const RefundQuotes = Type.Object({ items: Type.Array(RefundQuote), fee: FenSchema, amount: FenSchema })
export type RefundQuotes = Type.Static<typeof RefundQuotes>

export const RefundRequest = Type.Object(
  {
    tickets: Type.Array(TicketNo, { minItems: 1, maxItems: passengersMax * legsMax, uniqueItems: true }),
    amount: Type.Unsafe<number>({ ...FenSchema, description: '所见退款总额（分）；与现值不符则拒绝' }),
    overrule: Type.Optional(OverruleSchema),
    void: Type.Optional(Type.Boolean({ description: '废票：原售票员在限时内撤销自己的售票，全额退款' }))
  },
  closed
)
export type RefundRequest = Type.Static<typeof RefundRequest>

export const Refund = Type.Object({
  id: Type.String({ format: 'uuid' }),
  orderId: Type.String({ format: 'uuid' }),
  reason: Type.Enum(['passenger', 'carrier', 'void', 'late-payment', 'change', 'overrule', 'waitlist', 'claim']),
  amount: FenSchema,
  state: Type.Enum(['PAYING', 'PAID'], { description: 'PAYING 退款中，PAID 已退到账' }),
  askedAt: Instant,
  paidAt: Type.Union([Instant, Type.Null()]),
  tickets: Type.Array(Type.Object({ ticketNo: TicketNo, fee: FenSchema, amount: FenSchema }))
})
export type Refund = Type.Static<typeof Refund>
