import { expect, test } from 'vitest'
import { fen } from '../../../clearing/money.ts'
import { affordable, deadlineFor, prepaymentFor } from './waitlist-rules.ts'

const time = (hour: number) => new Date(Date.UTC(2026, 11, 2, hour))
const wish = (total: number, hour: number) => ({ total: fen(total), closesAt: time(hour) })

test('wishes up to the limit, in the passenger’s order', () => {
  expect(affordable([wish(200, 1), wish(301, 2), wish(300, 3)], 300)).toEqual([wish(200, 1), wish(300, 3)])
  expect(affordable([wish(301, 2)], 300)).toEqual([])
})

test('the dearest wish is prepaid', () => {
  expect(prepaymentFor([wish(200, 1), wish(300, 3), wish(100, 2)])).toBe(300)
})

test.each([
  ['the last sale’s end', null, 3],
  ['the passenger’s own time', time(2), 2],
  ['never after the last sale', time(9), 3],
  ['which is over when it has passed', time(0), null],
  ['and at its very moment', time(1), null]
])('one waits until %s', (_, until, hour) => {
  expect(deadlineFor([wish(1, 3), wish(1, 2)], until, time(1))).toEqual(hour === null ? null : time(hour))
})
