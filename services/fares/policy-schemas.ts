// The terms of sale as data: every knob a station, carrier, line or season may set (ticketing facts §1.4, §1.5, §2.5), the scope a
// published version speaks for, and the refund table a coupon freezes.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../clearing/business-day.ts'
import { FenSchema } from '../../clearing/money.ts'
import { Mode, PlaceCode } from '../network/network-schemas.ts'
import { Instant } from '../timetable/timetable-schemas.ts'

const closed = { additionalProperties: false } as const
const orNone = { description: 'null：不限' } as const
const Minutes = (description: string) => Type.Integer({ minimum: -1440, maximum: 43_200, description })
const Count = (description: string) => Type.Integer({ minimum: 0, maximum: 999, description })
/** A share of an amount, as text so that it stays exact. */
const Rate = Type.String({ pattern: '^(0(\\.\\d{1,3})?|1(\\.0{1,3})?)$', description: '比率，如 0.1' })
const limit = (schema: ReturnType<typeof Count>) => Type.Union([schema, Type.Null()], orNone)

export const refundFareKinds = ['any', 'full', 'half', 'free', 'vehicle', 'truck'] as const

export const RefundTier = Type.Object(
  {
    atLeastSeconds: Type.Integer({
      minimum: -604_800,
      maximum: 2_592_000,
      description: '距开车秒数下限；负数为开车后'
    }),
    beforeDay: Type.Optional(Type.Boolean({ description: '仅限乘车日之前申请（参数1178）；先于同一时限的其他档' })),
    fareKind: Type.Enum([...refundFareKinds]),
    rate: Rate,
    minimum: FenSchema,
    fixed: Type.Union([FenSchema, Type.Null()], { description: '定额手续费，代替比率' })
  },
  closed
)
export type RefundTier = Type.Static<typeof RefundTier>

export const RefundTable = Type.Object(
  {
    code: Type.String({ minLength: 1, maxLength: 40 }),
    name: Type.String({ minLength: 1, maxLength: 200, description: '向旅客公示的退票规定' }),
    source: Type.String({ maxLength: 200 }),
    changedCountsAsLate: Type.Boolean({ description: '改签过的票一律按开车前最后一档' }),
    checkedCountsAsLate: Type.Boolean({ description: '已检未乘按开车前最后一档退票' }),
    rounding: Type.Enum([1, 2, 3, 4, 5], {
      description: '手续费取整：1 四舍五入，2 舍去，3 进位，4 不足五角计五角、超过计一元，5 保留到分'
    }),
    roundingUnit: Type.Enum(['fen', 'jiao', 'yuan'], { description: '取整单位（1–3）' }),
    formula: Type.Enum([0, 1, 2], {
      description: '计费：0 票价×费率；1（票价−附加）×费率＋附加；2 票价×费率＋附加。附加为票价内站务费与燃油附加费'
    }),
    tiers: Type.Array(RefundTier, { maxItems: 40, description: '不含适用的档即不退' })
  },
  closed
)
export type RefundTable = Type.Static<typeof RefundTable>

const ChangeTerms = Type.Object(
  {
    timesMax: Count('可改签次数'),
    closesMinutes: Minutes('开车前多少分钟停止改签；负数为开车后'),
    untilPortEntry: Type.Boolean({ description: '进港后不得改签' }),
    lateFee: Type.Boolean({ description: '开车后改签收取开车前最后一档退票费' }),
    sameLine: Type.Boolean(),
    sameStops: Type.Boolean(),
    samePrice: Type.Boolean(),
    lowerPrice: Type.Boolean({ description: '可改为较低票价' }),
    changedRefundable: Type.Boolean(),
    changedVoidable: Type.Boolean()
  },
  closed
)

const ChannelFees = Type.Object(
  {
    counter: FenSchema,
    kiosk: FenSchema,
    web: FenSchema,
    phone: FenSchema,
    agent: FenSchema,
    platform: FenSchema
  },
  { ...closed, description: '各渠道每张票服务费（分），不随旅客原因退票退还' }
)

const closesAt = Minutes('开车前停止售票分钟数；负数为开车后')
const ChannelCutOffs = Type.Object(
  {
    counter: Type.Optional(closesAt),
    kiosk: Type.Optional(closesAt),
    web: Type.Optional(closesAt),
    phone: Type.Optional(closesAt),
    agent: Type.Optional(closesAt),
    platform: Type.Optional(closesAt)
  },
  { ...closed, description: '各渠道的停售时间；未写明的渠道按 saleClosesMinutes' }
)

const holdFor = Type.Integer({ minimum: 1, maximum: 120, description: '占座分钟数' })
const ChannelHolds = Type.Object(
  {
    counter: Type.Optional(holdFor),
    kiosk: Type.Optional(holdFor),
    web: Type.Optional(holdFor),
    phone: Type.Optional(holdFor),
    agent: Type.Optional(holdFor),
    platform: Type.Optional(holdFor)
  },
  { ...closed, description: '各渠道的占座分钟数；未写明的渠道按 holdMinutes' }
)

const FreeChildShare = Type.Object(
  {
    unit: Type.Enum(['percent', 'places'], { description: 'percent 占核定座位的百分比，places 固定人数' }),
    value: Type.Integer({ minimum: 0, maximum: 100 })
  },
  { ...closed, description: '每班免票不占座儿童上限；此后生成的班次起用' }
)

const GroupFare = Type.Union(
  [
    Type.Object(
      {
        from: Type.Integer({ minimum: 2, maximum: 20, description: '同单全票人数达到' }),
        rate: Rate
      },
      { ...closed, description: '团体票：每张全票按公布全价的比例计；部分退票后不足人数的，留下的票按单人票价重计' }
    ),
    Type.Null()
  ],
  orNone
)

const MinuteOfDay = (description: string) => Type.Integer({ minimum: 0, maximum: 1439, description })

const IdentityCheck = Type.Object(
  {
    ask: Type.Boolean({ description: '售票时向公安接口核验' }),
    answerWithinMs: Type.Integer({ minimum: 50, maximum: 10_000 }),
    withoutAnswer: Type.Enum(['sell', 'refuse'], { description: '无应答时：sell 先售、登车时人工核验，refuse 不售' }),
    matchHoldsHours: Type.Integer({ minimum: 0, maximum: 720, description: '核验相符后多少小时内不再询问' })
  },
  closed
)

export const certificates = ['disabled-serviceman', 'disabled-police', 'senior-card', 'student'] as const
export type Certificate = (typeof certificates)[number]

/** A row of the table of concessions beside those of children. */
export const Concession = Type.Object(
  {
    code: Type.String({ minLength: 1, maxLength: 40 }),
    name: Type.String({ minLength: 1, maxLength: 60 }),
    nameEn: Type.Optional(Type.String({ minLength: 1, maxLength: 80 })),
    fareKind: Type.Enum(['half', 'free']),
    rate: Type.Union([Rate, Type.Null()], { description: '按公布全价的比例计；null：按线路半价' }),
    certificate: Type.Union([Type.Enum([...certificates]), Type.Null()], { description: '须出示的证件' }),
    ageMin: limit(Count('周岁下限（含）')),
    heightMaxCm: limit(Count('身高上限（厘米，含），由工作人员量')),
    source: Type.String({ maxLength: 200 })
  },
  closed
)
export type Concession = Type.Static<typeof Concession>

const knobs = {
  presaleDays: Count('预售天数，不含当日'),
  newEnergyPresaleDays: Count('新能源车辆预售天数'),
  presaleOpensMinute: MinuteOfDay('预售首日开始售票的时刻，零点后分钟'),
  newEnergyPresaleOpensMinute: MinuteOfDay('新能源车辆预售首日开始售票的时刻，零点后分钟'),
  saleClosesMinutes: Minutes('开车前停止售票分钟数'),
  saleClosesMinutesBy: ChannelCutOffs,
  vehicleSaleClosesMinutes: Minutes('开航前停止售车票分钟数'),
  arrivesWithinMinutes: Minutes('开航前最早进港分钟数'),
  holdMinutes: holdFor,
  holdMinutesBy: ChannelHolds,
  sellsAfterReport: Type.Boolean({ description: '车辆报到后才发售' }),
  passingOpensMinutes: limit(
    Type.Integer({ minimum: 0, maximum: 1440, description: '过路站：开车前多少分钟起售；0 为报到后；null 同始发' })
  ),
  passengersPerOrder: Type.Integer({ minimum: 1, maximum: 20, description: '每单人数上限' }),
  ticketsPerIdentityPerDay: limit(Count('同一证件同日票数上限')),
  journeyGapMinutes: limit(Count('同一证件前后两程最少间隔分钟；null：不检查重叠')),
  groupFare: GroupFare,
  freeChildrenPerAdult: Count('每位成人可携免费儿童数'),
  freeChildShare: FreeChildShare,
  freeAgeMax: Count('免费儿童周岁上限（含）'),
  halfAgeMax: Count('儿童票周岁上限（含）'),
  freeHeightMaxCm: limit(Count('免费儿童身高上限（厘米，含）')),
  halfHeightMaxCm: limit(Count('儿童票身高上限（厘米，含）')),
  concessions: Type.Array(Concession, { maxItems: 40, description: '其他优待' }),
  halfSharePercentMax: limit(Type.Integer({ minimum: 0, maximum: 100, description: '半票占总座位的百分比上限' })),
  aloneFromAge: Count('可单独乘车的周岁；更小的须与成人同单'),
  infantsPerAdult: Count('每位成人可携婴儿（未满2周岁）数'),
  checkInOpensMinutes: Minutes('开车前开始检票分钟数'),
  checkInClosesMinutes: Minutes('开车前停止检票分钟数；负数为补检'),
  voidMinutes: Count('售出后可废票分钟数'),
  refund: RefundTable,
  change: ChangeTerms,
  serviceFees: ChannelFees,
  stationFee: Type.Unsafe<number>({ ...FenSchema, description: '票价内站务费（分）' }),
  fuelSurcharge: Type.Unsafe<number>({ ...FenSchema, description: '票价内燃油附加费（分）' }),
  insurancePremium: Type.Unsafe<number>({ ...FenSchema, description: '乘意险（分）；默认不选，旅客自愿' }),
  identityCheck: IdentityCheck
}

export const PolicyTerms = Type.Object(knobs, closed)
export type PolicyTerms = Type.Static<typeof PolicyTerms>
export const policyKnobs = Object.keys(knobs) as (keyof PolicyTerms)[]

export const PartialTerms = Type.Partial(PolicyTerms, closed)
export type PartialTerms = Type.Static<typeof PartialTerms>

/** Whom a version speaks for. What it does not name, it speaks for all of. */
export const PolicyScope = Type.Object(
  {
    mode: Mode,
    carrier: Type.Optional(Type.String({ maxLength: 40, description: '承运人代码' })),
    place: Type.Optional(PlaceCode),
    line: Type.Optional(Type.String({ maxLength: 40, description: '线路代码' }))
  },
  closed
)
export type PolicyScope = Type.Static<typeof PolicyScope>

export const PolicyRequest = Type.Object(
  {
    scope: PolicyScope,
    validFrom: Type.Unsafe<string>({ ...BusinessDaySchema, description: '乘车日期起' }),
    validTo: Type.Optional(Type.Unsafe<string>({ ...BusinessDaySchema, description: '乘车日期止；写明即为季节规定' })),
    terms: PartialTerms,
    note: Type.String({ minLength: 1, maxLength: 200, description: '依据、文号' })
  },
  closed
)
export type PolicyRequest = Type.Static<typeof PolicyRequest>

export const PolicyVersion = Type.Object({
  ...PolicyRequest.properties,
  id: Type.Integer(),
  validTo: Type.Union([BusinessDaySchema, Type.Null()]),
  publishedAt: Instant,
  publishedBy: Type.String()
})
export type PolicyVersion = Type.Static<typeof PolicyVersion>

/** What holds for one stop of one line on one day, and which version each knob comes from. */
export const PolicyAnswer = Type.Object({
  terms: PolicyTerms,
  from: Type.Record(Type.String(), Type.Integer(), { description: '每项规定出自的版本' })
})
export type PolicyAnswer = Type.Static<typeof PolicyAnswer>
