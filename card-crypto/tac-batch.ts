// Verifies millions of TACs: flat 48-byte records in, one verdict byte per record out, nothing allocated per record. The keys of
// issuers are derived once and remembered; those of cards are derived anew each time, because a day holds few cards twice.
import { readUint32, writeUint32 } from './bytes.ts'
import { diversify, type SymmetricAlgorithm } from './diversify.ts'
import { sm4EncryptPair, sm4ExpandPair, sm4Schedule } from './sm4.ts'
import {
  desExpandWords,
  desPermutedPair,
  desSchedule,
  finalPermutation,
  initialPermutation,
  type DesSchedule
} from './triple-des.ts'

/** Where the fields of a record lie. Data take 16 to 24 bytes (purchase 22, load 24). */
export const TAC_RECORD = {
  stride: 48,
  issuerFactor: 0,
  leafFactor: 8,
  keyVersion: 16,
  keyIndex: 17,
  algorithm: 18,
  dataLength: 19,
  data: 20,
  tac: 44
} as const

/** What the algorithm byte of a record says. */
export const TAC_ALGORITHM_CODE: Record<SymmetricAlgorithm, number> = { '3des': 3, sm4: 4 }

/** A verdict byte per record. */
export const TAC_VERDICT = { valid: 0, wrong: 1, noSuchKey: 2 } as const

export interface TacRootKey {
  version: number
  index: number
  algorithm: SymmetricAlgorithm
  key: Uint8Array
}

export interface TacBatch {
  /** Writes one verdict per record, from the first record on. */
  verify(records: Uint8Array, count: number, verdicts: Uint8Array): void
  /** Computes each TAC and writes it into its record: how cards are played when test data are made. */
  stamp(records: Uint8Array, count: number): void
}

/** Data this long make two blocks of SM4; both kinds of transaction do, and nothing else is verified here. */
const MIN_DATA = 16
const MAX_DATA = TAC_RECORD.tac - TAC_RECORD.data

/** Written by compute() where there is a TAC to compare with; not a verdict. */
const COMPUTED = 255

export function tacBatch(roots: readonly TacRootKey[]): TacBatch {
  const issuers = new IssuerKeys(roots)
  return {
    verify(records, count, verdicts) {
      const tacs = new Int32Array(count)
      compute(issuers, records, tacs, verdicts)
      for (let i = 0; i < count; i++) {
        if (verdicts[i] !== COMPUTED) continue
        const same = tacs[i]! >>> 0 === readUint32(records, i * TAC_RECORD.stride + TAC_RECORD.tac)
        verdicts[i] = same ? TAC_VERDICT.valid : TAC_VERDICT.wrong
      }
    },
    stamp(records, count) {
      const tacs = new Int32Array(count)
      const outcomes = new Uint8Array(count)
      compute(issuers, records, tacs, outcomes)
      const failed = outcomes.findIndex((outcome) => outcome !== COMPUTED)
      if (failed >= 0) throw new RangeError(`record ${failed} has no such key, or data of another length`)
      for (let i = 0; i < count; i++) writeUint32(records, i * TAC_RECORD.stride + TAC_RECORD.tac, tacs[i]!)
    }
  }
}

/** The schedule of no issuer yet. */
const nobody = new Int32Array(0)

/** Two records of one algorithm on their way through the ciphers together. */
interface Pair {
  a: number
  b: number
  issuerA: Int32Array<ArrayBuffer>
  issuerB: Int32Array<ArrayBuffer>
}

/** Computes the TAC of every record whose key and data are right. Records wait for the next of the same algorithm. */
function compute(issuers: IssuerKeys, records: Uint8Array, tacs: Int32Array, outcomes: Uint8Array): void {
  const sm4: Pair = { a: -1, b: -1, issuerA: nobody, issuerB: nobody }
  const des: Pair = { a: -1, b: -1, issuerA: nobody, issuerB: nobody }
  for (let i = 0; i < tacs.length; i++) {
    const at = i * TAC_RECORD.stride
    const issuer = issuers.find(records, at)
    const length = records[at + TAC_RECORD.dataLength]!
    if (issuer === undefined || length < MIN_DATA || length > MAX_DATA) {
      outcomes[i] = issuer === undefined ? TAC_VERDICT.noSuchKey : TAC_VERDICT.wrong
      continue
    }
    outcomes[i] = COMPUTED
    const isSm4 = records[at + TAC_RECORD.algorithm] === TAC_ALGORITHM_CODE.sm4
    const pair = isSm4 ? sm4 : des
    if (pair.a < 0) {
      pair.a = i
      pair.issuerA = issuer
      continue
    }
    pair.b = i
    pair.issuerB = issuer
    if (isSm4) sm4Tacs(pair, records, tacs)
    else desTacs(pair, records, tacs)
    pair.a = -1
  }
  if (sm4.a >= 0) sm4Tacs({ ...sm4, b: sm4.a, issuerB: sm4.issuerA }, records, tacs)
  if (des.a >= 0) desTacs({ ...des, b: des.a, issuerB: des.issuerA }, records, tacs)
}

// Work space of the two functions below; a thread runs one of them at a time.
const scheduleA = new Int32Array(32)
const scheduleB = new Int32Array(32)
const keys = new Int32Array(8)
const macs = new Int32Array(8)

/** Card keys from the issuers' schedules, their own schedules, then the CBC-MAC of two blocks. */
function sm4Tacs(pair: Pair, records: Uint8Array, tacs: Int32Array): void {
  const atA = pair.a * TAC_RECORD.stride
  const atB = pair.b * TAC_RECORD.stride
  for (let word = 0; word < 2; word++) {
    keys[word] = readUint32(records, atA + TAC_RECORD.leafFactor + 4 * word)
    keys[word + 2] = ~keys[word]!
    keys[word + 4] = readUint32(records, atB + TAC_RECORD.leafFactor + 4 * word)
    keys[word + 6] = ~keys[word + 4]!
  }
  sm4EncryptPair(pair.issuerA, pair.issuerB, keys)
  sm4ExpandPair(scheduleA, scheduleB, keys)
  for (let word = 0; word < 4; word++) {
    macs[word] = readUint32(records, atA + TAC_RECORD.data + 4 * word)
    macs[word + 4] = readUint32(records, atB + TAC_RECORD.data + 4 * word)
  }
  sm4EncryptPair(scheduleA, scheduleB, macs)
  for (let word = 0; word < 3; word++) {
    macs[word]! ^= paddedWord(records, atA, 4 + word)
    macs[word + 4]! ^= paddedWord(records, atB, 4 + word)
  }
  sm4EncryptPair(scheduleA, scheduleB, macs)
  tacs[pair.a] = macs[0]!
  tacs[pair.b] = macs[4]!
}

/** Both halves of the card keys XORed into DES keys, then the CBC-MAC of three blocks, or four when the data fill the third. */
function desTacs(pair: Pair, records: Uint8Array, tacs: Int32Array): void {
  const atA = pair.a * TAC_RECORD.stride
  const atB = pair.b * TAC_RECORD.stride
  expandCardKey(scheduleA, pair.issuerA, records, atA + TAC_RECORD.leafFactor)
  expandCardKey(scheduleB, pair.issuerB, records, atB + TAC_RECORD.leafFactor)
  macs.fill(0, 0, 4)
  for (let word = 0; word < 8; word += 2) {
    if (word === 6) {
      tacs[pair.a] = permutedTac(macs[0]!, macs[1]!)
      tacs[pair.b] = permutedTac(macs[2]!, macs[3]!)
      if (Math.max(records[atA + TAC_RECORD.dataLength]!, records[atB + TAC_RECORD.dataLength]!) < MAX_DATA) return
    }
    keys[0] = paddedWord(records, atA, word)
    keys[1] = paddedWord(records, atA, word + 1)
    keys[2] = paddedWord(records, atB, word)
    keys[3] = paddedWord(records, atB, word + 1)
    initialPermutation(keys, 0)
    initialPermutation(keys, 2)
    for (let half = 0; half < 4; half++) macs[half]! ^= keys[half]!
    desPermutedPair(scheduleA, scheduleB, macs)
  }
  if (records[atA + TAC_RECORD.dataLength] === MAX_DATA) tacs[pair.a] = permutedTac(macs[0]!, macs[1]!)
  if (records[atB + TAC_RECORD.dataLength] === MAX_DATA) tacs[pair.b] = permutedTac(macs[2]!, macs[3]!)
}

/** E(factor) XOR E(~factor) under the issuer's triple DES, expanded as a single-DES key. */
function expandCardKey(schedule: DesSchedule, issuer: DesSchedule, records: Uint8Array, factorAt: number): void {
  keys[0] = readUint32(records, factorAt)
  keys[1] = readUint32(records, factorAt + 4)
  initialPermutation(keys, 0)
  keys[2] = ~keys[0]
  keys[3] = ~keys[1]
  desPermutedPair(issuer, issuer, keys)
  keys[0] ^= keys[2]
  keys[1] ^= keys[3]
  finalPermutation(keys, 0)
  desExpandWords(schedule, keys[0], keys[1])
}

function permutedTac(left: number, right: number): number {
  keys[0] = left
  keys[1] = right
  finalPermutation(keys, 0)
  return keys[0]
}

/** Word `word` of the data of the record at `at`, with 80 00… from their end on. */
function paddedWord(records: Uint8Array, at: number, word: number): number {
  const kept = records[at + TAC_RECORD.dataLength]! - 4 * word
  if (kept < 0) return 0
  if (kept === 0) return 0x80 << 24
  const value = readUint32(records, at + TAC_RECORD.data + 4 * word)
  if (kept >= 4) return value
  return (value & (-1 << (32 - 8 * kept))) | (0x80 << (24 - 8 * kept))
}

/** Many times the issuers that exist. A file of invented ones only costs time: the table does not grow. */
const SLOTS = 2048
const PROBES = 8

/** The issuers' schedules, found by root key and factor in an open-addressed table: a look-up must not build a string. */
class IssuerKeys {
  readonly #roots: ReadonlyMap<number, TacRootKey>
  readonly #root = new Int32Array(SLOTS).fill(-1)
  readonly #high = new Uint32Array(SLOTS)
  readonly #low = new Uint32Array(SLOTS)
  readonly #schedules: Int32Array<ArrayBuffer>[] = Array.from({ length: SLOTS }, () => nobody)

  constructor(roots: readonly TacRootKey[]) {
    this.#roots = new Map(
      roots.map((root) => [rootId(root.version, root.index, TAC_ALGORITHM_CODE[root.algorithm]), root])
    )
  }

  /** The key schedule of the issuer of the record at `at`; undefined when its root key is not there. */
  find(records: Uint8Array, at: number): Int32Array<ArrayBuffer> | undefined {
    const root = rootId(
      records[at + TAC_RECORD.keyVersion]!,
      records[at + TAC_RECORD.keyIndex]!,
      records[at + TAC_RECORD.algorithm]!
    )
    const high = readUint32(records, at + TAC_RECORD.issuerFactor)
    const low = readUint32(records, at + TAC_RECORD.issuerFactor + 4)
    const home = Math.imul(high ^ Math.imul(low, 31) ^ root, 0x9e3779b1) >>> 21
    let slot = home
    for (let probe = 0; probe < PROBES; probe++) {
      slot = (home + probe) % SLOTS
      if (this.#root[slot] === root && this.#high[slot] === high && this.#low[slot] === low)
        return this.#schedules[slot]
      if (this.#root[slot] === -1) break
    }
    const key = this.#roots.get(root)
    if (key === undefined) return undefined
    this.#root[slot] = root
    this.#high[slot] = high
    this.#low[slot] = low
    return (this.#schedules[slot] = issuerSchedule(key, records.slice(at, at + 8)))
  }
}

function issuerSchedule({ algorithm, key }: TacRootKey, factor: Uint8Array): Int32Array<ArrayBuffer> {
  const issuerKey = diversify(algorithm, key, factor)
  return algorithm === 'sm4' ? sm4Schedule(issuerKey) : desSchedule(issuerKey)
}

function rootId(version: number, index: number, algorithm: number): number {
  return (version << 16) | (index << 8) | algorithm
}
