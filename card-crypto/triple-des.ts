// Single DES and two-key triple DES (FIPS 46-3, EDE), for the cards issued before SM4. Our own table implementation, because
// OpenSSL 3 hides single DES and every node:crypto cipher object costs more than the blocks of a TAC. Parity bits are ignored.
import { readUint32, writeUint32 } from './bytes.ts'

/** 32 words for single DES, 96 for triple DES: two words of round key per round, laid out for the two half-lookups. */
export type DesSchedule = Int32Array<ArrayBuffer>

// FIPS 46-3 as printed, bits counted from 1 at the left: the eight substitution boxes by row, then the permutations.
const BOXES = [
  'E4D12FB83A6C5907 0F74E2D1A6CB9538 41E8D62BFC973A50 FC8249175B3EA06D',
  'F18E6B34972DC05A 3D47F28EC01A69B5 0E7BA4D158C6932F D8A13F42B67C05E9',
  'A09E63F51DC7B428 D709346A285ECBF1 D6498F30B12C5AE7 1AD069874FE3B52C',
  '7DE3069A1285BC4F D8B56F03472C1AE9 A690CB7DF13E5284 3F06A1D8945BC72E',
  '2C417AB6853FD0E9 EB2C47D150FA3986 421BAD78F9C5630E B8C71E2D6F09A453',
  'C1AF92680D34E75B AF427C9561DE0B38 9EF528C3704A1DB6 432C95FABE17608D',
  '4B2EF08D3C975A61 D0B7491AE35C2F86 14BDC37EAF680592 6BD814A7950FE23C',
  'D2846FB1A93E50C7 1FD8A374C56B0E92 7B419CE206ADF358 21E74A8DFC90356B'
].map((rows) => rows.split(' ').map((row) => Array.from(row, (digit) => Number.parseInt(digit, 16))))
const ROUND_PERMUTATION = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25
]
const KEY_CHOICE_C = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36
]
const KEY_CHOICE_D = [
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4
]
const ROUND_CHOICE = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30,
  40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32
]
const ROTATIONS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1]

// Substitution and round permutation in one look-up. Halves are kept rotated left by one, so that the six bits every box reads
// (the expansion) lie together: boxes 8, 6, 4, 2 at bits 0, 8, 16, 24, and boxes 7, 5, 3, 1 there after turning right by four.
const [S1, S2, S3, S4, S5, S6, S7, S8] = BOXES.map(roundTable) as unknown as readonly [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array
]

// What seven bits of a rotated key half add to the round key: 4 tables for half C, 4 for half D, 128 entries each.
const ROUND_KEY_C = roundKeyTables(0)
const ROUND_KEY_D = roundKeyTables(28)

// The same for the first choice of 56 key bits: 8 tables, the parity bit of each byte left out.
const CHOSEN_C = choiceTables(KEY_CHOICE_C)
const CHOSEN_D = choiceTables(KEY_CHOICE_D)

function roundTable(rows: readonly (readonly number[])[], box: number): Int32Array {
  return Int32Array.from({ length: 64 }, (_, six) => {
    const nibble = rows[((six >> 4) & 2) | (six & 1)]![(six >> 1) & 15]!
    const substituted = nibble << (28 - 4 * box)
    let permuted = 0
    ROUND_PERMUTATION.forEach((from, to) => {
      permuted |= ((substituted >>> (32 - from)) & 1) << (31 - to)
    })
    return (permuted << 1) | (permuted >>> 31)
  })
}

function roundKeyTables(half: 0 | 28): Int32Array {
  // Six-bit groups of one half in the order the rounds read them: boxes 1 3 2 4 (C) or 5 7 6 8 (D), a byte each.
  const byteOfGroup = [24, 8, 16, 0]
  const tables = new Int32Array(4 * 128)
  for (let table = 0; table < 4; table++) {
    for (let seven = 0; seven < 128; seven++) {
      let word = 0
      ROUND_CHOICE.slice(half === 0 ? 0 : 24, half === 0 ? 24 : 48).forEach((choice, i) => {
        const bit = choice - half - 1 - 7 * table
        if (bit < 0 || bit > 6) return
        word |= ((seven >> (6 - bit)) & 1) << (byteOfGroup[Math.floor(i / 6)]! + 5 - (i % 6))
      })
      tables[128 * table + seven] = word
    }
  }
  return tables
}

function choiceTables(choice: readonly number[]): Int32Array {
  const tables = new Int32Array(8 * 128)
  choice.forEach((bit, i) => {
    const byte = Math.floor((bit - 1) / 8)
    for (let seven = 0; seven < 128; seven++) {
      tables[128 * byte + seven]! |= ((seven >> (7 - (bit - 8 * byte))) & 1) << (27 - i)
    }
  })
  return tables
}

/** 8 bytes make a single-DES schedule, 16 the encrypting schedule of two-key triple DES. */
export function desSchedule(key: Uint8Array): DesSchedule {
  if (key.length === 8) {
    const single = new Int32Array(32)
    desExpandWords(single, readUint32(key, 0), readUint32(key, 4))
    return single
  }
  if (key.length !== 16) throw new RangeError('a DES key has 8 bytes, a two-key triple DES key 16')
  const left = desSchedule(key.subarray(0, 8))
  const right = desSchedule(key.subarray(8))
  const triple = new Int32Array(96)
  triple.set(left)
  triple.set(reversedRounds(right), 32)
  triple.set(left, 64)
  return triple
}

/** The schedule that undoes this one. */
function reversedRounds(schedule: DesSchedule): DesSchedule {
  const reversed = new Int32Array(schedule.length)
  for (let i = 0; i < schedule.length; i += 2) {
    reversed[schedule.length - 2 - i] = schedule[i]!
    reversed[schedule.length - 1 - i] = schedule[i + 1]!
  }
  return reversed
}

/** Fills 32 words from the two words of an 8-byte key. */
export function desExpandWords(schedule: DesSchedule, high: number, low: number): void {
  let c = chosenHalf(CHOSEN_C, high, low)
  let d = chosenHalf(CHOSEN_D, high, low)
  for (let round = 0; round < 16; round++) {
    const by = ROTATIONS[round]!
    c = ((c << by) | (c >>> (28 - by))) & 0x0fffffff
    d = ((d << by) | (d >>> (28 - by))) & 0x0fffffff
    const ofC = roundKeyHalf(ROUND_KEY_C, c)
    const ofD = roundKeyHalf(ROUND_KEY_D, d)
    schedule[2 * round] = (ofC & 0xffff0000) | (ofD >>> 16)
    schedule[2 * round + 1] = (ofC << 16) | (ofD & 0xffff)
  }
}

function chosenHalf(chosen: Int32Array, high: number, low: number): number {
  return (
    chosen[high >>> 25]! |
    chosen[128 + ((high >>> 17) & 127)]! |
    chosen[256 + ((high >>> 9) & 127)]! |
    chosen[384 + ((high >>> 1) & 127)]! |
    chosen[512 + (low >>> 25)]! |
    chosen[640 + ((low >>> 17) & 127)]! |
    chosen[768 + ((low >>> 9) & 127)]! |
    chosen[896 + ((low >>> 1) & 127)]!
  )
}

function roundKeyHalf(tables: Int32Array, half: number): number {
  return (
    tables[half >>> 21]! |
    tables[128 + ((half >>> 14) & 127)]! |
    tables[256 + ((half >>> 7) & 127)]! |
    tables[384 + (half & 127)]!
  )
}

/** Encrypts whole 8-byte blocks in place, allocating nothing. */
function desEncryptBlocks(schedule: DesSchedule, bytes: Uint8Array, at: number, count: number): void {
  for (let end = at + 8 * count; at < end; at += 8) {
    block[0] = readUint32(bytes, at)
    block[1] = readUint32(bytes, at + 4)
    encryptWords(schedule, block)
    writeUint32(bytes, at, block[0])
    writeUint32(bytes, at + 4, block[1])
  }
}

const block = new Int32Array(2)

/** Encrypts one block held as two words, in place; 32 words of schedule are DES, 96 triple DES. */
function encryptWords(schedule: DesSchedule, block: Int32Array): void {
  initialPermutation(block, 0)
  let left = block[0]!
  let right = block[1]!
  for (let stage = 0; stage < schedule.length; stage += 32) {
    for (let i = stage; i < stage + 32; i += 4) {
      left ^= roundFunction(right, schedule[i]!, schedule[i + 1]!)
      right ^= roundFunction(left, schedule[i + 2]!, schedule[i + 3]!)
    }
    const swapped = left
    left = right
    right = swapped
  }
  block[0] = left
  block[1] = right
  finalPermutation(block, 0)
}

/**
 * Two blocks under two schedules of the same length at once, words 0–1 and 2–3, in place, between the permutations: these are
 * linear, so a chain of blocks needs them at its ends alone.
 */
export function desPermutedPair(scheduleA: DesSchedule, scheduleB: DesSchedule, blocks: Int32Array): void {
  let leftA = blocks[0]!
  let rightA = blocks[1]!
  let leftB = blocks[2]!
  let rightB = blocks[3]!
  for (let stage = 0; stage < scheduleA.length; stage += 32) {
    for (let i = stage; i < stage + 32; i += 4) {
      leftA ^= roundFunction(rightA, scheduleA[i]!, scheduleA[i + 1]!)
      leftB ^= roundFunction(rightB, scheduleB[i]!, scheduleB[i + 1]!)
      rightA ^= roundFunction(leftA, scheduleA[i + 2]!, scheduleA[i + 3]!)
      rightB ^= roundFunction(leftB, scheduleB[i + 2]!, scheduleB[i + 3]!)
    }
    let swapped = leftA
    leftA = rightA
    rightA = swapped
    swapped = leftB
    leftB = rightB
    rightB = swapped
  }
  blocks[0] = leftA
  blocks[1] = rightA
  blocks[2] = leftB
  blocks[3] = rightB
}

function roundFunction(half: number, keyOdd: number, keyEven: number): number {
  const odd = ((half << 28) | (half >>> 4)) ^ keyOdd
  const even = half ^ keyEven
  return (
    S7[odd & 63]! ^
    S5[(odd >>> 8) & 63]! ^
    S3[(odd >>> 16) & 63]! ^
    S1[(odd >>> 24) & 63]! ^
    S8[even & 63]! ^
    S6[(even >>> 8) & 63]! ^
    S4[(even >>> 16) & 63]! ^
    S2[(even >>> 24) & 63]!
  )
}

/** The two words at `at` become the rotated halves the rounds work on. Linear: it may be done before or after an XOR. */
export function initialPermutation(block: Int32Array, at: number): void {
  let left = block[at]!
  let right = block[at + 1]!
  let swap = ((left >>> 4) ^ right) & 0x0f0f0f0f
  right ^= swap
  left ^= swap << 4
  swap = ((left >>> 16) ^ right) & 0x0000ffff
  right ^= swap
  left ^= swap << 16
  swap = ((right >>> 2) ^ left) & 0x33333333
  left ^= swap
  right ^= swap << 2
  swap = ((right >>> 8) ^ left) & 0x00ff00ff
  left ^= swap
  right ^= swap << 8
  right = (right << 1) | (right >>> 31)
  swap = (left ^ right) & 0xaaaaaaaa
  left ^= swap
  right ^= swap
  block[at] = (left << 1) | (left >>> 31)
  block[at + 1] = right
}

/** Undoes initialPermutation. */
export function finalPermutation(block: Int32Array, at: number): void {
  let left = block[at]!
  let right = block[at + 1]!
  left = (left << 31) | (left >>> 1)
  let swap = (left ^ right) & 0xaaaaaaaa
  left ^= swap
  right ^= swap
  right = (right << 31) | (right >>> 1)
  swap = ((right >>> 8) ^ left) & 0x00ff00ff
  left ^= swap
  right ^= swap << 8
  swap = ((right >>> 2) ^ left) & 0x33333333
  left ^= swap
  right ^= swap << 2
  swap = ((left >>> 16) ^ right) & 0x0000ffff
  right ^= swap
  left ^= swap << 16
  swap = ((left >>> 4) ^ right) & 0x0f0f0f0f
  block[at] = left ^ (swap << 4)
  block[at + 1] = right ^ swap
}

/** 8-byte keys are single DES, 16-byte keys two-key triple DES; whole blocks only. */
export function desEcbEncrypt(key: Uint8Array, plaintext: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = wholeBlocks(plaintext)
  desEncryptBlocks(desSchedule(key), bytes, 0, bytes.length / 8)
  return bytes
}

export function desEcbDecrypt(key: Uint8Array, ciphertext: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = wholeBlocks(ciphertext)
  desEncryptBlocks(reversedRounds(desSchedule(key)), bytes, 0, bytes.length / 8)
  return bytes
}

/** All 8 bytes of the last block, IV zero, padded with 80 00…; a MAC or TAC is its first four. */
export function desCbcMac(key: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const schedule = desSchedule(key)
  const padded = new Uint8Array(data.length + 8 - (data.length % 8))
  padded.set(data)
  padded[data.length] = 0x80
  const last = new Uint8Array(8)
  for (let at = 0; at < padded.length; at += 8) {
    for (let i = 0; i < 8; i++) last[i]! ^= padded[at + i]!
    desEncryptBlocks(schedule, last, 0, 1)
  }
  return last
}

function wholeBlocks(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.length % 8 !== 0) throw new RangeError('DES takes whole blocks of 8 bytes')
  return new Uint8Array(bytes)
}
