// Through and return products, interchanges, car decks and seats for loading stations of the sample province. The strait's car fare is
// the published one of 2022 (ticketing facts §2.5, SW03); the decks, other vehicles and all discounts are invented.
import type { NewProduct } from '../../ticketing/journeys/journey-queries.ts'
import type { NewQuota } from '../../ticketing/seats/seat-queries.ts'
import type { NewDeck, NewVehicleFare } from '../../ticketing/vehicles/deck-queries.ts'

const [jiaokou, tianhe, futian, xiangzhou] = ['440100005', '440100003', '440300002', '440400002']
const [zhanjiang, xuwen, huizhou] = ['440800001', '440800004', '441300001']
const [xuwenPort, newSeaPort, haianPort, xiangzhouPort, dongao] = [
  '440800P01',
  '460100P01',
  '440800P02',
  '440400P02',
  '440400P05'
]
const [pazhou, hongKong, maoming] = ['440100P03', '810000P01', '440900001']

const bothWays = (from: string, to: string, minutes: number) => [
  { from, to, minutes },
  { from: to, to: from, minutes }
]

export const interchanges = [
  ...bothWays(xuwen, xuwenPort, 40),
  ...bothWays(xuwen, haianPort, 40),
  ...bothWays(xiangzhou, xiangzhouPort, 20),
  ...bothWays(tianhe, pazhou, 60),
  ...bothWays(tianhe, jiaokou, 60)
]

const leg = (line: string, from: string, to: string) => ({ line, from, to, fixedShare: null })
const through = { kind: 'through', contract: 'THROUGH', openDays: null } as const

export const products: NewProduct[] = [
  {
    ...through,
    code: 'ST01',
    name: '广州滘口—徐闻—海口 公水联运',
    discount: 1000,
    legs: [leg('SL032', jiaokou, xuwen), leg('SW01', xuwenPort, newSeaPort)]
  },
  {
    ...through,
    code: 'ST02',
    name: '湛江—徐闻—海口 公水联运',
    discount: 500,
    legs: [leg('SL052', zhanjiang, xuwen), leg('SW01', xuwenPort, newSeaPort)]
  },
  {
    ...through,
    code: 'ST03',
    name: '深圳福田—珠海香洲—东澳岛 公水联运',
    discount: 800,
    legs: [leg('SL047', futian, xiangzhou), leg('SW06', xiangzhouPort, dongao)]
  },
  {
    ...through,
    code: 'ST04',
    name: '惠州—广州—香港 公水联运',
    discount: 1500,
    legs: [leg('SL001R', huizhou, tianhe), leg('SW12', pazhou, hongKong)]
  },
  {
    code: 'SR01',
    name: '广州天河—惠州 往返票，回程30日内有效',
    kind: 'return',
    contract: 'COMBINED',
    discount: 1400,
    openDays: 30,
    legs: [leg('SL001', tianhe, huizhou), leg('SL001R', huizhou, tianhe)]
  }
]

const strait = ['SW01', 'SW01R', 'SW02', 'SW02R']

export const decks: NewDeck[] = strait.map((line) => ({
  line,
  slots: 60,
  laneCm: 36_000,
  newEnergy: 12,
  dangerousGoods: 0
}))

export const vehicleFares: NewVehicleFare[] = strait.flatMap((line) => [
  { line, kind: 'car', lengthCmMax: 600, fare: 37_400, sample: false },
  { line, kind: 'coach', lengthCmMax: 900, fare: 68_000, sample: true },
  { line, kind: 'coach', lengthCmMax: 1400, fare: 98_000, sample: true },
  { line, kind: 'truck', lengthCmMax: 600, fare: 45_000, sample: true },
  { line, kind: 'truck', lengthCmMax: 1200, fare: 88_000, sample: true },
  { line, kind: 'truck', lengthCmMax: 1800, fare: 132_000, sample: true },
  { line, kind: 'motorcycle', lengthCmMax: 300, fare: 5000, sample: true },
  { line, kind: 'tricycle', lengthCmMax: 400, fare: 8000, sample: true },
  { line, kind: 'bicycle', lengthCmMax: 250, fare: 1500, sample: true }
])

/** The long coach from Guangzhou keeps its last seats for those who board on the way, until half an hour before it is there. */
export const quotas: NewQuota[] = [{ line: 'SM002', place: maoming, seats: [42, 43, 44, 45], releaseMinutes: 30 }]
