import { expect, test } from 'vitest'
import { connectRides } from './connect-rules.ts'

const ride = (id: number, departs: string, arrives: string) => ({
  id,
  departsAt: new Date(`2026-12-01T${departs}:00+08:00`),
  arrivesAt: new Date(`2026-12-01T${arrives}:00+08:00`)
})
const coaches = [ride(1, '08:00', '10:00'), ride(2, '09:00', '11:00'), ride(3, '09:30', '11:30')]
const ferries = [ride(11, '10:30', '11:30'), ride(12, '11:00', '12:00'), ride(13, '12:30', '13:30')]

test.each<[number, number[][]]>([
  [
    60,
    [
      [1, 12],
      [3, 13]
    ]
  ],
  [
    30,
    [
      [1, 11],
      [3, 13]
    ]
  ],
  [61, [[2, 13]]],
  [91, [[1, 13]]],
  [90, [[2, 13]]]
])('with %i minutes between coach and ferry the journeys are %j', (minutes, expected) => {
  const [early, late] = [coaches.slice(0, 2), coaches]
  const asked = minutes > 60 ? early : late
  expect(connectRides([asked, ferries], [minutes]).map((legs) => legs.map(({ id }) => id))).toEqual(expected)
})

test('a third ride must be reached from the second; without one there is no journey', () => {
  const last = [ride(21, '12:45', '14:00')]
  expect(connectRides([coaches, ferries, last], [60, 45]).map((legs) => legs.map(({ id }) => id))).toEqual([
    [1, 12, 21]
  ])
  expect(connectRides([coaches, ferries, []], [60, 45])).toEqual([])
})
