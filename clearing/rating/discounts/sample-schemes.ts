// The schemes we could read or infer, each saying which. None of them is an operator's own parameter file.
import type { BusinessDay } from '../../business-day.ts'
import { fen, zeroFen } from '../../money.ts'
import type { Band, DiscountScheme } from './discount-scheme.ts'

const day = (text: string): BusinessDay => text as BusinessDay
const flat = (rate: string): Band[] => [{ upTo: null, rate }]
const band = (upTo: number, rate: string): Band => ({ upTo: fen(upTo), rate })
const classes = { half: '0.5', free: '0', full: '1' }
/** 优惠类型 of our own sample terminals; the network's codes are not public. */
const marks = { '3': 'student', '4': 'senior', '5': 'low-income' } as const
const guangzhouServices = { bus: flat('1'), metro: flat('1'), ferry: flat('1') }
const guangzhouMonthly = {
  by: 'paid',
  services: ['bus', 'metro', 'ferry'],
  tiers: [
    { from: 8_000, rate: '0.8' },
    { from: 20_000, rate: '0.5' }
  ]
} as const
const notice2022 =
  'notice of 2022-04-28: the part of the month’s paid amount from 80 to 200 yuan at 80 %, above at 50 %; a ride is not split; its start is ours'

export const sampleSchemes: readonly DiscountScheme[] = [
  {
    id: 'shenzhen-2018',
    city: '5840',
    validFrom: day('2018-01-01'),
    validTo: null,
    source:
      'inferred from 27,380 fares of the Shenzhen open data of 2018-09-01 (npm run clearing -- explain-fares); its dates are ours',
    sample: true,
    terms: {
      services: { bus: [band(300, '0.8'), band(600, '0.75'), ...flat('0.65')], metro: flat('0.95') },
      transferOff: fen(40),
      classes: { ...classes, student: '0.5' },
      // 1: what our reader of the open data makes of its mark.
      marks: { ...marks, '1': 'transfer' },
      monthly: null,
      roundTo: 1
    }
  },
  {
    id: 'guangzhou-2010',
    city: '5810',
    validFrom: day('2010-05-01'),
    validTo: day('2022-04-30'),
    source:
      'press of 2010-01 and the notice of 2022: 15 rides of bus and metro a month at full price, from the 16th at 60 %; its end is ours',
    sample: true,
    terms: {
      services: { bus: flat('1'), metro: flat('1') },
      transferOff: zeroFen,
      classes: { student: '0.5' },
      marks,
      monthly: { by: 'rides', services: ['bus', 'metro'], tiers: [{ from: 15, rate: '0.6' }] },
      roundTo: 1
    }
  },
  {
    id: 'guangzhou-2022',
    city: '5810',
    validFrom: day('2022-05-01'),
    validTo: day('2023-08-31'),
    source: notice2022,
    sample: true,
    terms: {
      services: guangzhouServices,
      transferOff: zeroFen,
      classes: { student: '0.5' },
      marks,
      monthly: guangzhouMonthly,
      roundTo: 1
    }
  },
  {
    id: 'guangzhou-2023',
    city: '5810',
    validFrom: day('2023-09-01'),
    validTo: day('2028-09-01'),
    source: `${notice2022}; with it the half fares of 善行卡, 穗交运规字〔2023〕11号, 2023-09-01 to 2028-09-01`,
    sample: true,
    terms: {
      services: guangzhouServices,
      transferOff: zeroFen,
      classes: { student: '0.5', 'low-income': '0.5' },
      marks,
      monthly: guangzhouMonthly,
      roundTo: 1
    }
  },
  {
    id: 'zhuhai-2018',
    city: '5850',
    validFrom: day('2018-01-01'),
    validTo: null,
    source:
      'a wiki of bus riders, 2018–2019: ordinary cards 90 %, students 60 % for their first 100 rides of a month, then 90 %, seniors nothing; the transfer discount has no amount there; its dates are ours',
    sample: true,
    terms: {
      services: { bus: flat('0.9') },
      transferOff: zeroFen,
      classes: {
        student: [
          { from: 0, rate: '0.6' },
          { from: 100, rate: '0.9' }
        ],
        senior: '0'
      },
      marks,
      monthly: null,
      roundTo: 1
    }
  }
]
