// Departures and the terms of their sale, as a search answers them.
import { Type } from 'typebox'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { FenSchema } from '../../clearing/money.ts'
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
  'CANCELLED',
  'MERGED',
  'MISSED'
] as const
export type DepartureState = (typeof departureStates)[number]

export const Departure = Type.Object({
  id: Type.Integer(),
  number: Type.String({ description: '班次号' }),
  line: Type.String(),
  mode: Mode,
  carrier: Type.String(),
  state: Type.Enum([...departureStates]),
  realName: Type.Boolean({ description: '是否实名制' }),
  from: Stop,
  to: Stop,
  departsAt: Type.Unsafe<Date>(Type.String({ format: 'date-time', description: '在出发站的开车（开航）时间' })),
  arrivesAt: Instant,
  saleClosesAt: Type.Unsafe<Date>(Type.String({ format: 'date-time', description: '停售时间' })),
  placesLeft: Type.Integer({ description: '余票；下单时以占座结果为准' }),
  fullFare: FenSchema,
  halfFare: FenSchema,
  serviceFee: FenSchema,
  sampleFare: Type.Boolean({ description: '示例票价' })
})
export type Departure = Type.Static<typeof Departure>
