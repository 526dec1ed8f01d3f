// What runs at the simulated partners, and how each of their departures treats those who book it: honestly, or in one of the ways real
// systems have been seen to fail. Numbers, times and fares are invented.
import { calendarDay, shanghaiInstant, type BusinessDay } from '../../../../clearing/business-day.ts'
import { fen } from '../../../../clearing/money.ts'
import type { PartnerOffer } from '../partner-leg-schemas.ts'

export const conducts = {
  honest: '',
  'lock-silent': '模拟：锁座后不应答',
  'lock-dearer': '模拟：锁座时涨价',
  'confirm-silent': '模拟：已出票但不应答',
  'confirm-lost': '模拟：第一次出票请求丢失',
  'confirm-late': '模拟：二十秒后才知道已出票',
  'confirm-never': '模拟：出票永不应答',
  fails: '模拟：出票失败',
  'fails-then-confirmed': '模拟：先说失败，取消后又说已出票',
  'confirmed-then-absent': '模拟：出票后又说没有这张票',
  'confirmed-then-doubtful': '模拟：出票后一时查不到',
  'another-seat': '模拟：出票时换了席位',
  'another-price': '模拟：出票时换了价格',
  'cancel-silent': '模拟：取消两次才应答',
  'cancel-fee': '模拟：取消时擅自收费',
  'answers-twice': '模拟：重复请求时说失败'
} as const
export type Conduct = keyof typeof conducts

interface Service {
  partner: string
  number: string
  from: keyof typeof places
  to: keyof typeof places
  departsMinute: number
  minutes: number
  fullFare: number
  places: number
  conduct: Conduct
}

const places = {
  IZQ: { name: '广州南站', city: '广州' },
  ZWQ: { name: '湛江西站', city: '湛江' },
  HXG: { name: '新海港客运枢纽', city: '海口' },
  SYZ: { name: '三亚汽车站', city: '三亚' }
}

export const simulatedPartners = [
  { code: 'sim-rail', name: '模拟铁路', mode: 'rail', places: ['IZQ', 'ZWQ'] },
  { code: 'sim-hainan', name: '模拟海南客运', mode: 'coach', places: ['HXG', 'SYZ'] }
] as const

export const partnerPlaces = simulatedPartners.flatMap(({ code: partner, places: own }) =>
  own.map((code) => ({ partner, code, ...places[code] }))
)

export const partnerWays = [
  { partner: 'sim-rail', partnerPlace: 'ZWQ', place: '440800001', minutes: 40 },
  { partner: 'sim-rail', partnerPlace: 'ZWQ', place: '440800P01', minutes: 150 },
  { partner: 'sim-hainan', partnerPlace: 'HXG', place: '460100P01', minutes: 30 }
]

const train = (index: number, departsMinute: number, conduct: Conduct): Service => ({
  partner: 'sim-rail',
  number: `G${9701 + 2 * index}`,
  from: 'IZQ',
  to: 'ZWQ',
  departsMinute,
  minutes: 170,
  fullFare: 22_000,
  places: 2_000,
  conduct
})
const misbehaving = (Object.keys(conducts) as Conduct[]).slice(1)
const services: readonly Service[] = [
  ...[420, 540, 660, 780].map((minute, index) => train(index, minute, 'honest')),
  ...misbehaving.map((conduct, index) => train(4 + index, 425 + 5 * index, conduct)),
  ...Array.from({ length: 17 }, (_, index) => ({
    partner: 'sim-hainan',
    number: `QY${101 + index}`,
    from: 'HXG' as const,
    to: 'SYZ' as const,
    departsMinute: 390 + 60 * index,
    minutes: 210,
    fullFare: 9_800,
    places: 2_000,
    conduct: 'honest' as const
  }))
]

export interface SimulatedService extends Service {
  offer: Omit<PartnerOffer, 'placesLeft'>
}

function onDay(service: Service, day: BusinessDay): SimulatedService {
  const partner = simulatedPartners.find(({ code }) => code === service.partner)!
  const departsAt = shanghaiInstant(day, service.departsMinute * 60)
  return {
    ...service,
    offer: {
      id: `${service.number}.${day}`,
      partner: partner.code,
      carrier: partner.name,
      mode: partner.mode,
      number: service.number,
      from: { code: service.from, ...places[service.from] },
      to: { code: service.to, ...places[service.to] },
      departsAt,
      arrivesAt: new Date(departsAt.getTime() + service.minutes * 60_000),
      fullFare: fen(service.fullFare),
      halfFare: fen(service.fullFare / 2),
      // As the railway charges: nothing from eight days before, then 5, 10 and 20 percent.
      refundTiers: [
        { atLeastSeconds: 8 * 86_400, rate: '0' },
        { atLeastSeconds: 2 * 86_400, rate: '0.05' },
        { atLeastSeconds: 86_400, rate: '0.1' },
        { atLeastSeconds: 0, rate: '0.2' }
      ],
      remark: conducts[service.conduct]
    }
  }
}

export function servicesOn(partner: string, from: string, to: string, day: BusinessDay): SimulatedService[] {
  return services
    .filter((service) => service.partner === partner && service.from === from && service.to === to)
    .map((service) => onDay(service, day))
    .toSorted((a, b) => a.departsMinute - b.departsMinute)
}

/** Null when nothing of this id runs. */
export function serviceOf(partner: string, id: string): SimulatedService | null {
  const [number, day] = id.split('.') as [string, string?]
  const service = services.find((one) => one.partner === partner && one.number === number)
  const real = day !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day))
  return service && real ? onDay(service, calendarDay(new Date(`${day}T12:00:00+08:00`))) : null
}

/** After this the late ones say what they did, the lost ones have lost, and what came back is back. */
export const turnMs = 20_000
