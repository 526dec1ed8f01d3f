// The schemes we could read or infer, each saying which. None of them is an operator's own parameter file.
import type { BusinessDay } from '../../business-day.ts'
import { fen, zeroFen } from '../../money.ts'
import type { Band, DiscountScheme } from './discount-scheme.ts'

const day = (text: string): BusinessDay => text as BusinessDay
const flat = (rate: string): Band[] => [{ upTo: null, rate }]
const band = (upTo: number, rate: string): Band => ({ upTo: fen(upTo), rate })
const classes = { half: '0.5', free: '0', full: '1' }

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
      classes,
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
      classes,
      monthly: { by: 'rides', services: ['bus', 'metro'], tiers: [{ from: 15, rate: '0.6' }] },
      roundTo: 1
    }
  },
  {
    id: 'guangzhou-2022',
    city: '5810',
    validFrom: day('2022-05-01'),
    validTo: null,
    source:
      'notice of 2022-04-28: the part of the month’s paid amount from 80 to 200 yuan at 80 %, above at 50 %; a ride is not split; its start is ours',
    sample: true,
    terms: {
      services: { bus: flat('1'), metro: flat('1'), ferry: flat('1') },
      transferOff: zeroFen,
      classes,
      monthly: {
        by: 'paid',
        services: ['bus', 'metro', 'ferry'],
        tiers: [
          { from: 8_000, rate: '0.8' },
          { from: 20_000, rate: '0.5' }
        ]
      },
      roundTo: 1
    }
  }
]
