import { describe, expect, test } from 'vitest'
import { checkChanged, checkRefundable, checkVoid, couponStates, isTicket, type RefundReason } from './coupon-rules.ts'

const time = (minute: number, second = 0) => new Date(Date.UTC(2026, 11, 1, 2, minute, second))
const sale = { owner: 'clerk:one', issuedAt: time(0), voidMinutes: 30, handedOver: false }

describe('a seller voids his sale', () => {
  test.each<[string, Partial<typeof sale>, string, Date, ReturnType<typeof checkVoid>]>([
    ['within its minutes', {}, 'clerk:one', time(30), null],
    ['not a second later', {}, 'clerk:one', time(30, 1), 'void-closed'],
    ['not somebody else’s', {}, 'clerk:two', time(1), 'void-closed'],
    ['not once its shift was handed over', { handedOver: true }, 'clerk:one', time(1), 'void-handed-over'],
    ['not where the terms give no time', { voidMinutes: 0 }, 'clerk:one', time(0, 1), 'void-closed']
  ])('%s', (...[, changes, actor, now, answer]) => {
    expect(checkVoid({ ...sale, ...changes }, actor, now)).toBe(answer)
  })
})

describe('a ticket that was changed', () => {
  const terms = { changes: 1, changedRefundable: false, changedVoidable: false }
  test.each<[string, Partial<typeof terms>, RefundReason, ReturnType<typeof checkChanged>]>([
    ['is not refunded where the terms say so', {}, 'passenger', 'changed-not-refundable'],
    ['is where they allow it', { changedRefundable: true }, 'passenger', null],
    ['always when the carrier is the cause', {}, 'carrier', null],
    ['and by overrule', {}, 'overrule', null],
    ['is not voided where the terms say so', { changedRefundable: true }, 'void', 'changed-not-refundable'],
    ['is where they allow it', { changedVoidable: true }, 'void', null],
    ['is any other while it was not', { changes: 0 }, 'passenger', null]
  ])('%s', (_, changes, reason, answer) => {
    expect(checkChanged({ ...terms, ...changes }, reason)).toBe(answer)
  })
})

test('what may be refunded, and what voided, by state', () => {
  const answers = (reason: RefundReason) =>
    Object.fromEntries(couponStates.map((state) => [state, checkRefundable(state, reason)]))
  expect(Object.entries(answers('passenger')).filter(([, fault]) => fault === null)).toEqual([
    ['ISSUED', null],
    ['NO_SHOW', null],
    ['SUSPENDED', null]
  ])
  expect(Object.entries(answers('void')).filter(([, fault]) => fault === null)).toEqual([['ISSUED', null]])
  expect(answers('passenger')).toMatchObject({ CHANGED: 'ticket-not-refundable', HELD: 'ticket-not-found' })
  expect(couponStates.filter((state) => !isTicket(state))).toEqual(['HELD', 'RELEASED'])
})
