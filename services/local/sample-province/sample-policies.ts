// Refund and sale policies of the sample province. The refund tables are the published ones (ticketing facts §1.4, §2.5); the sale
// windows are samples.
import type { NewRefundPolicy, NewRefundTier, NewSalePolicy } from '../../timetable/timetable-queries.ts'

const twoHours = 7200
const any = { fareKind: 'any', rate: '0', minimum: 0, fixed: null } as const

const coachTiers: NewRefundTier[] = [
  { ...any, atLeastSeconds: twoHours, rate: '0.1', minimum: 50 },
  { ...any, atLeastSeconds: 0, rate: '0.2', minimum: 100 }
]

export const refundPolicies: NewRefundPolicy[] = [
  {
    code: 'coach-10-20',
    name: '发车前2小时以上退票费10%（最低0.5元），2小时以内20%（最低1元），开车后不退',
    changedCountsAsLate: false,
    source: '各站公布的汽车客运退票规定',
    tiers: coachTiers
  },
  {
    code: 'coach-10-20-50',
    name: '发车前2小时以上10%，2小时以内20%，开车后1小时以内50%',
    changedCountsAsLate: false,
    source: '广州各站公布的退票规定',
    tiers: [...coachTiers, { ...any, atLeastSeconds: -3600, rate: '0.5' }]
  },
  {
    code: 'strait-2024',
    name: '开航前2小时以上免费；2小时以内全票5元、半票3元、车辆30元；开航后不退',
    changedCountsAsLate: true,
    source: '琼州海峡船票退改规则（2024）',
    tiers: [
      { ...any, atLeastSeconds: twoHours },
      { ...any, atLeastSeconds: 0, fareKind: 'full', fixed: 500 },
      { ...any, atLeastSeconds: 0, fareKind: 'half', fixed: 300 },
      { ...any, atLeastSeconds: 0, fareKind: 'free', fixed: 0 },
      { ...any, atLeastSeconds: 0, fareKind: 'vehicle', fixed: 3000 }
    ]
  }
]

const coach: NewSalePolicy = {
  mode: 'coach',
  line: null,
  presaleDays: 15,
  saleClosesMinutes: 10,
  holdMinutes: 15,
  passengersPerOrder: 5,
  freeChildrenPerAdult: 1,
  freeAgeMax: 6,
  halfAgeMax: 14,
  checkInOpensMinutes: 120,
  checkInClosesMinutes: 0,
  voidMinutes: 30,
  refundPolicy: 'coach-10-20'
}

const ferry: NewSalePolicy = {
  ...coach,
  mode: 'ferry',
  saleClosesMinutes: 30,
  halfAgeMax: 13,
  checkInOpensMinutes: 90,
  checkInClosesMinutes: 5
}

/** Full reservation: nobody enters the port earlier than three hours before sailing. */
const strait: NewSalePolicy = { ...ferry, checkInOpensMinutes: 180, refundPolicy: 'strait-2024' }

export const salePolicies: NewSalePolicy[] = [
  coach,
  ferry,
  ...['SW01', 'SW01R', 'SW02', 'SW02R'].map((line) => ({ ...strait, line }))
]
