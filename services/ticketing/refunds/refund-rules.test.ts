import { describe, expect, test } from 'vitest'
import { fen } from '../../../clearing/money.ts'
import { refundPolicies } from '../../local/sample-province/sample-policies.ts'
import { fullRefund, passengerRefund, type RefundCase, type RefundTier } from './refund-rules.ts'

const hour = 3600
const policy = (code: string) => {
  const { tiers, changedCountsAsLate } = refundPolicies.find((policy) => policy.code === code)!
  return { tiers: tiers as RefundTier[], changedCountsAsLate }
}
const asked = (code: string, about: Partial<RefundCase>): RefundCase => ({
  ...policy(code),
  fareKind: 'full',
  fare: fen(5500),
  extras: fen(0),
  secondsLeft: 3 * hour,
  changed: false,
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
