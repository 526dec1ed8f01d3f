// Passenger flow as the API shows it. Counts of people below ten are left out everywhere (suppression-rules.ts).
import { Type, type TSchema } from 'typebox'
import { FenSchema } from '../../../clearing/money.ts'
import { BusinessDaySchema } from '../../../clearing/business-day.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'

const Count = Type.Integer({ minimum: 0 })
const Fen = Type.Unsafe<number>(FenSchema)
const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])

export const FlowDaySchema = Type.Object({
  day: BusinessDaySchema,
  analysedAt: Instant,
  seconds: Type.Number({ description: '用时 how long it took' }),
  megabytes: Type.Integer({ description: '进程内存峰值 the most the process had so far' }),
  taps: Count,
  known: Type.Integer({ description: '线路已知的终端上的刷卡 taps at terminals whose line is known' }),
  placed: Type.Integer({ description: '站点已知 at a known place' }),
  paired: Type.Integer({ description: '进出站配对 metro entry and exit of one ride' }),
  openEntries: Count,
  openExits: Count,
  inferred: Type.Integer({ description: '下车站由出行链推断 alighting stop inferred by trip chaining' }),
  notInferred: Count,
  chainTried: Type.Integer({
    description: '在出站已知的地铁行程上检验同一方法 the method tried on metro rides, whose exit is known'
  }),
  chainRight: Count,
  chainNear: Type.Integer({ description: '相差不超过一站 within one stop' }),
  transfers: Count,
  journeys: Count,
  coupons: Count
})

export const FlowFilterSchema = Type.Object({
  line: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })),
  place: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })),
  hour: Type.Optional(Type.Integer({ minimum: 0, maximum: 23 })),
  mode: Type.Optional(Type.Integer({ minimum: 0, maximum: 9 })),
  from: Type.Optional(Type.String({ maxLength: 40, pattern: '^\\P{Cc}*$' })),
  to: Type.Optional(Type.String({ maxLength: 40, pattern: '^\\P{Cc}*$' })),
  format: Type.Optional(Type.Enum(['json', 'csv']))
})

export const Boarding = Type.Object({
  network: Type.String(),
  mode: Type.Integer(),
  line: Type.Integer(),
  lineName: Type.String(),
  place: nullable(Type.Integer()),
  placeName: nullable(Type.String()),
  passage: Type.Integer({ description: '0 单次，1 进站，2 出站' }),
  quarter: Type.Integer({ description: '一日中第几个十五分钟 quarter hour of the day, 0–95' }),
  taps: Count
})

export const Pair = Type.Object({
  mode: Type.Integer(),
  origin: Type.Integer(),
  originName: Type.String(),
  originZone: Type.String(),
  destination: Type.Integer(),
  destinationName: Type.String(),
  destinationZone: Type.String(),
  rides: Count,
  inferred: Count
})

export const ZoneJourney = Type.Object({
  originZone: Type.String(),
  destinationZone: Type.String(),
  modes: Type.String(),
  journeys: Count
})

export const Load = Type.Object({
  line: Type.Integer(),
  lineName: Type.String(),
  position: Type.Integer(),
  backward: Type.Boolean(),
  fromName: Type.String(),
  toName: Type.String(),
  passengers: Count
})

export const DiscountUse = Type.Object({
  line: Type.Integer(),
  lineName: Type.String(),
  mode: Type.Integer(),
  discount: Type.Integer(),
  taps: Count,
  price: Fen,
  amount: Fen
})

export const Operation = Type.Object({
  line: Type.String(),
  lineName: Type.String(),
  mode: Type.Enum(['coach', 'ferry']),
  planned: Count,
  dispatched: Count,
  cancelled: Count,
  late: Type.Integer({ description: '晚点五分钟以上 more than five minutes late' }),
  places: Count,
  travelled: Count
})

/** Rows of ten and more, and what was left out. */
export const shown = (row: TSchema) =>
  Type.Object({
    rows: Type.Array(row),
    hidden: Type.Object({
      cells: Count,
      sum: nullable(Type.Integer({ description: '合计；说出会暴露个人时为空 null where it would tell too much' }))
    })
  })

export const TerminalRow = Type.Object(
  {
    terminal: Type.String({ pattern: '^[0-9]{1,12}$' }),
    line: Type.String({ minLength: 1, maxLength: 60 }),
    place: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
    vehicle: Type.Optional(Type.String({ minLength: 1, maxLength: 40 }))
  },
  { additionalProperties: false }
)
