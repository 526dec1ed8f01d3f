import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addDays,
  calendarDay,
  clearingDayAt,
  compactDay,
  compactInstant,
  cutOf,
  daysBetween,
  parseDay,
  shanghaiInstant,
  wallClock,
  type BusinessDay
} from './business-day.ts'

const instant = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2099-12-01T00:00:00Z'),
  noInvalidDate: true
})
const day = instant.map(calendarDay)
const shanghai = (text: string): Date => new Date(`${text}+08:00`)

describe('the clearing day', () => {
  it.each([
    ['2024-03-15T02:59:59.999', '2024-03-15'],
    ['2024-03-15T03:00:00', '2024-03-16'],
    ['2024-03-15T08:30:15', '2024-03-16'],
    ['2024-03-15T23:59:59', '2024-03-16'],
    ['2024-03-16T02:59:59', '2024-03-16'],
    ['2024-02-28T03:00:00', '2024-02-29'],
    ['2023-12-31T12:00:00', '2024-01-01']
  ])('of %s is %s', (at, expected) => {
    expect(clearingDayAt(shanghai(at))).toBe(expected)
  })

  it('takes in exactly what comes from one cut to the next', () => {
    fc.assert(
      fc.property(instant, (at) => {
        const open = clearingDayAt(at)
        expect(at.getTime()).toBeLessThan(cutOf(open).getTime())
        expect(at.getTime()).toBeGreaterThanOrEqual(cutOf(addDays(open, -1)).getTime())
      })
    )
  })

  it('is cut at three in the morning in Shanghai, wherever the machine is', () => {
    expect(cutOf('2024-03-16' as BusinessDay)).toEqual(shanghai('2024-03-16T03:00:00'))
  })
})

describe('a day', () => {
  it('counts forward and back', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -20_000, max: 20_000 }), (from, days) => {
        expect(daysBetween(from, addDays(from, days))).toBe(days)
        expect(addDays(addDays(from, days), -days)).toBe(from)
      })
    )
  })

  it('sorts as text like it does in time', () => {
    fc.assert(
      fc.property(day, day, (a, b) => {
        expect(Math.sign(daysBetween(a, b))).toBe(a < b ? 1 : a > b ? -1 : 0)
      })
    )
  })

  it('is read in both spellings', () => {
    fc.assert(
      fc.property(day, (day) => {
        expect(parseDay(day)).toBe(day)
        expect(parseDay(compactDay(day))).toBe(day)
      })
    )
  })

  it.each([
    '',
    '2024-02-30',
    '20230229',
    '2024-13-01',
    '2024-00-10',
    '2024-3-5',
    '24-03-05',
    '2024-03-05T00',
    ' 2024-03-05',
    '2024-0305x'
  ])('is not %o', (text) => {
    expect(parseDay(text)).toBeNull()
  })
})

describe('an instant', () => {
  it('is a Shanghai wall clock whatever the zone of the machine', () => {
    const at = shanghai('2024-03-15T00:05:09')
    expect([calendarDay(at), compactInstant(at), wallClock(at)]).toEqual([
      '2024-03-15',
      '20240315000509',
      '2024-03-15 00:05:09'
    ])
  })

  it('is its day and the seconds of it', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: 0, max: 86_399 }), (day, second) => {
        const at = shanghaiInstant(day, second)
        expect(calendarDay(at)).toBe(day)
        const time = compactInstant(at).slice(8)
        const told = Number(time.slice(0, 2)) * 3600 + Number(time.slice(2, 4)) * 60 + Number(time.slice(4))
        expect(told).toBe(second)
      })
    )
  })
})
