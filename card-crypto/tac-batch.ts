// Verifies millions of TACs: flat 48-byte records in, one verdict byte per record out, nothing allocated per record. The keys of
// issuers are derived once and remembered; those of cards are derived anew each time, because a day holds few cards twice.
import { readUint32, writeUint32 } from './bytes.ts'
import { diversify, type SymmetricAlgorithm } from './diversify.ts'
import { sm4EncryptWords, sm4ExpandWords, sm4Schedule, type Sm4Schedule } from './sm4.ts'
import { desEncryptWords, desExpandWords, desSchedule, type DesSchedule } from './triple-des.ts'

/** Where the fields of a record lie. Data are at most 24 bytes (purchase 22, load 24), the rest of their place zero. */
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

const MAX_DATA = TAC_RECORD.tac - TAC_RECORD.data

/** The issuers remembered per root key. Far more than exist; a file of invented issuers must not fill the memory. */
const MAX_ISSUERS = 4096

interface IssuerKey {
  algorithm: number
  schedule: Sm4Schedule | DesSchedule
}

export function tacBatch(roots: readonly TacRootKey[]): TacBatch {
  const issuers = issuerKeys(roots)
  const computed = new Int32Array(4)
  return {
    verify(records, count, verdicts) {
      for (let i = 0; i < count; i++) {
        const at = i * TAC_RECORD.stride
        const issuer = issuers(records, at)
        if (issuer === undefined) {
          verdicts[i] = TAC_VERDICT.noSuchKey
          continue
        }
        computeInto(computed, issuer, records, at)
        const same = computed[0]! >>> 0 === readUint32(records, at + TAC_RECORD.tac)
        verdicts[i] = same && records[at + TAC_RECORD.dataLength]! <= MAX_DATA ? TAC_VERDICT.valid : TAC_VERDICT.wrong
      }
    },
    stamp(records, count) {
      for (let i = 0; i < count; i++) {
        const at = i * TAC_RECORD.stride
        const issuer = issuers(records, at)
        if (issuer === undefined) throw new RangeError(`record ${i} names a key that is not there`)
        computeInto(computed, issuer, records, at)
        writeUint32(records, at + TAC_RECORD.tac, computed[0]!)
      }
    }
  }
}

function computeInto(computed: Int32Array, issuer: IssuerKey, records: Uint8Array, at: number): void {
  if (issuer.algorithm === TAC_ALGORITHM_CODE.sm4) sm4Tac(computed, issuer.schedule, records, at)
  else desTac(computed, issuer.schedule, records, at)
}

/** Finds the issuer-level key of a record; neighbours mostly share it, so the last answer is tried first. */
function issuerKeys(roots: readonly TacRootKey[]): (records: Uint8Array, at: number) => IssuerKey | undefined {
  const rootOf = new Map(
    roots.map((root) => [rootId(root.version, root.index, TAC_ALGORITHM_CODE[root.algorithm]), root])
  )
  const known = new Map<number, Map<number, Map<number, IssuerKey>>>()
  let size = 0
  let last: IssuerKey | undefined
  let lastRoot = -1
  let lastHigh = 0
  let lastLow = 0
  return (records, at) => {
    const id = rootId(
      records[at + TAC_RECORD.keyVersion]!,
      records[at + TAC_RECORD.keyIndex]!,
      records[at + TAC_RECORD.algorithm]!
    )
    const high = readUint32(records, at)
    const low = readUint32(records, at + 4)
    if (id === lastRoot && high === lastHigh && low === lastLow) return last
    lastRoot = id
    lastHigh = high
    lastLow = low
    const root = rootOf.get(id)
    if (root === undefined) return (last = undefined)
    last = known.get(id)?.get(high)?.get(low)
    if (last !== undefined) return last
    if (++size > MAX_ISSUERS) {
      known.clear()
      size = 1
    }
    const key = diversify(root.algorithm, root.key, records.slice(at, at + 8))
    last = {
      algorithm: TAC_ALGORITHM_CODE[root.algorithm],
      schedule: root.algorithm === 'sm4' ? sm4Schedule(key) : desSchedule(key)
    }
    const ofRoot = known.getOrInsertComputed(id, () => new Map<number, Map<number, IssuerKey>>())
    ofRoot.getOrInsertComputed(high, () => new Map<number, IssuerKey>()).set(low, last)
    return last
  }
}

function rootId(version: number, index: number, algorithm: number): number {
  return (version << 16) | (index << 8) | algorithm
}

const cardSchedule = new Int32Array(32)
const words = new Int32Array(4)

/** Card key from the issuer's schedule, its key schedule, then the CBC-MAC of one or two blocks. */
function sm4Tac(mac: Int32Array, issuer: Sm4Schedule, records: Uint8Array, at: number): void {
  const high = readUint32(records, at + TAC_RECORD.leafFactor)
  const low = readUint32(records, at + TAC_RECORD.leafFactor + 4)
  words[0] = high
  words[1] = low
  words[2] = ~high
  words[3] = ~low
  sm4EncryptWords(issuer, words)
  sm4ExpandWords(cardSchedule, words)
  const length = records[at + TAC_RECORD.dataLength]!
  mac.fill(0)
  const end = at + TAC_RECORD.data + length
  for (let block = at + TAC_RECORD.data; block <= end && block < at + TAC_RECORD.tac; block += 16) {
    mac[0]! ^= paddedWord(records, block, end)
    mac[1]! ^= paddedWord(records, block + 4, end)
    mac[2]! ^= paddedWord(records, block + 8, end)
    mac[3]! ^= paddedWord(records, block + 12, end)
    sm4EncryptWords(cardSchedule, mac)
  }
}

const pair = new Int32Array(2)

/** Both halves of the card key XORed into one DES key, then the CBC-MAC of up to four blocks. */
function desTac(mac: Int32Array, issuer: DesSchedule, records: Uint8Array, at: number): void {
  const high = readUint32(records, at + TAC_RECORD.leafFactor)
  const low = readUint32(records, at + TAC_RECORD.leafFactor + 4)
  pair[0] = high
  pair[1] = low
  desEncryptWords(issuer, pair)
  const leftHigh = pair[0]
  const leftLow = pair[1]
  pair[0] = ~high
  pair[1] = ~low
  desEncryptWords(issuer, pair)
  desExpandWords(cardSchedule, 0, leftHigh ^ pair[0], leftLow ^ pair[1])
  const end = at + TAC_RECORD.data + records[at + TAC_RECORD.dataLength]!
  mac.fill(0)
  for (let block = at + TAC_RECORD.data; block <= end && block <= at + TAC_RECORD.tac; block += 8) {
    mac[0]! ^= paddedWord(records, block, end)
    mac[1]! ^= paddedWord(records, block + 4, end)
    desEncryptWords(cardSchedule, mac)
  }
}

/** Four bytes of data, with 80 00… from `end` on. */
function paddedWord(records: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) return readUint32(records, at)
  if (at > end) return 0
  const kept = end - at
  const ones = kept === 0 ? 0 : -1 << (32 - 8 * kept)
  return (readUint32(records, at) & ones) | (0x80 << (24 - 8 * kept))
}
