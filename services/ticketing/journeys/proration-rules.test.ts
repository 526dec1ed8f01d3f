import { expect, test } from 'vitest'
import { fen, sumFen } from '../../../clearing/money.ts'
import { prorate, throughPlaces } from './proration-rules.ts'

const legs = (...singles: number[]) => singles.map((single) => ({ single: fen(single), fixed: null }))

test('bus 150.00 and ferry 80.00 for 200.00: 130.43 and 69.57 (facts §3.3)', () => {
  expect(prorate(fen(20_000), legs(15_000, 8000))).toEqual([13_043, 6957])
})

test('ferry fixed at 41.50 of 180.00, buses 150 to 50: 103.88, 34.62, 41.50; the tie goes to the first leg (facts §3.3)', () => {
  const shares = prorate(fen(18_000), [...legs(15_000, 5000), { single: fen(8000), fixed: fen(4150) }])
  expect(shares).toEqual([10_388, 3462, 4150])
})

test('shares sum to the total whatever it is, and free travellers share nothing', () => {
  for (let total = 0; total < 500; total += 7) {
    const shares = prorate(fen(total), [...legs(333, 334, 1), { single: fen(9), fixed: fen(20) }])
    expect(sumFen(shares)).toBe(total)
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0)
  }
  expect(prorate(fen(0), legs(0, 0))).toEqual([0, 0])
})

test('a half fare gets half the discount, a free child none', () => {
  const place = (fareKind: 'full' | 'half' | 'free', single: number) => ({
    fareKind,
    claims: {},
    fare: fen(single),
    singleFare: fen(single),
    serviceFee: fen(0)
  })
  const fares = (kind: 'full' | 'half' | 'free', singles: number[]) =>
    throughPlaces(
      { discount: fen(1000), fixedShares: [null, null] },
      singles.map((one) => place(kind, one))
    ).map(({ fare }) => fare)
  expect(fares('full', [10_000, 10_000])).toEqual([9500, 9500])
  expect(fares('half', [5000, 5000])).toEqual([4750, 4750])
  expect(fares('free', [0, 0])).toEqual([0, 0])
})
