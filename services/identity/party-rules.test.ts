import { expect, test } from 'vitest'
import type { DocumentKind } from './document-rules.ts'
import { checkParty, type PartyMember } from './party-rules.ts'

const day = '2025-07-01'
const born = (birthDay: string | null, kind: DocumentKind | null = null): PartyMember => ({
  document: kind && { kind, number: 'A123456789' },
  birthDay
})
const adult = born('1990-03-07')
const unknown = born(null, '02')
const child = born('2016-07-02')
const infant = born('2023-07-02')
const almostTwo = born('2023-07-01')

const rows: [string, [number, number], PartyMember[], [string, number] | null][] = [
  ['a child alone where it may', [0, 1], [child], null],
  ['a child alone where it may not', [10, 1], [child], ['minor-alone', 0]],
  ['on its tenth birthday', [10, 1], [born('2015-07-01')], null],
  ['the day before', [10, 1], [born('2015-07-02')], ['minor-alone', 0]],
  ['with an adult', [10, 1], [child, adult], null],
  ['with somebody whose document shows no age', [10, 1], [child, unknown], null],
  ['with a brother of seventeen', [10, 1], [born('2007-07-02'), child], ['minor-alone', 1]],
  ['with a sister of eighteen', [10, 1], [born('2007-07-01'), child], null],
  ['an infant with its carer', [0, 1], [adult, infant], null],
  ['two infants with one carer', [0, 1], [adult, infant, infant], ['too-many-infants', 2]],
  ['two infants with two carers', [0, 1], [adult, infant, adult, infant], null],
  ['two years old today is no infant', [0, 1], [adult, infant, almostTwo], null],
  ['an infant alone', [0, 1], [infant], ['too-many-infants', 0]],
  ['a birth certificate at fifteen', [0, 1], [born('2009-07-02', '12')], null],
  ['a student card at sixteen', [0, 1], [adult, born('2009-07-01', '13')], ['document-for-minors', 1]],
  ['a passport at sixteen', [0, 1], [born('2009-07-01', '02')], null]
]
test.each(rows)('%s', (...[, [aloneFromAge, infantsPerAdult], party, answer]) => {
  const found = checkParty({ aloneFromAge, infantsPerAdult }, party, day)
  expect(found && [found.fault, found.passenger]).toEqual(answer)
})
