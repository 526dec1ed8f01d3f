import { describe, expect, test } from 'vitest'
import { fen } from '../../../clearing/money.ts'
import type { CouponState } from '../coupon-rules.ts'
import { refundTable } from '../../local/sample-province/sample-policies.ts'
import {
  changeSum,
  checkChange,
  checkVehiclesTogether,
  dueFor,
  type ChangeCase,
  type ChangePrice
} from './change-rules.ts'

const terms = {
  timesMax: 1,
  closesMinutes: 120,
  untilPortEntry: false,
  lateFee: false,
  sameLine: true,
  sameStops: true,
  samePrice: false,
  lowerPrice: true,
  changedRefundable: true,
  changedVoidable: false
}
const strait = { ...terms, closesMinutes: -120, lateFee: true }
const usual: ChangeCase = {
  cause: 'passenger',
  state: 'ISSUED',
  changes: 0,
  secondsLeft: 10_000,
  sameDeparture: false,
  sameLine: true,
  sameStops: true,
  sameCities: true,
  terms
}

describe('a ticket may be changed', () => {
  test.each<[string, Partial<ChangeCase>, ReturnType<typeof checkChange>]>([
    ['once, before its deadline, along the same line', {}, null],
    ['exactly at the deadline', { secondsLeft: 7200 }, null],
    ['not a second later', { secondsLeft: 7199 }, 'change-closed'],
    ['not twice', { changes: 1 }, 'changed-before'],
    ['as often as the terms say', { changes: 1, terms: { ...terms, timesMax: 2 } }, null],
    ['not to another line', { sameLine: false }, 'change-other-line'],
    ['to another line where the terms say so', { sameLine: false, terms: { ...terms, sameLine: false } }, null],
    ['not between other stops', { sameStops: false }, 'change-other-stops'],
    ['between others where the terms say so', { sameStops: false, terms: { ...terms, sameStops: false } }, null],
    ['not to itself', { sameDeparture: true }, 'change-same-departure'],
    ['on the strait until two hours after sailing', { terms: strait, secondsLeft: -7200 }, null],
    ['and then no more', { terms: strait, secondsLeft: -7201 }, 'change-closed'],
    ['when it was missed, where the terms reach that far', { state: 'NO_SHOW', terms: strait, secondsLeft: -60 }, null],
    ['when it is suspended', { state: 'SUSPENDED' }, null],
    ['not once checked in', { state: 'CHECKED' }, 'ticket-not-changeable'],
    ['not when used', { state: 'USED' }, 'ticket-not-changeable'],
    ['not when refunded', { state: 'REFUNDING' }, 'ticket-not-changeable'],
    ['not when changed', { state: 'CHANGED' }, 'ticket-not-changeable'],
    ['not before it is a ticket', { state: 'HELD' }, 'ticket-not-found'],
    [
      'whatever its terms, when the carrier cancelled',
      { cause: 'carrier', changes: 3, secondsLeft: -9, sameLine: false, sameStops: false },
      null
    ],
    ['then between the same cities', { cause: 'carrier', sameCities: false }, 'change-other-stops'],
    ['anywhere by overrule', { cause: 'overrule', changes: 3, secondsLeft: -99_999, sameCities: false }, null],
    ['not even by overrule once used', { cause: 'overrule', state: 'USED' }, 'ticket-not-changeable']
  ])('%s', (_, changes, answer) => expect(checkChange({ ...usual, ...changes })).toBe(answer))
})

describe('a change costs', () => {
  const refund = {
    fareKind: 'full' as const,
    fare: fen(4150),
    components: fen(0),
    extras: fen(0),
    secondsLeft: 10_000,
    changed: false,
    checked: false,
    table: refundTable('strait-2024')
  }
  const price: ChangePrice = { cause: 'passenger', newFare: fen(4150), singleFare: fen(4150), terms: strait, refund }
  test.each<[string, Partial<ChangePrice>, unknown]>([
    ['nothing at the same price', {}, { fee: 0, difference: 0 }],
    ['the difference upwards', { newFare: fen(5000) }, { fee: 0, difference: 850 }],
    ['less than nothing downwards', { newFare: fen(4000) }, { fee: 0, difference: -150 }],
    ['after sailing what a late refund costs', { refund: { ...refund, secondsLeft: -1 } }, { fee: 500, difference: 0 }],
    [
      'half of it for a child',
      {
        refund: { ...refund, fareKind: 'half', fare: fen(2250), secondsLeft: -1 },
        newFare: fen(2250),
        singleFare: fen(2250)
      },
      { fee: 300, difference: 0 }
    ],
    ['no fee where the terms know none', { terms, refund: { ...refund, secondsLeft: -1 } }, { fee: 0, difference: 0 }],
    [
      'nothing else where only equal prices go',
      { newFare: fen(4000), terms: { ...terms, samePrice: true } },
      'change-other-price'
    ],
    [
      'nothing less where lower prices do not go',
      { newFare: fen(4000), terms: { ...terms, lowerPrice: false } },
      'change-lower-price'
    ],
    [
      'nothing for a better ride when the carrier is the cause',
      { cause: 'carrier', newFare: fen(9000) },
      { fee: 0, difference: 0 }
    ],
    [
      'and gives back what a lesser one is worth less',
      { cause: 'carrier', newFare: fen(3000) },
      { fee: 0, difference: -1150 }
    ],
    [
      'nothing by overrule, also late',
      { cause: 'overrule', refund: { ...refund, secondsLeft: -99_999 } },
      { fee: 0, difference: 0 }
    ],
    [
      'never more back than was paid for a share',
      { newFare: fen(100), refund: { ...refund, fare: fen(2000) } },
      { fee: 0, difference: -2000 }
    ]
  ])('%s', (_, changes, answer) => expect(changeSum({ ...price, ...changes })).toEqual(answer))

  test('together what fees and differences come to', () => {
    expect(
      dueFor([
        { fee: fen(500), difference: fen(-150) },
        { fee: fen(0), difference: fen(850) }
      ])
    ).toBe(1200)
    expect(dueFor([{ fee: fen(0), difference: fen(-150) }])).toBe(-150)
  })
})

describe('a vehicle at position 3, driven by 0, with companions 1 and 2', () => {
  const coupon = (position: number, state: CouponState = 'ISSUED') => ({
    position,
    leg: 0,
    state,
    driver: position === 3 ? 0 : null
  })
  test.each<[number[], CouponState, string | null]>([
    [[0, 1, 2, 3], 'ISSUED', null],
    [[0, 3], 'ISSUED', null],
    [[1], 'ISSUED', null],
    [[0], 'ISSUED', 'change-with-vehicle'],
    [[0, 1, 2], 'ISSUED', 'change-with-vehicle'],
    [[3], 'ISSUED', 'change-with-vehicle'],
    [[0], 'REFUNDED', null],
    [[0], 'CHANGED', null]
  ])('%j change, the vehicle being %s: %s', (positions, state, answer) => {
    const all = [0, 1, 2, 3].map((position) => coupon(position, position === 3 ? state : 'ISSUED'))
    const goes = ({ position }: { position: number }) => positions.includes(position)
    expect(
      checkVehiclesTogether(
        all.filter(goes),
        all.filter((one) => !goes(one))
      )
    ).toBe(answer)
  })
})
