import { describe, expect, test } from 'vitest'
import type { DocumentKind } from './document-rules.ts'
import { maskName, maskNumber, maskPhone, type Audience } from './masking-rules.ts'

test.each([
  ['张三', '*三'],
  ['张三丰', '张**'],
  ['欧阳娜娜', '欧***'],
  ['王', '*'],
  ['𠮷野家', '𠮷**']
])('the name %s is shown as %s', (name, shown) => {
  expect(maskName(name)).toBe(shown)
})

describe('a number shows its ends only', () => {
  const rows: [DocumentKind, string, Audience, string][] = [
    ['01', '440100199003072033', 'public', '4*************2033'],
    ['01', '440100199003072033', 'staff', '440100********2033'],
    ['05', 'H0123456700', 'public', 'H********00'],
    ['02', 'E12345678', 'public', 'E*****678'],
    ['02', 'L898902C36UTO7408122F1204159ZE184226B<<<<<10', 'staff', 'L*****2C3'],
    ['06', '12345678', 'staff', '1*****78'],
    ['08', 'CAN110078010112', 'public', 'C**********0112'],
    ['13', 'A123', 'public', 'A*23']
  ]
  test.each(rows)('%s %s for %s → %s', (kind, number, audience, shown) => {
    expect(maskNumber({ kind, number }, audience)).toBe(shown)
  })
  test('a number too short to hide part of is hidden whole', () => {
    expect(maskNumber({ kind: '99', number: '123' }, 'public')).toBe('***')
  })
})

test('a phone number', () => {
  expect(maskPhone('13800001234')).toBe('138****1234')
})
