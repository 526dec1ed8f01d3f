// The keys of new cards on their way to the personaliser: derived from the roots, each wrapped under a transport key of the batch,
// with its check value, and a MAC over the card's record. The layout is our own; no public text gives one.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { concat, equalConstantTime } from './bytes.ts'
import { diversify, diversifyThrough, encryptWithComplement, type SymmetricAlgorithm } from './diversify.ts'
import { sm4CbcMac, sm4EncryptBlocks, sm4Schedule, sm4EcbDecrypt, type Sm4Schedule } from './sm4.ts'
import { desEcbEncrypt } from './triple-des.ts'

/** The order of the keys in a record. */
export const cardKeyPurposes = ['purchase', 'load', 'tac', 'maintenance'] as const
export type CardKeyPurpose = (typeof cardKeyPurposes)[number]

/** leaf 8 | per key: wrapped 16, check value 3 | MAC 4 */
export const CARD_RECORD_BYTES = 8 + cardKeyPurposes.length * 19 + 4

export interface PersonalisationBatch {
  algorithm: SymmetricAlgorithm
  roots: Record<CardKeyPurpose, Uint8Array>
  /** 8 bytes, the first factor of every card. */
  issuer: Uint8Array
  /** SM4, 16 bytes; only keys derived from it are used. */
  transport: Uint8Array
  /** 8 bytes that name the batch: no two batches are wrapped under the same key. */
  batch: Uint8Array
}

interface BatchKeys {
  wrap: Sm4Schedule
  mac: Uint8Array
  wrapKey: Uint8Array
}

/** The records of the cards with these second factors (8 bytes each). Whoever else waits for this process gets a turn in between. */
export async function writeCardRecords(order: PersonalisationBatch, leaves: Uint8Array): Promise<Uint8Array> {
  const write = cardKeyWriter(order)
  const cards = leaves.length / 8
  const records = new Uint8Array(cards * CARD_RECORD_BYTES)
  for (let card = 0; card < cards; card++) {
    write(leaves.subarray(card * 8, card * 8 + 8), records, card * CARD_RECORD_BYTES)
    if (card % 500 === 499) await nextTurn()
  }
  return records
}

/** Answers a function that writes the record of the card with this second factor. */
function cardKeyWriter({ algorithm, roots, issuer, transport, batch }: PersonalisationBatch) {
  const issuerKeys = cardKeyPurposes.map((purpose) => diversify(algorithm, roots[purpose], issuer))
  const keys = batchKeys(transport, batch)
  return (leaf: Uint8Array, target: Uint8Array, at: number): void => {
    target.set(leaf, at)
    for (const [index, issuerKey] of issuerKeys.entries()) {
      const key = encryptWithComplement(algorithm, issuerKey, leaf)
      const to = at + 8 + index * 19
      target.set(checkValue(algorithm, key), to + 16)
      const wrapped = mask(keys.wrap, leaf, index)
      for (let i = 0; i < 16; i++) wrapped[i]! ^= key[i]!
      sm4EncryptBlocks(keys.wrap, wrapped, 0, 1)
      target.set(wrapped, to)
      key.fill(0)
    }
    const end = at + CARD_RECORD_BYTES - 4
    target.set(sm4CbcMac(keys.mac, target.subarray(at, end)).subarray(0, 4), end)
  }
}

export interface UnwrappedCard {
  leaf: Uint8Array
  keys: Record<CardKeyPurpose, Uint8Array>
}

/** What the personaliser does with a record; null when the MAC or a check value is wrong. */
export function unwrapCardKeys(
  record: Uint8Array,
  { algorithm, transport, batch }: Pick<PersonalisationBatch, 'algorithm' | 'transport' | 'batch'>
): UnwrappedCard | null {
  if (record.length !== CARD_RECORD_BYTES) return null
  const { wrap, wrapKey, mac } = batchKeys(transport, batch)
  const end = CARD_RECORD_BYTES - 4
  if (!equalConstantTime(sm4CbcMac(mac, record.subarray(0, end)).subarray(0, 4), record.subarray(end))) return null
  const leaf = record.slice(0, 8)
  const keys = {} as Record<CardKeyPurpose, Uint8Array>
  for (const [index, purpose] of cardKeyPurposes.entries()) {
    const from = 8 + index * 19
    const hidden = sm4EcbDecrypt(wrapKey, record.subarray(from, from + 16))
    const masked = mask(wrap, leaf, index)
    const key = hidden.map((byte, i) => byte ^ masked[i]!)
    if (!equalConstantTime(checkValue(algorithm, key), record.subarray(from + 16, from + 19))) return null
    keys[purpose] = key
  }
  return { leaf, keys }
}

/** 3 bytes of a zero block under the key (card.md §6.4). */
function checkValue(algorithm: SymmetricAlgorithm, key: Uint8Array): Uint8Array {
  if (algorithm === '3des') return desEcbEncrypt(key, new Uint8Array(8)).subarray(0, 3)
  const block = new Uint8Array(16)
  sm4EncryptBlocks(sm4Schedule(key), block, 0, 1)
  return block.subarray(0, 3)
}

/** Two keys of the batch: the transport key itself wraps nothing. */
function batchKeys(transport: Uint8Array, batch: Uint8Array): BatchKeys {
  const wrapKey = diversifyThrough('sm4', transport, [batch, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)])
  const mac = diversifyThrough('sm4', transport, [batch, Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0)])
  return { wrap: sm4Schedule(wrapKey), mac, wrapKey }
}

/** Differs for every card and purpose, so that equal keys would not look equal. */
function mask(wrap: Sm4Schedule, leaf: Uint8Array, index: number): Uint8Array {
  const block = concat(leaf, Uint8Array.of(0x80 | index, 0, 0, 0, 0, 0, 0, 0))
  sm4EncryptBlocks(wrap, block, 0, 1)
  return block
}
