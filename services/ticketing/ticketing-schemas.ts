// Quotes, orders, tickets and refunds as the API takes and shows them.
import { Type } from 'typebox'
import { FenSchema } from '../../clearing/money.ts'
import { DocumentSchema, ShownIdentity } from '../identity/identity-schemas.ts'
import { Id, Mode, PlaceCode } from '../network/network-schemas.ts'
import { departureStates, Instant } from '../timetable/timetable-schemas.ts'
import { couponStates } from './coupon-rules.ts'
import { fareKinds } from './fare-rules.ts'

const closed = { additionalProperties: false } as const
export const passengersMax = 20

export const TicketNo = Type.String({ pattern: '^[0-9]{11}[A-Z][0-9]{8}$', description: '客票号（20位）' })
export const FareKindSchema = Type.Enum([...fareKinds], { description: 'full 全票，half 半票，free 免费儿童' })

const Journey = {
  departure: Type.Integer({ ...Id, description: '班次标识，来自班次查询' }),
  from: PlaceCode,
  to: PlaceCode
}

export const QuoteRequest = Type.Object(
  { ...Journey, fares: Type.Array(FareKindSchema, { minItems: 1, maxItems: passengersMax }) },
  closed
)
export type QuoteRequest = Type.Static<typeof QuoteRequest>

export const RefundTerms = Type.Object({ code: Type.String(), name: Type.String({ description: '退票规定' }) })
export type RefundTerms = Type.Static<typeof RefundTerms>

export const Quote = Type.Object({
  places: Type.Array(Type.Object({ fareKind: FareKindSchema, fare: FenSchema, serviceFee: FenSchema })),
  total: FenSchema,
  holdMinutes: Type.Integer({ description: '下单后为您保留的分钟数' }),
  refund: RefundTerms
})
export type Quote = Type.Static<typeof Quote>

export const PassengerRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60, pattern: '\\S', description: '姓名；加密存放' }),
    document: Type.Optional(DocumentSchema),
    birthDay: Type.Optional(Type.String({ format: 'date', description: '证件不含出生日期的儿童填写' })),
    fare: FareKindSchema
  },
  closed
)
export type PassengerRequest = Type.Static<typeof PassengerRequest>

export const OrderRequest = Type.Object(
  {
    ...Journey,
    passengers: Type.Array(PassengerRequest, { minItems: 1, maxItems: passengersMax }),
    total: Type.Unsafe<number>({ ...FenSchema, description: '所见报价的总额（分）；与现价不符则拒绝' }),
    counter: Type.Optional(
      Type.Object(
        { place: PlaceCode, window: Type.Integer({ minimum: 1, maximum: 99 }) },
        { ...closed, description: '窗口售票时的车站与窗口' }
      )
    )
  },
  closed
)
export type OrderRequest = Type.Static<typeof OrderRequest>

export const orderStates = ['LOCKED', 'ISSUED', 'EXPIRED', 'CANCELLED', 'PART_REFUNDED', 'REFUNDED'] as const
export type OrderState = (typeof orderStates)[number]

export const Coupon = Type.Object({
  ticketNo: Type.Union([TicketNo, Type.Null()], { description: '出票后才有' }),
  state: Type.Enum([...couponStates]),
  passenger: ShownIdentity,
  seat: Type.Union([Type.Integer(), Type.Null()], { description: '座位号；船票等无座号时为空' }),
  fareKind: FareKindSchema,
  fare: FenSchema,
  serviceFee: FenSchema
})
export type Coupon = Type.Static<typeof Coupon>

export const Ride = Type.Object({
  departure: Type.Integer(),
  number: Type.String(),
  mode: Mode,
  state: Type.Enum([...departureStates]),
  from: PlaceCode,
  fromName: Type.String(),
  to: PlaceCode,
  toName: Type.String(),
  departsAt: Instant,
  arrivesAt: Instant
})
export type Ride = Type.Static<typeof Ride>

export const Order = Type.Object({
  id: Type.String({ format: 'uuid' }),
  state: Type.Enum([...orderStates]),
  ride: Ride,
  total: FenSchema,
  holdUntil: Instant,
  placedAt: Instant,
  issuedAt: Type.Union([Instant, Type.Null()]),
  coupons: Type.Array(Coupon)
})
export type Order = Type.Static<typeof Order>

export const Ticket = Type.Object({ ...Coupon.properties, ticketNo: TicketNo, orderId: Type.String(), ride: Ride })
export type Ticket = Type.Static<typeof Ticket>

export const PaymentRequest = Type.Object(
  { gateway: Type.Enum(['simulated-cashier', 'cash'], { description: 'cash 现金，仅窗口' }) },
  closed
)

export const Payment = Type.Object({
  key: Type.String({ description: '支付流水号；无需支付时为空' }),
  state: Type.Enum(['PENDING', 'UNKNOWN', 'SUCCEEDED', 'FAILED']),
  payAt: Type.Union([Type.String(), Type.Null()], { description: '收银台地址' }),
  order: Order
})
export type Payment = Type.Static<typeof Payment>

export const TicketEvent = Type.Object({
  at: Instant,
  event: Type.String(),
  state: Type.Enum([...couponStates]),
  actor: Type.String({ description: '角色' }),
  detail: Type.String()
})
export type TicketEvent = Type.Static<typeof TicketEvent>
