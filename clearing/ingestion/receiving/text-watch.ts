// Looks at every byte of an incoming file once, on its way into the archive: line ends, NUL bytes, and whether the text can
// be GBK or UTF-8. Plain ASCII, which is nearly everything, is passed over sixteen bytes at a time.
import { isAscii } from 'node:buffer'

export interface TextFindings {
  /** Line feeds, plus one when the last line has none. */
  lines: number
  /** Bytes of the longest line, its line feed included. */
  longestLine: number
  /** Offset of the first NUL byte; -1 when there is none. */
  nulAt: number
  /** Offset of the first byte that GBK (GB 18030) does not allow there; -1 when all of it could be GBK. */
  notGbkAt: number
  /** The same for UTF-8. */
  notUtf8At: number
  /** Sequences of three bytes or more seen while the text could be UTF-8: Chinese text in UTF-8 is made of them. */
  utf8Sequences: number
}

export interface TextWatch {
  /** Blocks in file order. Their memory is best aligned to four bytes. */
  look(block: Buffer): void
  end(): TextFindings
}

/** State 0 is between two characters; this one is never left. */
const fault = 15

export function watchText(): TextWatch {
  const found: TextFindings = { lines: 0, longestLine: 0, nulAt: -1, notGbkAt: -1, notUtf8At: -1, utf8Sequences: 0 }
  let size = 0
  let lineStart = 0
  let gbk = 0
  let utf8 = 0
  return {
    look(block) {
      let at = -1
      while ((at = block.indexOf(10, at + 1)) !== -1) {
        const next = size + at + 1
        if (next - lineStart > found.longestLine) found.longestLine = next - lineStart
        lineStart = next
        found.lines++
      }
      if (found.nulAt === -1 && block.includes(0)) found.nulAt = size + block.indexOf(0)
      if (!betweenCharacters() || !isAscii(block)) lookCloser(block)
      size += block.length
    },
    end() {
      // The end of the file in the middle of a character is a fault, too.
      if (gbk !== 0 && gbk !== fault) found.notGbkAt = size
      if (utf8 !== 0 && utf8 !== fault) found.notUtf8At = size
      if (size > lineStart) found.lines++
      found.longestLine = Math.max(found.longestLine, size - lineStart)
      return found
    }
  }

  function betweenCharacters(): boolean {
    return (gbk === 0 || gbk === fault) && (utf8 === 0 || utf8 === fault)
  }

  function lookCloser(block: Buffer): void {
    const aligned = block.byteOffset % 4 === 0
    const words = new Uint32Array(block.buffer, aligned ? block.byteOffset : 0, aligned ? (block.length >> 4) * 4 : 0)
    for (let word = 0; word < words.length; word += 4) {
      const high = words[word]! | words[word + 1]! | words[word + 2]! | words[word + 3]!
      if ((high & 0x80808080) === 0 && betweenCharacters()) continue
      readCharacters(block, 4 * word, 4 * word + 16)
    }
    readCharacters(block, 4 * words.length, block.length)
  }

  function readCharacters(block: Buffer, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const byte = block[at]!
      gbk = gbkStates[(gbk << 8) | byte]!
      if (gbk === fault && found.notGbkAt === -1) found.notGbkAt = size + at
      const before = utf8
      utf8 = utf8States[(utf8 << 8) | byte]!
      if (before === 0 && utf8 >= 2 && utf8 !== fault) found.utf8Sequences++
      if (utf8 === fault && found.notUtf8At === -1) found.notUtf8At = size + at
    }
  }
}

/** From this state, any byte from `first` to `last` leads to that state. */
type Step = readonly [from: number, first: number, last: number, to: number]

/** state << 8 | byte → next state. What no step allows is a fault. */
function states(steps: readonly Step[]): Uint8Array {
  const table = new Uint8Array(16 << 8).fill(fault)
  for (const [from, first, last, to] of steps) table.fill(to, (from << 8) | first, ((from << 8) | last) + 1)
  return table
}

/** A lead byte and a trail byte, or the four-byte form of GB 18030: lead, digit, lead, digit. */
const gbkStates = states([
  [0, 0x00, 0x7f, 0],
  [0, 0x81, 0xfe, 1],
  [1, 0x40, 0x7e, 0],
  [1, 0x80, 0xfe, 0],
  [1, 0x30, 0x39, 2],
  [2, 0x81, 0xfe, 3],
  [3, 0x30, 0x39, 0]
])

/** RFC 3629: states 1 to 3 miss so many bytes; 4 to 7 keep out overlong forms, surrogates and what lies beyond U+10FFFF. */
const utf8States = states([
  [0, 0x00, 0x7f, 0],
  [0, 0xc2, 0xdf, 1],
  [0, 0xe0, 0xe0, 4],
  [0, 0xe1, 0xef, 2],
  [0, 0xed, 0xed, 5],
  [0, 0xf0, 0xf0, 6],
  [0, 0xf1, 0xf3, 3],
  [0, 0xf4, 0xf4, 7],
  [1, 0x80, 0xbf, 0],
  [2, 0x80, 0xbf, 1],
  [3, 0x80, 0xbf, 2],
  [4, 0xa0, 0xbf, 1],
  [5, 0x80, 0x9f, 1],
  [6, 0x90, 0xbf, 2],
  [7, 0x80, 0x8f, 2]
])
