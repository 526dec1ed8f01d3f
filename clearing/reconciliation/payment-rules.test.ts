// When money moves, what a line of the bank is, and what is said of books that differ.
import { describe, expect, it } from 'vitest'
import type { BusinessDay } from '../business-day.ts'
import { fen } from '../money.ts'
import {
  closedDaysAfter,
  explain,
  isBankingDay,
  isPaidWith,
  nextBankingDay,
  placeLine,
  reserveRequired,
  samplePaymentTerms,
  topUpOf,
  type BankCalendar,
  type Explanation,
  type ThreeBooks
} from './payment-rules.ts'

const of = (day: string) => day as BusinessDay
const holiday = [1, 2, 3, 4, 5, 6, 7].map((day) => of(`2026-10-0${day}`))
const calendar: BankCalendar = new Map([
  ...holiday.map((day) => [day, { open: false, name: '国庆节' }] as [BusinessDay, { open: boolean; name: string }]),
  [of('2026-10-10'), { open: true, name: '调休上班' }]
])

describe('banking days', () => {
  it.each([
    ['2026-09-30', true],
    ['2026-10-01', false],
    ['2026-10-08', true],
    ['2026-10-10', true],
    ['2026-10-11', false]
  ])('%s: %s', (day, open) => expect(isBankingDay(calendar, of(day))).toBe(open))

  it.each([
    ['2026-09-28', '2026-09-29', 0],
    ['2026-09-30', '2026-10-08', 7],
    ['2026-10-09', '2026-10-10', 0],
    ['2026-10-10', '2026-10-12', 1]
  ])('after %s comes %s, with %i closed days between', (day, next, closed) => {
    expect(nextBankingDay(calendar, of(day))).toBe(next)
    expect(closedDaysAfter(calendar, of(day))).toBe(closed)
  })

  it('ask for more reserve before a holiday, and for what is missing of it', () => {
    expect(reserveRequired(fen(1000), closedDaysAfter(calendar, of('2026-09-30')))).toBe(8000)
    expect([topUpOf(fen(7000), fen(8000)), topUpOf(fen(8000), fen(8000)), topUpOf(fen(-5), fen(0))]).toEqual([
      1000, 0, 5
    ])
  })

  it.each([
    ['2026-02-27', 'daily', true],
    ['2026-02-27', 'monthly', false],
    ['2026-02-28', 'monthly', true],
    ['2026-12-31', 'monthly', true]
  ] as const)('%s pays a %s member: %s', (day, cycle, paid) => expect(isPaidWith(of(day), cycle)).toBe(paid))
})

describe('a line of the bank', () => {
  const open = { amount: fen(500), confirmed: false }
  const plain = { isReserve: false, isReturn: false }
  it.each([
    ['that pays what we ordered', -500, plain, open, { to: 'instruction', difference: 0 }],
    ['that lacks a charge', -502, plain, open, { to: 'instruction', difference: -2 }],
    ['just beyond the tolerance', -506, plain, open, { to: 'suspense', reason: 'other-amount' }],
    ['for a payment that is paid', -500, plain, { ...open, confirmed: true }, { to: 'suspense', reason: 'paid-twice' }],
    ['that says nothing', 700, plain, undefined, { to: 'suspense', reason: 'unknown-purpose' }],
    ['of a member for its reserve', 700, { ...plain, isReserve: true }, undefined, { to: 'reserve' }],
    ['out of a reserve', -700, { ...plain, isReserve: true }, undefined, { to: 'suspense', reason: 'unknown-purpose' }],
    ['that is our return', -700, { ...plain, isReturn: true }, undefined, { to: 'returned' }]
  ] as const)('%s', (...row) => {
    const [, amount, kind, expected, placement] = row
    expect(placeLine({ amount: fen(amount), ...kind }, expected, samplePaymentTerms)).toEqual(placement)
  })
})

describe('three books', () => {
  const books: ThreeBooks = {
    ledger: fen(500),
    instruction: fen(500),
    bank: null,
    approved: true,
    sent: true,
    inSuspense: false,
    dueOn: of('2026-10-08')
  }
  it.each<[Explanation, Partial<ThreeBooks>, string]>([
    ['agrees', { bank: fen(500) }, '2026-10-08'],
    ['within-tolerance', { bank: fen(498) }, '2026-10-08'],
    ['books-differ', { ledger: fen(400) }, '2026-10-08'],
    ['in-suspense', { inSuspense: true }, '2026-10-08'],
    ['not-approved', { approved: false, sent: false }, '2026-10-08'],
    ['not-due', { sent: false }, '2026-10-05'],
    ['in-flight', {}, '2026-10-08'],
    ['late', {}, '2026-10-09']
  ])('%s', (said, change, today) => expect(explain({ ...books, ...change }, of(today))).toBe(said))
})
