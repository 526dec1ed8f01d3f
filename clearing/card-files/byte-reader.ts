// Numbers and times straight from the bytes of a line, without a string on the way: the hot path of ingestion.
// Every reader answers -1 for anything that is not exactly what it reads, and stays within the stretch it is given: the caller
// makes sure that this lies within the line.

/** Value of a hexadecimal digit; 255 for any other byte. Capitals only, as the files write them. */
const nibble = new Uint8Array(256).fill(255)
for (let value = 0; value < 16; value++) nibble[value.toString(16).toUpperCase().charCodeAt(0)] = value

const space = 0x20

/** Up to 15 decimal digits, all of them digits. */
export function readDecimal(bytes: Uint8Array, at: number, length: number): number {
  if (length <= 9) return readShortDecimal(bytes, at, length)
  const high = readShortDecimal(bytes, at, length - 9)
  const low = readShortDecimal(bytes, at + length - 9, 9)
  return high < 0 || low < 0 ? -1 : high * 1_000_000_000 + low
}

/** Up to 9 digits: all in 32-bit integers, which is three times as fast as in doubles. */
function readShortDecimal(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  let excess = 0
  for (let index = at; index < at + length; index++) {
    const digit = bytes[index]! - 48
    // Negative, and so with its sign bit set, for a byte that is no digit.
    excess |= digit | (9 - digit)
    value = (Math.imul(value, 10) + digit) | 0
  }
  return excess < 0 ? -1 : value
}

/** Up to 8 hexadecimal digits, as an unsigned number. */
export function readHex(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  let seen = 0
  for (let index = at; index < at + length; index++) {
    const digit = nibble[bytes[index]!]!
    seen |= digit
    value = (value << 4) | digit
  }
  return seen > 15 ? -1 : value >>> 0
}

/** A stretch of hexadecimal digits and where its bytes go, both relative to the record. */
export interface HexStretch {
  from: number
  into: number
  bytes: number
}

/** Packs stretches of a line into a record, all in one go; the packer answers false when a digit is none. */
export function hexPacker(
  stretches: readonly HexStretch[]
): (bytes: Uint8Array, at: number, target: Uint8Array, into: number) => boolean {
  const moves = stretches.flatMap(({ from, into, bytes }) =>
    Array.from({ length: bytes }, (_, index) => ({ from: from + 2 * index, into: into + index }))
  )
  const sources = Int32Array.from(moves, (move) => move.from)
  const targets = Int32Array.from(moves, (move) => move.into)
  return (bytes, at, target, into) => {
    let seen = 0
    for (let index = 0; index < sources.length; index++) {
      const source = at + sources[index]!
      const high = nibble[bytes[source]!]!
      const low = nibble[bytes[source + 1]!]!
      seen |= high | low
      target[into + targets[index]!] = (high << 4) | low
    }
    return seen < 16
  }
}

/** How many decimal digits a left-aligned, space-padded field begins with; -1 when anything else follows them. */
export function digitCount(bytes: Uint8Array, at: number, length: number): number {
  let count = 0
  while (count < length && bytes[at + count]! - 48 >= 0 && bytes[at + count]! - 48 <= 9) count++
  for (let index = at + count; index < at + length; index++) if (bytes[index] !== space) return -1
  return count
}

export function isBlank(bytes: Uint8Array, at: number, length: number): boolean {
  for (let index = at; index < at + length; index++) if (bytes[index] !== space) return false
  return true
}

/** ASCII that can be written again as it stands. */
export function isPrintable(bytes: Uint8Array, at: number, length: number): boolean {
  for (let index = at; index < at + length; index++) if (bytes[index]! < 0x20 || bytes[index]! > 0x7e) return false
  return true
}

export function bytesEqual(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index++) if (bytes[at + index] !== expected[index]) return false
  return true
}

export function sameBytes(bytes: Uint8Array, first: number, second: number, length: number): boolean {
  for (let index = 0; index < length; index++) if (bytes[first + index] !== bytes[second + index]) return false
  return true
}

/** Days from 2000-01-01 of a real date from 2000 to 2099; -1 otherwise. */
export function dayNumber(year: number, month: number, day: number): number {
  if (year < 2000 || year > 2099 || month < 1 || month > 12 || day < 1) return -1
  // Every fourth year of this century is a leap year, 2000 included.
  const leap = year % 4 === 0
  if (day > (month === 2 && leap ? 29 : monthDays[month - 1]!)) return -1
  const years = year - 2000
  return years * 365 + ((years + 3) >> 2) + daysBefore[month - 1]! + (leap && month > 2 ? 1 : 0) + day - 1
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const
const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const

/** Seconds after midnight; -1 when it is no time of day. */
export function secondOfDay(hour: number, minute: number, second: number): number {
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1
  return hour * 3600 + minute * 60 + second
}

/** Milliseconds since 1970 UTC of 2000-01-01 00:00 in Shanghai. */
const shanghaiEpoch = Date.parse('2000-01-01T00:00:00+08:00')

export function instantOf(day: number, second: number): number {
  return shanghaiEpoch + (day * 86_400 + second) * 1000
}

/**
 * Stores high × 10⁹ + low as one 64-bit integer, low word first, in plain arithmetic: a BigInt per record would cost more
 * than the rest of the line. `high` is below 2³⁴; the caller keeps the sum below 2⁶³.
 */
function storeInt64(words: Uint32Array, row: number, high: number, low: number): void {
  // Floors instead of remainders: the remainder of two doubles is a slow library call.
  const highest = Math.floor(high / 1_048_576)
  const upper = highest * 1_000_000_000
  const lower = (high - highest * 1_048_576) * 1_000_000_000 + low
  const upperWord = Math.floor(upper / 4096)
  const lowerWord = Math.floor(lower / 4_294_967_296)
  const carried = (upper - upperWord * 4096) * 1_048_576 + (lower - lowerWord * 4_294_967_296)
  words[2 * row] = carried
  words[2 * row + 1] = upperWord + lowerWord + (carried >= 4_294_967_296 ? 1 : 0)
}

/** Stores a whole number up to 2⁵³ as one 64-bit integer. */
export function storeNumber(words: Uint32Array, row: number, value: number): void {
  const upper = Math.floor(value / 4_294_967_296)
  words[2 * row] = value - upper * 4_294_967_296
  words[2 * row + 1] = upper
}

/**
 * Stores the card number in a 19-character field, written without leading zero and padded with spaces; false when there is
 * none or it is beyond 2⁶³ - 1.
 */
export function storeCardNumber(words: Uint32Array, row: number, bytes: Uint8Array, at: number): boolean {
  const count = digitCount(bytes, at, 19)
  if (count < 12 || bytes[at] === 48) return false
  const high = readDecimal(bytes, at, count - 9)
  const low = readDecimal(bytes, at + count - 9, 9)
  if (high > 9_223_372_036 || (high === 9_223_372_036 && low > 854_775_807)) return false
  storeInt64(words, row, high, low)
  return true
}
