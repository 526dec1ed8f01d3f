// Looks at every byte of an incoming file once, on its way into the archive: line ends, NUL bytes, and whether the text can
// be GBK or UTF-8. Plain ASCII, which is nearly everything, is passed over a word at a time.
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
  /** Blocks in file order. */
  look(block: Buffer): void
  end(): TextFindings
}

export function watchText(): TextWatch {
  const gbk = gbkReader()
  const utf8 = utf8Reader()
  let size = 0
  let lines = 0
  let lineStart = 0
  let longestLine = 0
  let nulAt = -1
  return {
    look(block) {
      let at = -1
      while ((at = block.indexOf(10, at + 1)) !== -1) {
        lines++
        const next = size + at + 1
        if (next - lineStart > longestLine) longestLine = next - lineStart
        lineStart = next
      }
      if (nulAt === -1 && block.includes(0)) nulAt = size + block.indexOf(0)
      if (!(atRest() && isAscii(block))) lookCloser(block)
      size += block.length
    },
    end() {
      const open = size > lineStart
      return {
        lines: lines + (open ? 1 : 0),
        longestLine: Math.max(longestLine, size - lineStart),
        nulAt,
        notGbkAt: gbk.fault(size),
        notUtf8At: utf8.fault(size),
        utf8Sequences: utf8.sequences()
      }
    }
  }

  function atRest(): boolean {
    return gbk.atRest() && utf8.atRest()
  }

  /** Four bytes at a time as long as they are ASCII and no character is open. */
  function lookCloser(block: Buffer): void {
    const words = block.byteOffset % 4 === 0 ? new Uint32Array(block.buffer, block.byteOffset, block.length >> 2) : []
    for (let word = 0; word < words.length; word++) {
      if ((words[word]! & 0x80808080) === 0 && atRest()) continue
      for (let index = 4 * word; index < 4 * word + 4; index++) eachByte(block[index]!, size + index)
    }
    for (let index = 4 * words.length; index < block.length; index++) eachByte(block[index]!, size + index)
  }

  function eachByte(byte: number, at: number): void {
    gbk.take(byte, at)
    utf8.take(byte, at)
  }
}

/** One lead byte and one trail byte, or the four-byte form of GB 18030: lead, digit, lead, digit. */
function gbkReader() {
  let step = 0
  let faultAt = -1
  return {
    atRest: () => step === 0,
    /** The end of the file in the middle of a character is a fault, too. */
    fault: (size: number) => (faultAt === -1 && step !== 0 ? size : faultAt),
    take(byte: number, at: number) {
      if (faultAt !== -1 || (step === 0 && byte < 0x80)) return
      const lead = byte >= 0x81 && byte <= 0xfe
      const digit = byte >= 0x30 && byte <= 0x39
      const trail = byte >= 0x40 && byte <= 0xfe && byte !== 0x7f
      if (step === 0 && lead) step = 1
      else if (step === 1 && trail) step = 0
      else if (step === 1 && digit) step = 2
      else if (step === 2 && lead) step = 3
      else if (step === 3 && digit) step = 0
      else {
        faultAt = at
        step = 0
      }
    }
  }
}

function utf8Reader() {
  let missing = 0
  let faultAt = -1
  let sequences = 0
  /** Bounds of the next byte: tighter behind some lead bytes, against overlong forms, surrogates and beyond U+10FFFF. */
  let low = 0x80
  let high = 0xbf
  return {
    atRest: () => missing === 0,
    fault: (size: number) => (faultAt === -1 && missing !== 0 ? size : faultAt),
    sequences: () => sequences,
    take(byte: number, at: number) {
      if (faultAt !== -1 || (missing === 0 && byte < 0x80)) return
      if (missing > 0) {
        if (byte < low || byte > high) {
          faultAt = at
          missing = 0
        } else missing--
        low = 0x80
        high = 0xbf
        return
      }
      missing =
        byte >= 0xc2 && byte <= 0xdf ? 1 : byte >= 0xe0 && byte <= 0xef ? 2 : byte >= 0xf0 && byte <= 0xf4 ? 3 : 0
      if (missing === 0) faultAt = at
      if (missing >= 2) sequences++
      low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80
      high = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf
    }
  }
}
