import { describe, expect, test } from 'vitest'
import { fen } from '../../clearing/money.ts'
import { completedYears } from '../identity/document-rules.ts'
import { samplePolicies } from '../local/sample-province/sample-policies.ts'
import { fareFor, findEntitlement, weighConcessions, type ConcessionTerms, type Shown } from './concession-rules.ts'
import { partsOf } from './fare-parts-rules.ts'
import { resolvePolicy } from './policy-rules.ts'

const sheets = samplePolicies('2026-01-01').map((version, at) => ({
  ...version,
  id: at,
  validTo: version.validTo ?? null
}))
const coach = resolvePolicy(sheets, { mode: 'coach' }, '2026-12-01')!.terms
const ferry = resolvePolicy(sheets, { mode: 'ferry' }, '2026-12-01')!.terms
const harbour = resolvePolicy(sheets, { mode: 'ferry', line: 'SW10' }, '2026-12-01')!.terms

const shown = (changes: Partial<Shown>): Shown => ({ age: null, heightCm: null, certificate: null, ...changes })
const serviceman = { certificate: 'disabled-serviceman' } as const
const police = { certificate: 'disabled-police' } as const
const born = (day: string): Partial<Shown> => ({ age: completedYears(day, '2025-07-01') })

describe('what a passenger is entitled to (facts §1.3)', () => {
  const rows: [string, ConcessionTerms, Partial<Shown>, 'free' | 'half', string | null][] = [
    ['departure 2025-07-01, born 2018-07-02', coach, born('2018-07-02'), 'free', 'free-child'],
    ['departure 2025-07-01, born 2018-07-01', coach, born('2018-07-01'), 'free', null],
    ['departure 2025-07-01, born 2018-07-01', coach, born('2018-07-01'), 'half', 'half-child'],
    ['departure 2025-07-01, born 2010-07-02', coach, born('2010-07-02'), 'half', 'half-child'],
    ['departure 2025-07-01, born 2010-07-01', coach, born('2010-07-01'), 'half', null],
    ['a free child that wants a seat', coach, { age: 4 }, 'half', 'half-child'],
    ['tall for its age', coach, { age: 6, heightCm: 131 }, 'free', 'free-child'],
    ['small for its age', coach, { age: 8, heightCm: 120 }, 'free', 'free-child'],
    ['a centimetre more', coach, { age: 8, heightCm: 121 }, 'free', null],
    ['fifteen and small', coach, { age: 15, heightCm: 150 }, 'half', 'half-child'],
    ['fifteen, a centimetre more', coach, { age: 15, heightCm: 151 }, 'half', null],
    ['measured, without a document', coach, { heightCm: 118 }, 'free', 'free-child'],
    ['nothing shown', coach, {}, 'half', null],
    ['an adult', coach, { age: 40 }, 'half', null],
    ['disabled serviceman', coach, { age: 40, ...serviceman }, 'half', 'disabled-serviceman'],
    ['disabled serviceman, not free', coach, { age: 40, ...serviceman }, 'free', null],
    ['disabled police', coach, { ...police }, 'half', 'disabled-police'],
    ['a student, no coach discount', coach, { age: 20, certificate: 'student' }, 'half', null],
    ['ferries: adult from fourteen', ferry, { age: 14 }, 'half', null],
    ['ferries: thirteen', ferry, { age: 13 }, 'half', 'half-child'],
    ['sixty on most ferries', ferry, { age: 60 }, 'half', null],
    ['sixty on a harbour line', harbour, { age: 60 }, 'half', 'senior'],
    ['fifty-nine on a harbour line', harbour, { age: 59 }, 'half', null],
    ['an infant on a harbour line', harbour, { heightCm: 100 }, 'free', 'free-child']
  ]
  test.each(rows)('%s: %o', (...[, terms, about, fareKind, code]) => {
    expect(findEntitlement(terms, shown(about), fareKind)?.code ?? null).toBe(code)
  })
})

test('every rule says why it does or does not apply', () => {
  const weighed = weighConcessions(coach, shown({ age: 40, ...serviceman }))
  expect(weighed.map(({ rule, applies, because }) => [rule, applies, because])).toEqual([
    ['free-child', false, '40 周岁，超过 6 周岁'],
    ['half-child', false, '40 周岁，超过 14 周岁'],
    ['disabled-serviceman', true, '残疾军人：军人抚恤优待条例（2024）第五十二条，按公布票价减半'],
    ['disabled-police', false, '未出示伤残人民警察所需证件']
  ])
})

test.each([
  ['full', null, 41.5],
  ['half', null, 22.5],
  ['half', '0.5', 20.75],
  ['half', '0.9', 22.5],
  ['free', null, 0]
] as const)('full 41.5, half 22.5 across the strait: %s at %s → %d', (fareKind, rate, yuan) => {
  expect(fareFor({ fullFare: fen(4150), halfFare: fen(2250) }, fareKind, rate) / 100).toBe(yuan)
})

describe('the parts of a fare', () => {
  const fees = { ...coach.serviceFees, web: fen(200), counter: fen(0) }
  const terms = { stationFee: 300, fuelSurcharge: 200, insurancePremium: 300, serviceFees: fees }
  const rows: [number, 'web' | 'counter', boolean, number[]][] = [
    [5500, 'web', false, [5000, 300, 200, 200, 0, 5700]],
    [5500, 'web', true, [5000, 300, 200, 200, 300, 6000]],
    [5500, 'counter', false, [5000, 300, 200, 0, 0, 5500]],
    [400, 'counter', false, [0, 300, 100, 0, 0, 400]],
    [0, 'web', false, [0, 0, 0, 0, 0, 0]]
  ]
  test.each(rows)('%i fen by %s, insured %s → %j', (...[fare, channel, insured, expected]) => {
    const parts = partsOf(fen(fare), terms, { channel, insured })
    const { base, stationFee, fuelSurcharge, serviceFee, insurance, total } = parts
    expect([base, stationFee, fuelSurcharge, serviceFee, insurance, total]).toEqual(expected)
  })
})
