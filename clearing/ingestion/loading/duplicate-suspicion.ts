// Which lines of a file may repeat an earlier line of it. The unique keys of the table decide duplicates; this memory only
// says which rows need asking, so that the others go in by plain COPY. It errs one way: a repeated key is always suspected.
import type { TransactionBatch } from '../transaction-batch.ts'

export interface DuplicateSuspicion {
  /** True when an earlier row may have had the card key or the terminal key of this one. Rows are to be given in file order. */
  seen(batch: TransactionBatch, row: number): boolean
}

/** 256 MB of fingerprints hold 53 million keys: more than a file of 5 GB has. Beyond that every row is suspected. */
const mostSlots = 2 ** 26
const fullness = 0.8

/**
 * Open addressing over 32-bit fingerprints: the place comes from one hash of the key, the fingerprint from another, so that two
 * different keys are taken for one about once in a thousand million.
 */
export function suspectDuplicates(records: number): DuplicateSuspicion {
  const keys = Math.max(1024, records * 2)
  const slots = Math.min(mostSlots, 2 ** Math.ceil(Math.log2(keys / 0.6)))
  const mask = slots - 1
  const fingerprints = new Uint32Array(slots)
  let room = Math.floor(slots * fullness)
  return {
    seen(batch, row) {
      const day = batch.day[row]!
      const card = batch.cardNumberWords
      const byCard = remember(card[2 * row]!, card[2 * row + 1]!, batch.cardSequence[row]!, day)
      if (!batch.hasProof) return byCard
      const terminal = batch.terminalNumberWords
      const sequence = batch.terminalSequence[row]!
      return remember(terminal[2 * row]!, ~terminal[2 * row + 1]!, sequence, day) || byCard
    }
  }

  // oxlint-disable-next-line max-params -- four words of a key, twice per transaction.
  function remember(low: number, high: number, sequence: number, day: number): boolean {
    let a = Math.imul(low ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(high + sequence, 0xc2b2ae35)
    let b = Math.imul(high ^ 0x27d4eb2f, 0x165667b1) ^ Math.imul(sequence ^ low, 0x9e3779b1)
    a = mix(a ^ Math.imul(day, 0x27d4eb2d) ^ (b >>> 15))
    b = mix(b + Math.imul(day, 0x2c1b3c6d) + a)
    const fingerprint = b === 0 ? 1 : b >>> 0
    let slot = a & mask
    for (;;) {
      const held = fingerprints[slot]!
      if (held === fingerprint) return true
      if (held === 0) break
      slot = (slot + 1) & mask
    }
    if (room === 0) return true
    room--
    fingerprints[slot] = fingerprint
    return false
  }
}

/** The finalizer of MurmurHash3: every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
