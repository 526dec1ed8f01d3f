import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { watchText, type TextFindings } from './text-watch.ts'

/** Looks at the bytes in blocks of this size. */
function findingsOf(bytes: Buffer, blockBytes = bytes.length || 1): TextFindings {
  const watch = watchText()
  for (let at = 0; at < bytes.length; at += blockBytes) watch.look(bytes.subarray(at, at + blockBytes))
  return watch.end()
}

const texts = fc.array(fc.constantFrom('a', '\n', '广', '州', '巴士', 'é', '😀', 'x'.repeat(20)), { maxLength: 40 })

describe('the look at every byte', () => {
  it.each([
    ['', 0, 0],
    ['\n', 1, 1],
    ['ab', 1, 2],
    ['ab\n', 1, 3],
    ['ab\nabcd', 2, 4],
    ['\n\nabcd\nx', 4, 5]
  ])('counts the lines of %j', (text, lines, longestLine) => {
    expect(findingsOf(Buffer.from(text))).toMatchObject({ lines, longestLine })
  })

  it('finds the first NUL byte', () => {
    expect(findingsOf(Buffer.from('abc\0de\0'), 2).nulAt).toBe(3)
    expect(findingsOf(Buffer.from('abc')).nulAt).toBe(-1)
  })

  it('takes what iconv writes in GBK for GBK, however it is cut', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 33 }), (parts, blockBytes) => {
        const bytes = iconv.encode(parts.join(''), 'gb18030')
        expect(findingsOf(bytes, blockBytes).notGbkAt).toBe(-1)
      })
    )
  })

  it('agrees with Node on what is UTF-8, however it is cut', () => {
    const bytes = fc.oneof(
      texts.map((parts) => Buffer.from(parts.join(''))),
      fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
      fc
        .array(fc.constantFrom(0x41, 0x80, 0xbf, 0xc1, 0xc2, 0xe0, 0xed, 0xa0, 0xf0, 0x90, 0xf4, 0xf5))
        .map((array) => Buffer.from(array))
    )
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 33 }), (some, blockBytes) => {
        expect(findingsOf(some, blockBytes).notUtf8At === -1).toBe(isUtf8(some))
      }),
      { numRuns: 2000 }
    )
  })

  it.each([
    [[0x41, 0xff], 1],
    [[0xb9, 0xe3, 0xd6, 0x20], 3],
    [[0x80], 0],
    [[0xb9], 1]
  ])('says where %j stops being GBK', (bytes, at) => {
    expect(findingsOf(Buffer.from(bytes)).notGbkAt).toBe(at)
  })
})
