import { describe, expect, test } from 'vitest'
import { icaoCheckDigit, isPassportZone } from './check-digits.ts'
import {
  birthDayOf,
  canonicalDocument,
  checkDocument,
  completedYears,
  convertFirstGeneration,
  normaliseNumber,
  type DocumentKind
} from './document-rules.ts'

const today = '2025-07-01'

describe('a document number is accepted by the rules of its kind', () => {
  const rows: [DocumentKind, string, string | null][] = [
    ['01', '11010519491231002X', null],
    ['01', '440524188001010014', 'document-birth-date'],
    ['01', '440100199003072033', null],
    ['01', '44520019991231102X', null],
    ['01', '440100199003072034', 'document-check-digit'],
    ['01', '440100199002302030', 'document-birth-date'],
    ['01', '44010019900307203x', 'document-check-digit'],
    ['01', '11010519491231002x', null],
    ['01', '１１０１０５１９４９１２３１００２Ｘ', null],
    ['01', ' 110105 19491231 002X ', null],
    ['01', '110105491231002', 'document-first-generation'],
    ['01', '990100199003072033', 'document-area'],
    ['01', '090100199003072033', 'document-area'],
    ['01', '4401001990030720', 'document-malformed'],
    ['01', '', 'document-malformed'],
    ['07', '810000199001010019', null],
    ['07', '820000198506150022', null],
    ['07', '830000197808080039', null],
    ['07', '440100199003072033', 'document-kind-mismatch'],
    ['01', '810000199001010019', 'document-kind-mismatch'],
    ['07', '810000199001010018', 'document-check-digit'],
    ['08', '944840198501020013', null],
    ['08', '93139220000229003X', null],
    ['08', '944840198501020014', 'document-check-digit'],
    ['08', 'CAN110078010112', null],
    ['08', '844840198501020013', 'document-malformed'],
    ['05', 'H0123456700', null],
    ['05', 'H01234567', null],
    ['05', 'M1234567801', null],
    ['05', 'HA1234567', null],
    ['05', 'MA1234567', null],
    ['05', 'K12345678', 'document-malformed'],
    ['05', 'H1234567', 'document-malformed'],
    ['06', '12345678', null],
    ['06', '1234567801', null],
    ['06', '1234567801(B)', null],
    ['06', '123456789', 'document-malformed'],
    ['02', 'E12345678', null],
    ['02', 'EA1234567', null],
    ['02', 'E123', 'document-malformed'],
    ['02', "E1234567'--", 'document-malformed'],
    ['02', 'L898902C36UTO7408122F1204159ZE184226B<<<<<10', null],
    ['02', 'L898902C46UTO7408122F1204159ZE184226B<<<<<10', 'document-check-digit'],
    ['09', '440100199003072033', null],
    ['10', '440100199003072034', 'document-check-digit']
  ]
  test.each(rows)('%s %s → %s', (kind, number, answer) => {
    expect(checkDocument({ kind, number }, today)).toBe(answer)
  })

  test('a birthday is acceptable on the day itself and not the day before', () => {
    const born = { kind: '01', number: '440100199003072033' } as const
    expect(checkDocument(born, '1990-03-07')).toBeNull()
    expect(checkDocument(born, '1990-03-06')).toBe('document-birth-date')
  })
})

describe('what names the person', () => {
  const rows: [DocumentKind, string, string][] = [
    ['05', 'H0123456700', '05|H01234567'],
    ['05', 'h01234567', '05|H01234567'],
    ['05', 'HA1234567', '05|HA1234567'],
    ['06', '1234567801', '06|12345678'],
    ['06', '12345678', '06|12345678'],
    ['01', '11010519491231002x', '01|11010519491231002X'],
    ['10', '440100199003072033', '01|440100199003072033'],
    ['02', 'L898902C36UTO7408122F1204159ZE184226B<<<<<10', '02|L898902C3'],
    ['02', 'L898902C3', '02|L898902C3'],
    ['07', '810000199001010019', '07|810000199001010019']
  ]
  test.each(rows)('%s %s → %s', (kind, number, answer) => {
    expect(canonicalDocument({ kind, number })).toBe(answer)
  })
})

test('a first-generation number is converted for imports', () => {
  expect(convertFirstGeneration('110105491231002')).toBe('11010519491231002X')
})

describe('the birth day a number carries', () => {
  const rows: [DocumentKind, string, string | null][] = [
    ['01', '440100199003072033', '1990-03-07'],
    ['08', '93139220000229003X', '2000-02-29'],
    ['08', 'CAN110078010112', null],
    ['02', 'E12345678', null]
  ]
  test.each(rows)('%s %s → %s', (kind, number, answer) => {
    expect(birthDayOf({ kind, number })).toBe(answer)
  })
})

test.each([
  ['2018-07-02', '2025-07-01', 6],
  ['2018-07-01', '2025-07-01', 7],
  ['2010-07-02', '2025-07-01', 14],
  ['2010-07-01', '2025-07-01', 15],
  ['2020-02-29', '2025-02-28', 4],
  ['2020-02-29', '2025-03-01', 5]
])('born %s, on %s, is %i', (birth, on, years) => {
  expect(completedYears(birth, on)).toBe(years)
})

describe('machine-readable zones of ICAO 9303', () => {
  test.each([
    ['L898902C3', 6],
    ['740812', 2],
    ['120415', 9],
    ['ZE184226B<<<<<', 1],
    ['L898902C36740812212041 59ZE184226B<<<<<1'.replace(' ', ''), 0],
    ['E12345678', 2],
    ['EA1234567', 6]
  ])('%s → %i', (field, digit) => {
    expect(icaoCheckDigit(field)).toBe(digit)
  })

  test('the specimen passes; any changed character of a checked field does not', () => {
    const specimen = 'L898902C36UTO7408122F1204159ZE184226B<<<<<10'
    expect(isPassportZone(specimen)).toBe(true)
    for (const at of [0, 5, 9, 13, 19, 21, 27, 28, 36, 42, 43]) {
      const changed = specimen.slice(0, at) + (specimen[at] === '7' ? '8' : '7') + specimen.slice(at + 1)
      expect(isPassportZone(changed), changed).toBe(false)
    }
  })
})

test('normalising twice is normalising once', () => {
  const once = normaliseNumber(' ｈ０１２３ 4567 ')
  expect(once).toBe('H01234567')
  expect(normaliseNumber(once)).toBe(once)
})
