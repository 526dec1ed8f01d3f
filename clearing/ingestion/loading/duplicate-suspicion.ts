// Which lines may repeat an earlier line of the files being loaded, and in which chunk that one was. The unique keys of the table
// decide duplicates; this memory only says which rows need asking, and after whom, so that all others go in by plain COPY in any
// order. It errs one way: a repeated key is always suspected. Of an earlier file, whose chunks are all in, the number of the chunk
// means nothing, and waiting for a chunk of that number does no harm.
import type { TransactionBatch } from '../transaction-batch.ts'

export interface DuplicateSuspicion {
  /**
   * True when an earlier row may have had the card key or the terminal key of this one; the chunks of such rows are added to
   * `origins`. Rows are to be given in file order.
   */
  seen(batch: TransactionBatch, row: number, place: { chunk: number; origins: Set<number> }): boolean
}

/** Among the origins: any chunk may hold an earlier row, because the file is long or the memory full. */
export const anyChunk = -1

/** 53 million keys in 256 MB: more than a file of 5 GB has. Beyond that every row is suspected. */
const mostSlots = 2 ** 26
const fullness = 0.8

/** A slot is one word, because what it costs is fetching it: 22 bits of fingerprint, 10 of the chunk. */
const chunkBits = 10
const chunkMask = 2 ** chunkBits - 1
/** Stands for every chunk from here on. */
const lateChunk = chunkMask

/**
 * Open addressing over fingerprints: the place comes from one hash of the key, the fingerprint from another, so that of a million
 * different keys about one is taken for another.
 */
export function suspectDuplicates(records: number): DuplicateSuspicion {
  const keys = Math.max(1024, records * 2)
  const slots = Math.min(mostSlots, 2 ** Math.ceil(Math.log2(keys / 0.6)))
  const mask = slots - 1
  const held = new Uint32Array(slots)
  const hash = { place: 0, fingerprint: 0 }
  let room = Math.floor(slots * fullness)
  return {
    seen(batch, row, place) {
      const day = batch.day[row]!
      const card = batch.cardNumberWords
      hashKey(hash, card, row, Math.imul(batch.cardSequence[row]!, 0x2c1b3c6d) ^ day)
      const byCard = remember(place)
      if (!batch.hasProof) return byCard
      hashKey(hash, batch.terminalNumberWords, row, ~(Math.imul(batch.terminalSequence[row]!, 0x2c1b3c6d) ^ day))
      return remember(place) || byCard
    }
  }

  function remember({ chunk, origins }: { chunk: number; origins: Set<number> }): boolean {
    const fingerprint = hash.fingerprint
    let slot = hash.place & mask
    for (;;) {
      const word = held[slot]!
      if (word === 0) break
      if (word >>> chunkBits === fingerprint) {
        const origin = word & chunkMask
        origins.add(origin === lateChunk ? anyChunk : origin)
        return true
      }
      slot = (slot + 1) & mask
    }
    if (room === 0) {
      origins.add(anyChunk)
      return true
    }
    room--
    held[slot] = (fingerprint << chunkBits) | Math.min(chunk, lateChunk)
    return false
  }
}

/** Two hashes of a 64-bit number and 32 further bits. */
function hashKey(into: { place: number; fingerprint: number }, words: Uint32Array, row: number, more: number): void {
  const low = words[2 * row]!
  const high = words[2 * row + 1]!
  const a = mix(Math.imul(low ^ 0x9e3779b9, 0x85ebca6b) ^ mix(high + more))
  const b = mix(Math.imul(more ^ 0x27d4eb2f, 0x165667b1) + Math.imul(low, 0x9e3779b1) + (high ^ a))
  into.place = a
  into.fingerprint = b >>> chunkBits || 1
}

/** The finalizer of MurmurHash3: every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
