// Fares as an operator publishes them, and a fare explained step by step.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../clearing/business-day.ts'
import { FenSchema } from '../../clearing/money.ts'
import { Id, PlaceCode } from '../network/network-schemas.ts'
import { CabinCode, Instant } from '../timetable/timetable-schemas.ts'
import { certificates } from './policy-schemas.ts'

const closed = { additionalProperties: false } as const
const Day = Type.Unsafe<string>({ ...BusinessDaySchema, description: '乘车日期起' })

export const FareFormula = Type.Object(
  {
    base: Type.Unsafe<number>({ ...FenSchema, description: '基价（分）' }),
    perKilometre: Type.Unsafe<number>({ ...FenSchema, description: '每公里（分）' }),
    halfPercent: Type.Integer({ minimum: 0, maximum: 100, description: '半票占全票的百分比' }),
    roundTo: Type.Enum([1, 10, 50, 100], { description: '四舍五入到（分）' })
  },
  closed
)
export type FareFormula = Type.Static<typeof FareFormula>

const Stretch = { from: PlaceCode, to: PlaceCode }

export const FareRequest = Type.Object(
  {
    validFrom: Day,
    source: Type.Enum(['line', 'set', 'formula'], { description: 'line 线路票价，set 硬调票价，formula 公式票价' }),
    stretches: Type.Optional(
      Type.Array(Type.Object({ ...Stretch, fullFare: FenSchema, halfFare: FenSchema }, closed), {
        minItems: 1,
        maxItems: 500,
        description: 'line、set 时填写'
      })
    ),
    formula: Type.Optional(FareFormula),
    cabin: Type.Optional(Type.Unsafe<string>({ ...CabinCode, description: '一个舱位等级的票价；不填为线路票价' }))
  },
  closed
)
export type FareRequest = Type.Static<typeof FareRequest>

export const CeilingRequest = Type.Object(
  {
    validFrom: Day,
    source: Type.String({ minLength: 1, maxLength: 200, description: '依据、文号' }),
    stretches: Type.Array(Type.Object({ ...Stretch, amount: FenSchema }, closed), { minItems: 1, maxItems: 500 })
  },
  closed
)
export type CeilingRequest = Type.Static<typeof CeilingRequest>

export const Fare = Type.Object({
  from: PlaceCode,
  fromName: Type.String(),
  to: PlaceCode,
  toName: Type.String(),
  validFrom: BusinessDaySchema,
  validTo: Type.Union([BusinessDaySchema, Type.Null()]),
  fullFare: FenSchema,
  halfFare: FenSchema,
  ceiling: Type.Union([FenSchema, Type.Null()], { description: '上限票价' }),
  source: Type.Enum(['line', 'set', 'formula']),
  cabin: Type.Union([CabinCode, Type.Null()], { description: '舱位等级；线路票价为空' }),
  sample: Type.Boolean(),
  publishedAt: Type.Union([Instant, Type.Null()])
})
export type Fare = Type.Static<typeof Fare>

export const channels = ['counter', 'kiosk', 'web', 'phone', 'agent', 'platform'] as const

export const ExplanationQuery = Type.Object({
  departure: Id,
  ...Stretch,
  cabin: Type.Optional(CabinCode),
  birthDay: Type.Optional(Type.String({ format: 'date', description: '证件所载出生日期' })),
  heightCm: Type.Optional(Type.Integer({ minimum: 30, maximum: 250, description: '工作人员所量身高' })),
  certificate: Type.Optional(Type.Enum([...certificates])),
  channel: Type.Enum([...channels], { default: 'web' }),
  insured: Type.Boolean({ default: false, description: '乘意险，默认不选' })
})
export type ExplanationQuery = Type.Static<typeof ExplanationQuery>

export const Explanation = Type.Object({
  fareKind: Type.Enum(['full', 'half', 'free']),
  concession: Type.Union([Type.String(), Type.Null()]),
  fare: FenSchema,
  parts: Type.Object({
    base: FenSchema,
    stationFee: FenSchema,
    fuelSurcharge: FenSchema,
    serviceFee: FenSchema,
    insurance: FenSchema,
    total: FenSchema
  }),
  steps: Type.Array(
    Type.Object({ rule: Type.String(), applies: Type.Boolean(), because: Type.String(), becauseEn: Type.String() }),
    {
      description: '每一步为何'
    }
  )
})
export type Explanation = Type.Static<typeof Explanation>
