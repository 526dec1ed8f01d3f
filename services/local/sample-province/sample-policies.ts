// Policies of the sample province. The refund tables are the published ones (ticketing facts §1.4, §2.5), as are the windows of the
// strait; other sale windows are samples, and a few narrower versions show how stations, carriers and seasons differ.
import { fen, zeroFen } from '../../../clearing/money.ts'
import type { Concession, PolicyRequest, PolicyTerms, RefundTable, RefundTier } from '../../fares/policy-schemas.ts'

const twoHours = 7200
const any: RefundTier = { atLeastSeconds: 0, fareKind: 'any', rate: '0', minimum: zeroFen, fixed: null }

const coachTiers: RefundTier[] = [
  { ...any, atLeastSeconds: twoHours, rate: '0.1', minimum: fen(50) },
  { ...any, rate: '0.2', minimum: fen(100) }
]

const coachTable: RefundTable = {
  code: 'coach-10-20',
  name: '发车前2小时以上退票费10%（最低0.5元），2小时以内20%（最低1元），开车后不退',
  source: '各站公布的汽车客运退票规定',
  changedCountsAsLate: false,
  checkedCountsAsLate: false,
  rounding: 5,
  roundingUnit: 'fen',
  formula: 0,
  tiers: coachTiers
}

export const refundTables: RefundTable[] = [
  coachTable,
  {
    ...coachTable,
    code: 'coach-10-20-50',
    name: '发车前2小时以上10%，2小时以内20%，开车后1小时以内50%',
    source: '广州各站公布的退票规定',
    tiers: [...coachTiers, { ...any, atLeastSeconds: -3600, rate: '0.5' }]
  },
  {
    ...coachTable,
    code: 'coach-1h',
    name: '发车前1小时以上退票费10%，1小时以内20%，开车后不退',
    source: '泉州等站公布的退票规定',
    tiers: [{ ...coachTiers[0]!, atLeastSeconds: 3600 }, coachTiers[1]!]
  },
  {
    ...coachTable,
    code: 'strait-2024',
    name: '开航前2小时以上免费；2小时以内全票5元、半票3元、车辆30元、货车免费；开航后不退',
    source: '琼州海峡船票退改规则（2024）',
    changedCountsAsLate: true,
    checkedCountsAsLate: true,
    tiers: [
      { ...any, atLeastSeconds: twoHours },
      { ...any, fareKind: 'full', fixed: fen(500) },
      { ...any, fareKind: 'half', fixed: fen(300) },
      { ...any, fareKind: 'free', fixed: zeroFen },
      { ...any, fareKind: 'vehicle', fixed: fen(3000) },
      { ...any, fareKind: 'truck', fixed: zeroFen }
    ]
  }
]

export const refundTable = (code: string): RefundTable => refundTables.find((table) => table.code === code)!

const noFees = { counter: zeroFen, kiosk: zeroFen, web: zeroFen, phone: zeroFen, agent: zeroFen, platform: zeroFen }

const unasked = { certificate: null, rate: null, ageMin: null, heightMaxCm: null } as const

/** By statute and by practice, everywhere. */
const veterans: Concession[] = [
  {
    ...unasked,
    code: 'disabled-serviceman',
    name: '残疾军人',
    nameEn: 'disabled serviceman',
    fareKind: 'half',
    rate: '0.5',
    certificate: 'disabled-serviceman',
    source: '军人抚恤优待条例（2024）第五十二条，按公布票价减半'
  },
  {
    ...unasked,
    code: 'disabled-police',
    name: '伤残人民警察',
    nameEn: 'disabled police officer',
    fareKind: 'half',
    rate: '0.5',
    certificate: 'disabled-police',
    source: '各站公布的优待规定'
  }
]

/** As one harbour publishes them for its lines to Hong Kong. */
const harbour: Concession[] = [
  ...veterans,
  {
    ...unasked,
    code: 'senior',
    name: '60周岁以上长者',
    nameEn: 'senior of sixty and more',
    fareKind: 'half',
    ageMin: 60,
    source: '港口公布的票价（示例）'
  },
  {
    ...unasked,
    code: 'infant',
    name: '1米以下婴儿',
    nameEn: 'infant under one metre',
    fareKind: 'free',
    heightMaxCm: 100,
    source: '港口公布的票价（示例）'
  }
]

const coach: PolicyTerms = {
  presaleDays: 15,
  newEnergyPresaleDays: 15,
  presaleOpensMinute: 0,
  newEnergyPresaleOpensMinute: 0,
  saleClosesMinutes: 10,
  saleClosesMinutesBy: {},
  vehicleSaleClosesMinutes: 10,
  arrivesWithinMinutes: 1440,
  holdMinutes: 15,
  holdMinutesBy: { counter: 5 },
  sellsAfterReport: false,
  passingOpensMinutes: null,
  passengersPerOrder: 5,
  ticketsPerIdentityPerDay: null,
  journeyGapMinutes: 0,
  groupFare: null,
  freeChildrenPerAdult: 1,
  freeChildShare: { unit: 'percent', value: 10 },
  freeAgeMax: 6,
  halfAgeMax: 14,
  freeHeightMaxCm: 120,
  halfHeightMaxCm: 150,
  concessions: veterans,
  halfSharePercentMax: null,
  aloneFromAge: 0,
  infantsPerAdult: 1,
  checkInOpensMinutes: 120,
  checkInClosesMinutes: 0,
  voidMinutes: 30,
  refund: refundTable('coach-10-20'),
  change: {
    timesMax: 1,
    closesMinutes: 120,
    untilPortEntry: false,
    lateFee: false,
    sameLine: true,
    sameStops: false,
    samePrice: false,
    lowerPrice: true,
    changedRefundable: true,
    changedVoidable: false
  },
  serviceFees: noFees,
  stationFee: 0,
  fuelSurcharge: 0,
  insurancePremium: 300,
  identityCheck: { ask: false, answerWithinMs: 1500, withoutAnswer: 'sell', matchHoldsHours: 24 }
}

const ferry: PolicyTerms = {
  ...coach,
  saleClosesMinutes: 30,
  vehicleSaleClosesMinutes: 90,
  halfAgeMax: 13,
  checkInOpensMinutes: 90,
  checkInClosesMinutes: 5
}

/** First released at 09:00, to new-energy vehicles at 08:00. Full reservation: nobody enters the port earlier than three hours before sailing. Changed once, free, before entering the port. */
const strait = {
  presaleOpensMinute: 540,
  newEnergyPresaleDays: 7,
  newEnergyPresaleOpensMinute: 480,
  arrivesWithinMinutes: 180,
  checkInOpensMinutes: 180,
  refund: refundTable('strait-2024'),
  change: { ...coach.change, closesMinutes: -120, untilPortEntry: true, lateFee: true }
}

export function samplePolicies(validFrom: string): PolicyRequest[] {
  const version = (scope: PolicyRequest['scope'], terms: PolicyRequest['terms'], note: string): PolicyRequest => ({
    scope,
    validFrom,
    terms,
    note
  })
  return [
    version({ mode: 'coach' }, coach, '示例：省内班车通用规定'),
    version({ mode: 'ferry' }, ferry, '示例：省内船班通用规定'),
    version({ mode: 'ferry', carrier: 'F01' }, strait, '琼州海峡船票退改规则（2024）'),
    ...['SW10', 'SW10R'].map((line) =>
      version({ mode: 'ferry', line }, { concessions: harbour, aloneFromAge: 12 }, '示例：港澳航线优待')
    ),
    version(
      { mode: 'coach', line: 'SL014' },
      { passengersPerOrder: 20, groupFare: { from: 10, rate: '0.9' } },
      '示例：团体票十人九折'
    ),
    version({ mode: 'coach', carrier: 'C02' }, { passengersPerOrder: 10 }, '示例：县际班车单笔订单人数'),
    {
      ...version({ mode: 'coach' }, { presaleDays: 30 }, '示例：春运预售期'),
      validFrom: '2027-01-22',
      validTo: '2027-03-02'
    }
  ]
}
