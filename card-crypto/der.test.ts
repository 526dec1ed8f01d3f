import { describe, expect, test } from 'vitest'
import { fromHex, hex } from './bytes.ts'
import { contentOf, elements, explicit, integer, oidOf, readDer, requireTruth, TAG, textOf, writeDer } from './der.ts'

describe('strict DER', () => {
  test.each([
    ['an integer', '020101'],
    ['a sequence of two', '3006020101020102'],
    ['a bit string that could be read as DER', '0304003001FF'],
    ['a long length where it is needed', `048180${'00'.repeat(128)}`],
    ['a name in UCS-2', '1E045E7F5DDE']
  ])('reads and writes back %s', (_, der) => {
    expect(hex(writeDer(readDer(fromHex(der))))).toBe(der)
  })

  test.each([
    ['nothing', ''],
    ['a byte after the end', '02010100'],
    ['an element that is cut off', '020201'],
    ['a long length where a short one does', '02810101'],
    ['a length with a leading zero', `04820080${'00'.repeat(128)}`],
    ['a padded integer', '02020001'],
    ['an integer padded twice', '0203000001'],
    ['an indefinite length', '30800201010000'],
    ['seventeen sequences in each other', nested(17)]
  ])('refuses %s', (_, der) => {
    expect(() => readDer(fromHex(der))).toThrow(SyntaxError)
  })

  test('sixteen levels are read', () => {
    expect(hex(writeDer(readDer(fromHex(nested(16)))))).toBe(nested(16))
  })

  function nested(levels: number): string {
    let der = '3000'
    for (let level = 1; level < levels; level++)
      der = `30${(der.length / 2).toString(16).padStart(2, '0').toUpperCase()}${der}`
    return der
  }
})

describe('elements', () => {
  test.each([
    ['00', '020100'],
    ['7F', '02017F'],
    ['80', '02020080'],
    ['000080', '02020080'],
    ['0000', '020100']
  ])('the integer %s is written minimal', (digits, der) => {
    expect(hex(writeDer(integer(fromHex(digits))))).toBe(der)
  })

  test('are not taken for something else', () => {
    const one = readDer(fromHex('3003020101'))
    expect(() => elements(one, 2)).toThrow(SyntaxError)
    expect(() => elements(undefined)).toThrow(SyntaxError)
    expect(() => elements(readDer(fromHex('3103020101')))).toThrow(SyntaxError)
    expect(() => elements(readDer(fromHex('020101')))).toThrow(SyntaxError)
    expect(() => explicit(one, 0)).toThrow(SyntaxError)
    expect(() => contentOf(one, TAG.integer)).toThrow(SyntaxError)
    expect(() => contentOf(readDer(fromHex('0200')), TAG.integer)).toThrow(SyntaxError)
    expect(() => contentOf(readDer(fromHex('3000')), TAG.sequence)).toThrow(SyntaxError)
    expect(contentOf(elements(one, 1)[0], TAG.integer)).toEqual(Uint8Array.of(1))
  })

  test('TRUE is FF', () => {
    expect(() => requireTruth(readDer(fromHex('0101FF')))).not.toThrow()
    for (const der of ['010101', '010100', '0102FFFF', '0201FF'])
      expect(() => requireTruth(readDer(fromHex(der)))).toThrow(SyntaxError)
  })

  test('object identifiers and texts are read', () => {
    expect(oidOf(readDer(fromHex('06082A811CCF55018375')))).toBe('1.2.156.10197.1.501')
    expect(textOf(readDer(fromHex('0C06E5B9BFE5B79E')))).toBe('广州')
    expect(textOf(readDer(fromHex('1E045E7F5DDE')))).toBe('广州')
    expect(() => textOf(readDer(fromHex('3000')))).toThrow(SyntaxError)
  })
})
