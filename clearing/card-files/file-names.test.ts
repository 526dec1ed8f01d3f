import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, type BusinessDay } from '../business-day.ts'
import { describeError, errorCodes, errorIndex } from './error-codes.ts'
import { buildFileName, fileKinds, parseFileName, parseUploadName, type FileName } from './file-names.ts'
import { encodeGbk } from './fixed-width.ts'

const sample: FileName = {
  kind: 'CD',
  day: '2024-03-15' as BusinessDay,
  time: '083015',
  organisation: '12215840',
  sequence: 19,
  version: 'A'
}

describe('the name of a clearing file', () => {
  it('has 33 characters and says type, time, organisation, sequence and version', () => {
    expect(buildFileName(sample)).toBe('CD240315083015122158400000000019A')
    expect(parseFileName('CD240315083015122158400000000019A')).toEqual(sample)
  })

  it('is read back as it was built', () => {
    const names = fc.record({
      kind: fc.constantFrom(...fileKinds),
      day: fc.integer({ min: 0, max: 36_000 }).map((days) => addDays('2000-01-01' as BusinessDay, days)),
      time: fc.constantFrom('000000', '235959', '120000'),
      organisation: fc.stringMatching(/^\d{8}$/),
      sequence: fc.integer({ min: 0, max: 9_999_999_999 }),
      version: fc.constantFrom('A', 'H')
    })
    fc.assert(
      fc.property(names, (name) => {
        expect(parseFileName(buildFileName(name))).toEqual(name)
      })
    )
  })

  it.each([
    ['010001', ''],
    ['010001', 'day.csv'],
    ['010001', 'CD240315083015122158400000000019'],
    ['010001', 'CD240315083015122158400000000019AA'],
    ['010001', '../240315083015122158400000000019A'],
    ['010001', 'CD240230083015122158400000000019A'],
    ['010001', 'CD240315240000122158400000000019A'],
    ['010001', 'CD240315236000122158400000000019A'],
    ['010001', 'cd240315083015122158400000000019A'],
    ['010003', 'XX240315083015122158400000000019A'],
    ['010003', 'BP240315083015122158400000000019A'],
    ['010007', 'CD240315083015122158400000000019H']
  ])('is refused with %s: %s', (fault, name) => {
    expect(parseUploadName(name)).toMatchObject({ fault })
  })

  it('cannot be built from parts that do not fit', () => {
    expect(() => buildFileName({ ...sample, sequence: 10_000_000_000 })).toThrow(RangeError)
    expect(() => buildFileName({ ...sample, organisation: '1221584' })).toThrow(RangeError)
  })
})

describe('the error table', () => {
  it('holds the 71 codes of the interface and one of ours once each, success first', () => {
    expect(errorCodes).toHaveLength(72)
    expect(new Set(errorCodes.map(({ code }) => code)).size).toBe(72)
    expect(errorCodes[0]!.code).toBe('000000')
  })

  it('finds a code by name and by index', () => {
    expect(errorCodes[errorIndex('020004')]!.chinese).toBe('tac或tc校验不正确')
    expect(describeError('020013')!.english).toBe('the BIN is not registered')
    expect(describeError('999999')).toBeUndefined()
  })

  it('fits the 40 bytes a description has in the files', () => {
    expect(errorCodes.filter(({ chinese }) => encodeGbk(chinese).length > 40)).toEqual([])
  })
})
