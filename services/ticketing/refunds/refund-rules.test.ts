import { describe, expect, test } from 'vitest'
import { fen } from '../../../clearing/money.ts'
import { describeRefund } from '../../fares/terms/terms-text-rules.ts'
import { refundTable } from '../../local/sample-province/sample-policies.ts'
import { fullRefund, passengerRefund, roundFee, type RefundCase } from './refund-rules.ts'

const hour = 3600
const asked = (code: string, about: Partial<RefundCase>): RefundCase => ({
  table: refundTable(code),
  fareKind: 'full',
  fare: fen(5500),
  components: fen(0),
  extras: fen(0),
  secondsLeft: 3 * hour,
  changed: false,
  checked: false,
  ...about
})
const answer = (sum: ReturnType<typeof passengerRefund>) => sum && [sum.fee / 100, sum.amount / 100]

describe('coach tickets (facts §1.4)', () => {
  const rows: [string, number, number, [number, number] | null][] = [
    ['coach-10-20', 55, 3 * hour, [5.5, 49.5]],
    ['coach-10-20', 55, 2 * hour, [5.5, 49.5]],
    ['coach-10-20', 55, 2 * hour - 1, [11, 44]],
    ['coach-10-20', 3, 3 * hour, [0.5, 2.5]],
    ['coach-10-20', 3, hour / 2, [1, 2]],
    ['coach-10-20', 0, 3 * hour, [0, 0]],
    ['coach-10-20', 0, -hour, [0, 0]],
    ['coach-10-20-50', 55, -40 * 60, [27.5, 27.5]],
    ['coach-10-20-50', 55, -hour, [27.5, 27.5]],
    ['coach-10-20-50', 55, -hour - 1, null],
    ['coach-10-20', 55, -1, null],
    ['coach-10-20', 55, 0, [11, 44]],
    ['coach-10-20', 0.4, hour, [0.4, 0]],
    ['coach-10-20', 33.35, 3 * hour, [3.34, 30.01]]
  ]
  test.each(rows)('%s: %d yuan, %d s before departure → %j', (code, fare, secondsLeft, expected) => {
    expect(answer(passengerRefund(asked(code, { fare: fen(Math.round(fare * 100)), secondsLeft })))).toEqual(expected)
  })
  test('55.00 + 2.00 service fee + 3.00 insurance, carrier cancelled → 60.00', () => {
    expect(answer(fullRefund({ fare: fen(5500), extras: fen(500) }))).toEqual([0, 60])
  })
})

describe('琼州海峡 (facts §2.5)', () => {
  const rows: [RefundCase['fareKind'], number, number, boolean, [number, number] | null][] = [
    ['full', 41.5, 2 * hour, false, [0, 41.5]],
    ['full', 41.5, 2 * hour - 60, false, [5, 36.5]],
    ['half', 22.5, hour, false, [3, 19.5]],
    ['vehicle', 374, hour, false, [30, 344]],
    ['full', 41.5, 5 * hour, true, [5, 36.5]],
    ['half', 22.5, 5 * hour, true, [3, 19.5]],
    ['full', 41.5, -1, false, null],
    ['free', 0, hour, false, [0, 0]]
  ]
  test.each(rows)('%s %d yuan, %d s before sailing, changed %s → %j', (...row) => {
    const [fareKind, fare, secondsLeft, changed, expected] = row
    const about = { fareKind, fare: fen(fare * 100), secondsLeft, changed }
    expect(answer(passengerRefund(asked('strait-2024', about)))).toEqual(expected)
  })
  test('car 374 and its driver 41.5, an hour before → 380.5 back', () => {
    const car = passengerRefund(asked('strait-2024', { fareKind: 'vehicle', fare: fen(37_400), secondsLeft: hour }))!
    const driver = passengerRefund(asked('strait-2024', { fare: fen(4150), secondsLeft: hour }))!
    expect((car.amount + driver.amount) / 100).toBe(380.5)
  })
  test('a suspended sailing gives everything back', () => {
    expect(answer(fullRefund({ fare: fen(4150), extras: fen(0) }))).toEqual([0, 41.5])
  })
})

describe('rounding of a fee (parameter 1105)', () => {
  const rows: [1 | 2 | 3 | 4 | 5, 'fen' | 'jiao' | 'yuan', number, number][] = [
    [1, 'yuan', 3.49, 3],
    [1, 'yuan', 3.5, 4],
    [1, 'jiao', 3.345, 3.3],
    [1, 'jiao', 3.35, 3.4],
    [1, 'fen', 3.335, 3.34],
    [2, 'yuan', 3.99, 3],
    [2, 'jiao', 3.39, 3.3],
    [3, 'yuan', 3.01, 4],
    [3, 'yuan', 3, 3],
    [3, 'jiao', 3.31, 3.4],
    [4, 'yuan', 3, 3],
    [4, 'yuan', 3.01, 3.5],
    [4, 'yuan', 3.5, 3.5],
    [4, 'yuan', 3.51, 4],
    [5, 'yuan', 3.335, 3.34],
    [5, 'yuan', 3.334, 3.33]
  ]
  test.each(rows)('kind %i to the %s: %d yuan → %d', (rounding, roundingUnit, fee, expected) => {
    expect(roundFee(Math.round(fee * 100_000), { rounding, roundingUnit }) / 100).toBe(expected)
  })
})

describe('the formula of a fee (parameter 1107): 55 yuan of which 5 are station fee and fuel, 10 %', () => {
  const rows: [0 | 1 | 2, number][] = [
    [0, 5.5],
    [1, 10],
    [2, 10.5]
  ]
  test.each(rows)('formula %i → %d', (formula, fee) => {
    const table = { ...refundTable('coach-10-20'), formula }
    expect(passengerRefund(asked('coach-10-20', { table, components: fen(500) }))!.fee / 100).toBe(fee)
  })
})

describe('other variants', () => {
  const rows: [string, number, boolean, [number, number] | null][] = [
    ['coach-1h', hour, false, [5.5, 49.5]],
    ['coach-1h', hour - 1, false, [11, 44]],
    ['strait-2024', 5 * hour, true, [5, 50]],
    ['coach-10-20', 5 * hour, true, [5.5, 49.5]]
  ]
  test.each(rows)('%s: 55 yuan, %d s before departure, checked in %s → %j', (code, secondsLeft, checked, expected) => {
    expect(answer(passengerRefund(asked(code, { secondsLeft, checked })))).toEqual(expected)
  })
})

describe('20 % on the day of departure, 10 % on any day before (parameter 1178)', () => {
  const { tiers, ...rest } = refundTable('coach-10-20')
  const tier = { ...tiers[0]!, atLeastSeconds: 0, minimum: fen(0) }
  const table = {
    ...rest,
    changedCountsAsLate: true,
    tiers: [
      { ...tier, rate: '0.2' },
      { ...tier, rate: '0.1', beforeDay: true }
    ]
  }
  const rows: [boolean, number, boolean, [number, number] | null][] = [
    [true, 3 * hour, false, [5.5, 49.5]],
    [true, 1, false, [5.5, 49.5]],
    [false, 20 * hour, false, [11, 44]],
    [false, 0, false, [11, 44]],
    [true, 30 * hour, true, [11, 44]],
    [false, -1, false, null]
  ]
  test.each(rows)('on a day before %s, %d s left, changed %s → %j', (earlierDay, secondsLeft, changed, expected) => {
    expect(answer(passengerRefund({ ...asked('coach-10-20', { secondsLeft, changed, earlierDay }), table }))).toEqual(
      expected
    )
  })
  test('and the passenger is told so before he pays', () => {
    expect(
      describeRefund(table)
        .map(({ zh }) => zh)
        .slice(0, 3)
    ).toEqual(['乘车日之前退票：票价的 10%', expect.stringMatching(/票价的 20%$/), '开车（航）后不退票'])
  })
})
