// The waitlist as the API takes and shows it.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../../clearing/business-day.ts'
import { FenSchema } from '../../../clearing/money.ts'
import { PlaceCode } from '../../network/network-schemas.ts'
import { CabinCode, Instant } from '../../timetable/timetable-schemas.ts'
import { departureId, PassengerRequest, passengersMax } from '../ticketing-schemas.ts'

export const wishesMax = 10

export const WaitlistRequest = Type.Object(
  {
    from: PlaceCode,
    to: PlaceCode,
    cabin: Type.Optional(CabinCode),
    departures: Type.Optional(
      Type.Array(departureId, {
        minItems: 1,
        maxItems: wishesMax,
        uniqueItems: true,
        description: '可接受的班次，按意愿先后；不填则为该日票价不超过上限的班次，按时间先后'
      })
    ),
    day: Type.Optional(Type.Unsafe<string>({ ...BusinessDaySchema, description: '乘车日期；与 departures 二选一' })),
    passengers: Type.Array(PassengerRequest, { minItems: 1, maxItems: passengersMax }),
    limit: Type.Unsafe<number>({ ...FenSchema, description: '全部旅客合计的最高票价（分）' }),
    until: Type.Optional(Type.Unsafe<string>({ ...Instant, description: '截止兑现时间；不填则到最后一班停售' }))
  },
  { additionalProperties: false }
)
export type WaitlistRequest = Type.Static<typeof WaitlistRequest>

export const waitlistStates = ['UNPAID', 'WAITING', 'FILLED', 'UNFILLED', 'CANCELLED'] as const

export const WaitlistEntry = Type.Object({
  id: Type.String({ format: 'uuid' }),
  state: Type.Enum([...waitlistStates], {
    description: 'UNPAID 待预付，WAITING 候补中，FILLED 已兑现，UNFILLED 未兑现已退款，CANCELLED 已取消'
  }),
  prepaid: Type.Unsafe<number>({ ...FenSchema, description: '预付款（分）；兑现后多余部分退还' }),
  ahead: Type.Union([Type.Integer(), Type.Null()], { description: '同班次排在前面的候补单数' }),
  payUntil: Instant,
  deadline: Instant,
  wishes: Type.Array(Type.Object({ departure: Type.Integer(), total: FenSchema })),
  order: Type.Union([Type.String({ format: 'uuid' }), Type.Null()], { description: '兑现后的订单' })
})
export type WaitlistEntry = Type.Static<typeof WaitlistEntry>

export const WaitlistPayment = Type.Object({
  key: Type.String({ description: '支付流水号' }),
  state: Type.Enum(['PENDING', 'UNKNOWN', 'SUCCEEDED', 'FAILED']),
  payAt: Type.Union([Type.String(), Type.Null()], { description: '收银台地址' }),
  entry: WaitlistEntry
})
