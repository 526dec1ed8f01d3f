import { expect, test } from 'vitest'
import type { DepartureState } from '../../timetable/timetable-schemas.ts'
import type { CouponState } from '../coupon-rules.ts'
import { findBreak, partiesOf, type BookedLeg } from './connection-rules.ts'

const at = (time: string): Date => new Date(`2026-12-02T${time}:00+08:00`)
const leg = (
  number: number,
  [departs, arrives]: [string, string],
  departureState: DepartureState = 'ON_SALE',
  state: CouponState = 'ISSUED'
): BookedLeg => ({
  leg: number,
  departure: 10 + number,
  departureState,
  state,
  departsAt: at(departs),
  arrivesAt: at(arrives)
})
const ferry = leg(1, ['11:00', '12:00'])
const bus = leg(2, ['12:45', '14:00'])

test.each<[string, BookedLeg[], ReturnType<typeof findBreak>]>([
  ['to the minute', [leg(0, ['08:00', '10:00']), ferry, bus], null],
  [
    'a minute late',
    [leg(0, ['08:01', '10:01'], 'DELAYED'), ferry, bus],
    { cause: 'delayed', leg: 1, departure: 10, minutesShort: 1 }
  ],
  [
    'late, but on board the next',
    [leg(0, ['08:30', '10:30'], 'DELAYED', 'USED'), leg(1, ['11:00', '12:00'], 'ON_SALE', 'CHECKED'), bus],
    null
  ],
  [
    'late and on board of the late one',
    [leg(0, ['08:30', '10:30'], 'DELAYED', 'USED'), ferry, bus],
    { cause: 'delayed', leg: 1, departure: 10, minutesShort: 30 }
  ],
  [
    'the first one does not go',
    [leg(0, ['08:00', '10:00'], 'CANCELLED'), ferry, bus],
    { cause: 'cancelled', leg: 0, departure: 10, minutesShort: null }
  ],
  [
    'the last one was merged away',
    [leg(0, ['08:00', '10:00']), ferry, leg(2, ['12:45', '14:00'], 'MERGED')],
    { cause: 'cancelled', leg: 2, departure: 12, minutesShort: null }
  ],
  [
    'the ferry waits for the fog to lift',
    [leg(0, ['08:00', '10:00']), leg(1, ['11:00', '12:00'], 'SUSPENDED'), bus],
    { cause: 'cancelled', leg: 1, departure: 11, minutesShort: null }
  ],
  [
    'the ferry waits too long for the bus',
    [leg(0, ['08:00', '10:00']), leg(1, ['11:10', '12:10'], 'DELAYED'), bus],
    { cause: 'delayed', leg: 2, departure: 11, minutesShort: 10 }
  ]
])('%s', (_, legs, expected) => {
  expect(findBreak(legs, [60, 45])).toEqual(expected)
})

test('a party is who goes on by the same departures', () => {
  const of = (passenger: number, ...departures: number[]) =>
    departures.map((departure, index) => ({ ...leg(index, ['08:00', '09:00']), departure, passenger }))
  const parties = partiesOf([...of(2, 7, 9), ...of(0, 7, 8), ...of(1, 7, 9)])
  expect(parties.map((legs) => legs.map(({ passenger, departure }) => [passenger, departure]))).toEqual([
    [
      [0, 7],
      [0, 8]
    ],
    [
      [1, 7],
      [1, 9],
      [2, 7],
      [2, 9]
    ]
  ])
})
