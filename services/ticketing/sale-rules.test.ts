import { describe, expect, test } from 'vitest'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { fen } from '../../clearing/money.ts'
import { residentNumber } from './test-sale.ts'
import { checkFareKind, checkFreeChildren, priceOf, totalOf, type FareKind } from './fare-rules.ts'
import { checkPassenger, checkSale, ticketNumberPrefix } from './sale-rules.ts'

const departsAt = new Date('2025-07-01T14:20:00+08:00')
const coach = {
  mode: 'coach',
  numbered: true,
  realName: true,
  state: 'ON_SALE',
  departsAt,
  presaleDays: 15,
  saleClosesMinutes: 10,
  passengersPerOrder: 5,
  freeChildrenPerAdult: 1,
  freeAgeMax: 6,
  halfAgeMax: 14,
  fullFare: fen(6700),
  halfFare: fen(3350),
  serviceFee: fen(200)
} as const

describe('age on the day of departure decides a child fare (facts §1.3)', () => {
  const rows: [string, FareKind, string | null][] = [
    ['20180702', 'free', null],
    ['20180701', 'free', 'fare-not-entitled'],
    ['20180701', 'half', null],
    ['20180702', 'half', null],
    ['20100702', 'half', null],
    ['20100701', 'half', 'fare-not-entitled'],
    ['19491231', 'full', null]
  ]
  test.each(rows)('born %s, %s → %s', (born, fareKind, answer) => {
    const document = { kind: '01', number: residentNumber(1, born) } as const
    expect(checkFareKind(coach, { document, birthDay: null, fareKind })).toBe(answer)
  })
  test("the document's birth date wins over a stated one; without any the fare is full", () => {
    const document = { kind: '01', number: residentNumber(1, '19900307') } as const
    expect(checkFareKind(coach, { document, birthDay: '2020-01-01', fareKind: 'free' })).toBe('fare-not-entitled')
    expect(checkFareKind(coach, { document: null, birthDay: '2020-01-01', fareKind: 'free' })).toBeNull()
    expect(checkFareKind(coach, { document: null, birthDay: null, fareKind: 'half' })).toBe('age-unproven')
    expect(checkFareKind(coach, { document: null, birthDay: '2026-01-01', fareKind: 'free' })).toBe('age-unproven')
  })
})

test.each<[FareKind[], string | null]>([
  [['full'], null],
  [['full', 'free'], null],
  [['full', 'free', 'free'], 'too-many-free-children'],
  [['full', 'full', 'free', 'free'], null],
  [['free'], 'child-needs-adult'],
  [['half', 'free'], 'child-needs-adult'],
  [['half'], null]
])('free children among %j → %s', (kinds, answer) => {
  expect(checkFreeChildren(1, kinds)).toBe(answer)
})

describe('the sale of a departure', () => {
  const one: FareKind[] = ['full']
  const rows: [string, Partial<Parameters<typeof checkSale>[0]>, FareKind[], string, string | null][] = [
    ['in time', {}, one, '2025-07-01T14:09:59+08:00', null],
    ['at the closing minute', {}, one, '2025-07-01T14:10:00+08:00', 'sale-closed'],
    ['on the first presale day', {}, one, '2025-06-16T00:00:00+08:00', null],
    ['a second earlier', {}, one, '2025-06-15T23:59:59+08:00', 'sale-not-open'],
    ['at nine, when that day begins then', { presaleOpensMinute: 540 }, one, '2025-06-16T09:00:00+08:00', null],
    ['a second before', { presaleOpensMinute: 540 }, one, '2025-06-16T08:59:59+08:00', 'sale-not-open'],
    ['early on the next day', { presaleOpensMinute: 540 }, one, '2025-06-17T00:00:00+08:00', null],
    ['cancelled', { state: 'CANCELLED' }, one, '2025-07-01T08:00:00+08:00', 'departure-cancelled'],
    ['stopped', { state: 'SALE_STOPPED' }, one, '2025-07-01T08:00:00+08:00', 'sale-closed'],
    ['dispatched', { state: 'DISPATCHED' }, one, '2025-07-01T08:00:00+08:00', 'sale-closed'],
    ['late but not gone', { state: 'DELAYED' }, one, '2025-07-01T08:00:00+08:00', null],
    ['six people', {}, Array<FareKind>(6).fill('full'), '2025-07-01T08:00:00+08:00', 'too-many-passengers']
  ]
  test.each(rows)('%s', (...[, changes, kinds, now, answer]) => {
    expect(checkSale({ ...coach, ...changes }, kinds, new Date(now))).toBe(answer)
  })
})

describe('real names', () => {
  const today = '2025-07-01' as BusinessDay
  const nobody = { document: null, birthDay: '2020-01-01' }
  const rows: [object, FareKind, string | null][] = [
    [{}, 'full', 'document-required'],
    [{}, 'free', null],
    [{ mode: 'ferry' }, 'free', 'document-required'],
    [{ realName: false }, 'full', null]
  ]
  test.each(rows)('%j, %s without a document → %s', (changes, fareKind, answer) => {
    expect(checkPassenger({ ...coach, ...changes }, { ...nobody, fareKind }, today)).toBe(answer)
  })
})

test('the total is fares and service fees; a free child pays neither', () => {
  const places = (['full', 'half', 'free'] as const).map((kind) => priceOf(coach, kind))
  expect(totalOf(places)).toBe(6700 + 200 + 3350 + 200)
  expect(places.map(({ claims }) => claims)).toEqual([{}, {}, { 'free-child': 1 }])
  expect(priceOf({ ...coach, mode: 'ferry', numbered: false }, 'free').claims).toEqual({ passenger: 1 })
  expect(priceOf({ ...coach, numbered: false }, 'half').claims).toEqual({ passenger: 1 })
})

test.each([
  ['440100003', null, '44010000200'],
  ['440100003', { place: '440100003', window: 7 }, '44010003107'],
  ['440100003', { place: '440800P01', window: 12 }, '44080001112']
])('a ticket boarding at %s sold at %j begins with %s', (from, counter, prefix) => {
  expect(ticketNumberPrefix(from, counter)).toBe(prefix)
})

test.each([
  ['sold at once', {}, null],
  ['after the report, which has not come', { sellsAfterReport: true }, 'sale-after-report'],
  ['after the report', { sellsAfterReport: true, reported: true }, null],
  ['on the way, an hour before', { passingOpensMinutes: 60, fromPosition: 1 }, null],
  ['on the way, a minute too early', { passingOpensMinutes: 19, fromPosition: 1 }, 'sale-not-open'],
  ['on the way, just open', { passingOpensMinutes: 20, fromPosition: 1 }, null],
  ['on the way, after the report', { passingOpensMinutes: 0, fromPosition: 1 }, 'sale-after-report'],
  ['on the way, reported', { passingOpensMinutes: 0, fromPosition: 1, reported: true }, null],
  ['from the first stop', { passingOpensMinutes: 0, fromPosition: 0 }, null]
])('the sale of a departure %s opens by its policy (parameters 1020, 1034)', (_, terms, answer) => {
  expect(checkSale({ ...coach, ...terms }, ['full'], new Date('2025-07-01T14:00:00+08:00'))).toBe(answer)
})
