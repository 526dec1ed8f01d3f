import { describe, expect, test } from 'vitest'
import { fen } from '../../../clearing/money.ts'
import { refundTable } from '../../local/sample-province/sample-policies.ts'
import { passengerRefund } from './refund-rules.ts'
import { valueOf, type ValuedCoupon } from './refund-value-rules.ts'

const coupon = (ticketNo: string, changes: Partial<ValuedCoupon> = {}): ValuedCoupon => ({
  ticketNo,
  passenger: 0,
  fareKind: 'full',
  fare: fen(9500),
  singleFare: fen(12_000),
  productKind: 'return',
  leg: 0,
  groupFrom: null,
  refundedValue: null,
  ...changes
})

describe('a return ticket: 120 each way, 190 for both (facts §3.3)', () => {
  const [out, back] = [coupon('out'), coupon('back')]
  test('with the way out used, the way back is worth 70; with the fee of 10 % 63 yuan come back', () => {
    const fare = valueOf(back, [back], [out, back])
    expect(fare).toBe(7000)
    const table = refundTable('coach-10-20')
    const about = { fareKind: 'full', components: fen(0), extras: fen(0), changed: false, checked: false } as const
    expect(passengerRefund({ ...about, fare, table, secondsLeft: 3 * 3600 })).toEqual({ fee: 700, amount: 6300 })
  })

  test('both ways together are worth what was paid', () => {
    expect([out, back].map((one) => valueOf(one, [out, back], [out, back]))).toEqual([9500, 9500])
  })

  test('one after the other are worth no more than both', () => {
    const first = valueOf(back, [back], [out, back])
    const refunded = { ...back, refundedValue: first }
    expect(first + valueOf(out, [out], [out, refunded])).toBe(19_000)
  })

  test('is never worth less than nothing', () => {
    const dear = coupon('out', { singleFare: fen(20_000) })
    expect(valueOf(back, [back], [dear, back])).toBe(0)
  })

  test('of another passenger of the order does not count', () => {
    const others = [coupon('other out', { passenger: 1 }), coupon('other back', { passenger: 1 })]
    expect(valueOf(back, [back], [out, back, ...others])).toBe(7000)
  })
})

test('on a through ticket a coupon is worth its prorated share, whatever else stays', () => {
  const [bus, ferry] = [
    coupon('bus', { fare: fen(13_043), productKind: 'through' }),
    coupon('ferry', { fare: fen(6957), productKind: 'through' })
  ]
  expect(valueOf(ferry, [ferry], [bus, ferry])).toBe(6957)
})

describe('a party of twelve at 90 instead of 100, ten of whom make a group', () => {
  const party = Array.from({ length: 12 }, (_, passenger) =>
    coupon(`ticket ${passenger}`, {
      passenger,
      fare: fen(9000),
      singleFare: fen(10_000),
      productKind: null,
      groupFrom: 10
    })
  )
  const worth = (leaving: number) => party.slice(0, leaving).map((one) => valueOf(one, party.slice(0, leaving), party))
  test.each([
    [1, [9000]],
    [2, [9000, 9000]],
    // Nine stay and pay 900; 1080 was paid.
    [3, [6000, 6000, 6000]],
    [12, Array.from({ length: 12 }, () => 9000)]
  ])('%i leave: each is worth %j', (leaving, values) => {
    expect(worth(leaving)).toEqual(values)
  })
  test('one after another they get no more than together', () => {
    const gone = party.map((one, index) => (index < 2 ? { ...one, refundedValue: fen(9000) } : one))
    expect(valueOf(gone[2]!, [gone[2]!], gone)).toBe(0)
    const last = gone.map((one, index) => (index < 11 ? { ...one, refundedValue: fen(index < 2 ? 9000 : 0) } : one))
    expect(valueOf(last[11]!, [last[11]!], last)).toBe(90_000)
  })
})
