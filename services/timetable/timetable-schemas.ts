// Departures and the terms of their sale, as a search answers them.
import { Type } from 'typebox'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { FenSchema, type Fen } from '../../clearing/money.ts'
import { Mode, PlaceCode, searchText } from '../network/network-schemas.ts'

/** A Date in our code, ISO text in JSON. */
export const Instant = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))

export const DepartureSearch = Type.Object({
  from: Type.String({ ...searchText, minLength: 1, description: '出发地：城市、站名或站点代码' }),
  to: Type.String({ ...searchText, minLength: 1, description: '目的地：城市、站名或站点代码' }),
  day: Type.Unsafe<BusinessDay>(Type.String({ format: 'date', description: '乘车日期（北京时间）' }))
})

const Stop = Type.Object({ place: PlaceCode, name: Type.String(), city: Type.String() })

export const departureStates = [
  'PLANNED',
  'ON_SALE',
  'SALE_STOPPED',
  'REPORTED',
  'CHECKING',
  'DISPATCHED',
  'ARRIVED',
  'DELAYED',
  'SUSPENDED',
  'CANCELLED',
  'MERGED',
  'MISSED'
] as const
export type DepartureState = (typeof departureStates)[number]

export const notOnSale = ['departure-cancelled', 'sale-closed', 'sale-after-report', 'sale-not-open'] as const
export type NotOnSale = (typeof notOnSale)[number]

export const DepartureKind = Type.Enum(['fixed', 'shuttle', 'extra'], {
  description: 'fixed 固定班，shuttle 流水班（首末班之间随到随走，无座号），extra 加班'
})
export type DepartureKind = Type.Static<typeof DepartureKind>

export const LoadingState = Type.Enum([
  'ON_SALE',
  'SALE_STOPPED',
  'REPORTED',
  'CHECKING',
  'DISPATCHED',
  'DELAYED',
  'CANCELLED'
])

export const LoadingStation = Type.Object({
  place: PlaceCode,
  name: Type.String(),
  departsAt: Instant,
  gate: Type.Union([Type.Integer(), Type.Null()]),
  state: LoadingState
})
export type LoadingStation = Type.Static<typeof LoadingStation>

export const CabinCode = Type.String({ pattern: '^[a-z-]{1,20}$', description: '舱位等级代码，见班次的 cabins' })
const Cabin = Type.Object({
  code: CabinCode,
  name: Type.String(),
  nameEn: Type.String(),
  places: Type.Integer(),
  placesLeft: Type.Integer(),
  fullFare: FenSchema,
  halfFare: FenSchema
})

export const Departure = Type.Object({
  id: Type.Integer(),
  number: Type.String({ description: '班次号' }),
  kind: DepartureKind,
  line: Type.String(),
  mode: Mode,
  carrier: Type.String(),
  state: Type.Enum([...departureStates], { description: '在出发站的状态' }),
  gate: Type.Union([Type.Integer(), Type.Null()], { description: '出发站的检票口，未定为空' }),
  realName: Type.Boolean({ description: '是否实名制' }),
  from: Stop,
  to: Stop,
  firstDepartsAt: Type.Union([Instant, Type.Null()], { description: '流水班在出发站的首班时间；其他为空' }),
  departsAt: Type.Unsafe<Date>(
    Type.String({ format: 'date-time', description: '在出发站的开车（开航）时间；流水班为末班时间' })
  ),
  arrivesAt: Instant,
  saleOpensAt: Type.Unsafe<Date>(
    Type.String({ format: 'date-time', description: '起售时间；须车辆报到的，报到后才起售' })
  ),
  saleClosesAt: Type.Unsafe<Date>(
    Type.String({ format: 'date-time', description: '停售时间；saleClosesAtBy 写明的渠道除外' })
  ),
  saleClosesAtBy: Type.Record(Type.String(), Instant, { description: '另有停售时间的渠道' }),
  notOnSale: Type.Union([Type.Enum([...notOnSale]), Type.Null()], {
    description:
      '各渠道均不能购买的原因，可购为空：departure-cancelled 停班，sale-closed 已停售，sale-after-report 待车辆报到，sale-not-open 未到起售时间'
  }),
  placesLeft: Type.Integer({ description: '余票；下单时以占座结果为准' }),
  fullFare: Type.Unsafe<Fen>({ ...FenSchema, description: '全票（分）；分舱位等级的为最低一等' }),
  halfFare: FenSchema,
  serviceFee: Type.Unsafe<Fen>({ ...FenSchema, description: '网站的服务费；其他渠道以报价为准' }),
  sampleFare: Type.Boolean({ description: '示例票价' }),
  cabins: Type.Array(Cabin, { description: '船班的舱位等级，票价低的在前；下单时须选其一' })
})
export type Departure = Type.Static<typeof Departure>
