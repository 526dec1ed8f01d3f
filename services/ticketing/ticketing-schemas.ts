// Quotes, orders, tickets and refunds as the API takes and shows them.
import { Type } from 'typebox'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { FenSchema } from '../../clearing/money.ts'
import { PolicyTerms } from '../fares/policy-schemas.ts'
import { CertificateKind, CertificateSchema, DocumentSchema, ShownIdentity } from '../identity/identity-schemas.ts'
import { Id, Mode, PlaceCode } from '../network/network-schemas.ts'
import { CabinCode, departureStates, Instant } from '../timetable/timetable-schemas.ts'
import { couponStates } from './coupon-rules.ts'
import { PartnerLegRequest, PartnerLegSchema, QuotedPartnerLeg } from './partner-legs/partner-leg-schemas.ts'
import { BrokenConnectionSchema } from './connections/connection-schemas.ts'
import { couponKinds, fareKinds } from './fare-rules.ts'
import { ShownVehicle, VehicleDescription, VehicleRequest } from './vehicles/vehicle-schemas.ts'

const closed = { additionalProperties: false } as const
export const passengersMax = 20
const vehiclesMax = 5

export const TicketNo = Type.String({ pattern: '^[0-9]{11}[A-Z][0-9]{8}$', description: '客票号（20位）' })
export const CouponKindSchema = Type.Enum([...couponKinds], {
  description: 'full 全票，half 半票，free 免费儿童，vehicle 车辆，truck 货车'
})
export const FareKindSchema = Type.Enum([...fareKinds], { description: 'full 全票，half 半票，free 免费儿童' })

const Day = Type.Unsafe<BusinessDay>(Type.String({ format: 'date' }))

export const departureId = Type.Integer({ ...Id, description: '班次标识，来自班次查询' })

export const LegRequest = Type.Object(
  { departure: departureId, from: PlaceCode, to: PlaceCode, cabin: Type.Optional(CabinCode) },
  closed
)
export type LegRequest = Type.Static<typeof LegRequest>
export const legsMax = 4

/** One leg by itself, or several in order of travel under `legs`. */
const Journey = {
  departure: Type.Optional(departureId),
  from: Type.Optional(PlaceCode),
  to: Type.Optional(PlaceCode),
  cabin: Type.Optional(CabinCode),
  legs: Type.Optional(
    Type.Array(LegRequest, {
      minItems: 1,
      maxItems: legsMax,
      description: '联程各程，按乘车顺序；单程可直接填上面各项'
    })
  ),
  product: Type.Optional(Type.String({ minLength: 1, maxLength: 20, description: '联程、往返产品代码，如 ST01' })),
  partnerLegs: Type.Optional(
    Type.Array(PartnerLegRequest, {
      minItems: 1,
      maxItems: 2,
      description: '合作承运方（铁路、外省客运等）的前程、后程；下单失败后重试须用新的订单号'
    })
  ),
  openReturn: Type.Optional(Type.Literal(true, { description: '往返产品的返程暂不定班次，以后凭票确认' }))
}
export type JourneyRequest = Partial<LegRequest> & {
  legs?: LegRequest[]
  product?: string
  openReturn?: true
  partnerLegs?: PartnerLegRequest[]
}

export const QuoteRequest = Type.Object(
  {
    ...Journey,
    fares: Type.Array(FareKindSchema, { minItems: 1, maxItems: passengersMax }),
    certificates: Type.Optional(
      Type.Array(Type.Union([CertificateKind, Type.Null()]), {
        maxItems: passengersMax,
        description: '各旅客的优待证件'
      })
    ),
    vehicles: Type.Optional(Type.Array(VehicleDescription, { minItems: 1, maxItems: vehiclesMax }))
  },
  closed
)
export type QuoteRequest = Type.Static<typeof QuoteRequest>

export const contracts = ['THROUGH', 'COMBINED'] as const
export type Contract = (typeof contracts)[number]
const ContractSchema = Type.Union([Type.Enum([...contracts]), Type.Null()], {
  description: 'THROUGH 一份合同负责全程；COMBINED 各程各自成约，一并出售；单程为空'
})

const Sentence = { zh: Type.String(), en: Type.String() }
export const RefundTerms = Type.Object({
  code: Type.String(),
  name: Type.String({ description: '退票规定，如承运人所公布' }),
  lines: Type.Array(Type.Object(Sentence), { description: '逐条说明，中英文' })
})
export type RefundTerms = Type.Static<typeof RefundTerms>

/** What is frozen on the coupon and must be read before paying. */
const Conditions = Type.Object(
  {
    ...Type.Pick(PolicyTerms, ['refund', 'change', 'voidMinutes']).properties,
    lines: Type.Array(Type.Object({ field: Type.Enum(['refund', 'change', 'void']), ...Sentence }), {
      description: '逐条说明，中英文'
    })
  },
  { description: '购票前公示、随票冻结的退票、改签、废票规定' }
)

const PlacePrice = Type.Object({ fareKind: FareKindSchema, fare: FenSchema, serviceFee: FenSchema })

export const Quote = Type.Object({
  places: Type.Array(PlacePrice, { description: '每位旅客全程合计' }),
  total: FenSchema,
  holdMinutes: Type.Integer({ description: '下单后为您保留的分钟数' }),
  refund: RefundTerms,
  contract: ContractSchema,
  legs: Type.Array(
    Type.Object(
      { departure: Type.Integer(), refund: RefundTerms, conditions: Conditions, places: Type.Array(PlacePrice) },
      {
        description: '各程的票价（联程为分摊后的份额）与退票规定'
      }
    )
  ),
  open: Type.Union(
    [Type.Object({ from: PlaceCode, to: PlaceCode, until: Day, places: Type.Array(PlacePrice) }), Type.Null()],
    { description: '未定班次的返程' }
  ),
  partnerLegs: Type.Array(QuotedPartnerLeg, { description: '合作承运方的各程' }),
  vehicles: Type.Array(Type.Object({ leg: Type.Integer(), fare: FenSchema }))
})
export type Quote = Type.Static<typeof Quote>

export const PassengerRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60, pattern: '\\S', description: '姓名；加密存放' }),
    document: Type.Optional(DocumentSchema),
    birthDay: Type.Optional(Type.String({ format: 'date', description: '证件不含出生日期的儿童填写' })),
    fare: FareKindSchema,
    heightCm: Type.Optional(Type.Integer({ minimum: 30, maximum: 200, description: '身高（厘米），仅由窗口人员量' })),
    certificate: Type.Optional(CertificateSchema),
    seats: Type.Optional(
      Type.Array(Type.Union([Type.Integer({ minimum: 1, maximum: 200 }), Type.Null()]), {
        maxItems: legsMax,
        description: '各程指定的座位号；空为任意'
      })
    )
  },
  closed
)
export type PassengerRequest = Type.Static<typeof PassengerRequest>

/** Gateways that pay in the moment they are asked, so that an order may be held, paid and issued in one request. */
export const immediateGateways = ['cash', 'credit'] as const
export type ImmediateGateway = (typeof immediateGateways)[number]

export const OrderRequest = Type.Object(
  {
    ...Journey,
    passengers: Type.Array(PassengerRequest, { minItems: 1, maxItems: passengersMax }),
    vehicles: Type.Optional(Type.Array(VehicleRequest, { minItems: 1, maxItems: vehiclesMax })),
    total: Type.Unsafe<number>({ ...FenSchema, description: '所见报价的总额（分）；与现价不符则拒绝' }),
    counter: Type.Optional(
      Type.Object(
        { place: PlaceCode, window: Type.Integer({ minimum: 1, maximum: 99 }) },
        { ...closed, description: '窗口售票时的车站与窗口' }
      )
    ),
    gateway: Type.Optional(
      Type.Enum([...immediateGateways], {
        description: '即时付款并出票（一次请求）：cash 现金，仅窗口；credit 渠道账户，仅接口渠道。不填则只占座'
      })
    )
  },
  closed
)
export type OrderRequest = Type.Static<typeof OrderRequest>

export const orderStates = [
  'LOCKED',
  'CONFIRMING',
  'ISSUED',
  'EXPIRED',
  'CANCELLED',
  'PART_REFUNDED',
  'REFUNDED'
] as const
export type OrderState = (typeof orderStates)[number]

export const ShownCabin = Type.Object({ code: CabinCode, name: Type.String(), nameEn: Type.String() })
export type ShownCabin = Type.Static<typeof ShownCabin>

export const Coupon = Type.Object({
  ticketNo: Type.Union([TicketNo, Type.Null()], { description: '出票后才有' }),
  state: Type.Enum([...couponStates]),
  passenger: ShownIdentity,
  seat: Type.Union([Type.Integer(), Type.Null()], { description: '座位号；船票等无座号时为空' }),
  cabin: Type.Union([ShownCabin, Type.Null()], { description: '舱位等级；不分等级的为空' }),
  fareKind: CouponKindSchema,
  fare: FenSchema,
  serviceFee: FenSchema,
  vehicle: Type.Union([ShownVehicle, Type.Null()], { description: '车票所载车辆；其 passenger 为驾驶员' }),
  leg: Type.Integer({ description: '第几程，从0起' })
})
export type Coupon = Type.Static<typeof Coupon>

export const Ride = Type.Object({
  departure: Type.Union([Type.Integer(), Type.Null()], { description: '未定班次的返程为空' }),
  openUntil: Type.Union([Day, Type.Null()], { description: '未定班次的返程须在该日（含）前乘车' }),
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
  legs: Type.Array(Ride, { description: '各程，按乘车顺序' }),
  journeyNumber: Type.Union([Type.String({ pattern: '^J[0-9]{15}$' }), Type.Null()], { description: '联程号' }),
  contract: ContractSchema,
  total: FenSchema,
  holdUntil: Instant,
  placedAt: Instant,
  issuedAt: Type.Union([Instant, Type.Null()]),
  coupons: Type.Array(Coupon),
  partnerLegs: Type.Array(PartnerLegSchema, { description: '合作承运方的各程' }),
  connections: Type.Array(BrokenConnectionSchema, { description: '联程中断的衔接及可选方案' })
})
export type Order = Type.Static<typeof Order>

export const Ticket = Type.Object({ ...Coupon.properties, ticketNo: TicketNo, orderId: Type.String(), ride: Ride })
export type Ticket = Type.Static<typeof Ticket>

export const PaymentRequest = Type.Object(
  {
    gateway: Type.Enum(['simulated-cashier', 'cash', 'credit'], {
      description: 'cash 现金，仅窗口；credit 渠道账户，仅接口渠道'
    }),
    payCode: Type.Optional(
      Type.String({ pattern: '^[0-9]{16,24}$', description: '窗口扫得的旅客付款码（微信、支付宝、云闪付）' })
    )
  },
  closed
)
export type PaymentRequest = Type.Static<typeof PaymentRequest>

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
