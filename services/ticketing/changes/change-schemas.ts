// Changes as the API takes and shows them.
import { Type } from 'typebox'
import { FenSchema, SignedFenSchema } from '../../../clearing/money.ts'
import { PlaceCode } from '../../network/network-schemas.ts'
import { CabinCode, Instant } from '../../timetable/timetable-schemas.ts'
import { departureId, orderStates, passengersMax, TicketNo } from '../ticketing-schemas.ts'
import { overruleCodes } from './overrule-rules.ts'

const closed = { additionalProperties: false } as const

export const OverruleSchema = Type.Object(
  {
    code: Type.Enum([...overruleCodes]),
    note: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', description: '事由，记入客票履历' })
  },
  { ...closed, description: '免费办理的事由；须有 overrule-terms 权限' }
)

const target = {
  tickets: Type.Array(TicketNo, {
    minItems: 1,
    maxItems: passengersMax,
    uniqueItems: true,
    description: '同一订单同一程的客票，可为其中一部分旅客'
  }),
  departure: departureId,
  from: PlaceCode,
  to: PlaceCode,
  cabin: Type.Optional(Type.Unsafe<string>({ ...CabinCode, description: '舱位等级；不填则与原票同等' })),
  overrule: Type.Optional(OverruleSchema)
}

export const ChangeQuoteRequest = Type.Object(target, closed)
export type ChangeQuoteRequest = Type.Static<typeof ChangeQuoteRequest>

export const causes = ['passenger', 'carrier', 'overrule'] as const
const Due = Type.Unsafe<number>({
  ...SignedFenSchema,
  description: '应补款（分）；负数为应退款。为票价差与手续费之和'
})

const ChangedTicket = Type.Object({
  ticketNo: TicketNo,
  fare: Type.Unsafe<number>({ ...FenSchema, description: '新票票价（分）' }),
  difference: Type.Unsafe<number>({ ...SignedFenSchema, description: '票价差（分）' }),
  fee: FenSchema
})

export const ChangeQuote = Type.Object({
  cause: Type.Enum([...causes], { description: 'carrier 承运人原因、overrule 按事由：免手续费，票价高出部分不补' }),
  due: Due,
  tickets: Type.Array(ChangedTicket),
  holdMinutes: Type.Integer({ description: '须补款时为您保留的分钟数' })
})
export type ChangeQuote = Type.Static<typeof ChangeQuote>

export const ChangeRequest = Type.Object(
  {
    ...target,
    due: Type.Unsafe<number>({ ...SignedFenSchema, description: '所见应补款（分）；与现值不符则拒绝' }),
    counter: Type.Optional(
      Type.Object(
        { place: PlaceCode, window: Type.Integer({ minimum: 1, maximum: 99 }) },
        { ...closed, description: '窗口办理时的车站与窗口' }
      )
    )
  },
  closed
)
export type ChangeRequest = Type.Static<typeof ChangeRequest>

export const Change = Type.Object({
  id: Type.String({ format: 'uuid', description: '也是新票的订单号；须补款时按订单支付' }),
  fromOrder: Type.String({ format: 'uuid' }),
  state: Type.Enum([...orderStates], { description: 'LOCKED 待补款，原票仍有效；ISSUED 已改签' }),
  cause: Type.Enum([...causes]),
  due: Due,
  fee: FenSchema,
  difference: SignedFenSchema,
  holdUntil: Instant,
  tickets: Type.Array(
    Type.Object({
      old: TicketNo,
      new: Type.Union([TicketNo, Type.Null()], { description: '出票后才有' }),
      fee: FenSchema,
      difference: SignedFenSchema
    })
  )
})
export type Change = Type.Static<typeof Change>
