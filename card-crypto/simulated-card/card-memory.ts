// A card's non-volatile memory under a power supply that can fail at any write. Changes that belong together go through a journal
// within the memory, so that after a tear they are all there or none is.
import { NoAnswer } from './apdu.ts'

export interface Change {
  at: number
  bytes: Uint8Array
}

const FLAG = 0
const COUNT = 1
const ENTRIES = 2
const JOURNAL_BYTES = 420
/** What is written into FLAG once the journal is whole. */
const COMMITTED = 0xa5

/** Where the card's own fields begin. */
export const DATA = JOURNAL_BYTES

export class CardMemory {
  readonly bytes: Uint8Array
  #powerLeft = Infinity

  constructor(length: number) {
    this.bytes = new Uint8Array(DATA + length)
  }

  /** The power fails at the next step but `steps`: a write is then left half done, an answer is not given. */
  failAfter(steps: number): void {
    this.#powerLeft = steps
  }

  /** Spends power without writing: the answer itself. */
  spend(): void {
    if (this.#powerLeft-- <= 0) throw new NoAnswer()
  }

  write(at: number, bytes: Uint8Array): void {
    if (this.#powerLeft-- <= 0) {
      this.bytes.set(bytes.subarray(0, bytes.length >> 1), at)
      throw new NoAnswer()
    }
    this.bytes.set(bytes, at)
  }

  /** All of the changes or none, whenever the power goes. */
  commit(changes: readonly Change[]): void {
    const length = changes.reduce((sum, { bytes }) => sum + 3 + bytes.length, ENTRIES - COUNT)
    const journal = new Uint8Array(length)
    journal[0] = changes.length
    let end = ENTRIES - COUNT
    for (const { at, bytes } of changes) {
      journal[end] = at >> 8
      journal[end + 1] = at
      journal[end + 2] = bytes.length
      journal.set(bytes, end + 3)
      end += 3 + bytes.length
    }
    if (COUNT + length > JOURNAL_BYTES) throw new RangeError('the journal of the card is too small')
    this.write(COUNT, journal)
    this.write(FLAG, Uint8Array.of(COMMITTED))
    this.#apply(changes)
  }

  /** What a card does first when it gets power: finishes what was committed and forgets what was not. */
  recover(): void {
    if (this.bytes[FLAG] !== COMMITTED) return
    const changes: Change[] = []
    let at = ENTRIES
    for (let left = this.bytes[COUNT]!; left > 0; left--) {
      const length = this.bytes[at + 2]!
      changes.push({ at: this.#uint16(at), bytes: this.bytes.slice(at + 3, at + 3 + length) })
      at += 3 + length
    }
    this.#apply(changes)
  }

  #apply(changes: readonly Change[]): void {
    for (const { at, bytes } of changes) this.write(at, bytes)
    this.write(FLAG, Uint8Array.of(0))
  }

  #uint16(at: number): number {
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!
  }
}
