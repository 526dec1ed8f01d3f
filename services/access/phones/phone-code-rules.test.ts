import { expect, it } from 'vitest'
import { isCodeLive, maySendCode, type CodeState } from './phone-code-rules.ts'

const now = new Date('2026-11-20T08:00:00Z')
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
const state = (changes: Partial<CodeState>): CodeState => ({
  sentAt: ago(30),
  dayBegan: ago(60),
  sentInDay: 3,
  lockedUntil: null,
  ...changes
})

it.each([
  ['a number never seen', null, 1],
  ['an hour of three codes', state({}), 4],
  ['a code 59 s ago', state({ sentAt: ago(59 / 60) }), 'phone-code-too-soon'],
  ['a code 60 s ago', state({ sentAt: ago(1) }), 4],
  ['ten codes in its day', state({ sentInDay: 10 }), 'phone-code-too-many'],
  ['ten codes, a day ago', state({ sentInDay: 10, dayBegan: ago(24 * 60) }), 1],
  ['locked for another minute', state({ lockedUntil: ago(-1) }), 'account-locked'],
  ['locked until now', state({ lockedUntil: now }), 4]
] as const)('%s → %s', (_, known, answer) => {
  const verdict = maySendCode(known, now)
  expect(verdict.may ? verdict.sentInDay : verdict.because).toBe(answer)
})

it.each([
  [4.99, true],
  [5, false]
])('a code of %d minutes is good: %s', (minutes, live) => {
  expect(isCodeLive({ sentAt: ago(minutes) }, now)).toBe(live)
})
