// A hotlist for a small terminal: a binary fuse filter over card numbers. A listed card is always found; another is found by mistake
// about once in 256 (8 bits a slot) or 65,536 (16 bits). Nine and eighteen bits a card, three reads a question.

/** magic 4 | bits 1 | 0 0 0 | seed 4 | cards 4 | segment length 4 | segments' length 4, big-endian; the fingerprints follow. */
const HEAD_BYTES = 24
const MAGIC = 0x43464631
const ARITY = 3
const MOST_TRIES = 100

export interface CardFilter {
  readonly cards: number
  readonly bits: 8 | 16
  /** The number as its two 32-bit words. */
  has(high: number, low: number): boolean
}

/** `numbers`: 8 bytes each, big-endian, no number twice. */
export function buildCardFilter(numbers: Uint8Array, bits: 8 | 16): Uint8Array {
  const count = numbers.length / 8
  const shape = shapeFor(count)
  const view = new DataView(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  for (let seed = 1; seed <= MOST_TRIES; seed++) {
    const order = peel(view, count, { ...shape, seed })
    if (order) return fill(order, { ...shape, seed, count, bits })
  }
  throw new Error(`no filter over ${count} cards was found; is a number there twice?`)
}

/** Reads a filter where it lies. Throws a RangeError when the bytes are not one. */
export function openCardFilter(bytes: Uint8Array): CardFilter {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < HEAD_BYTES || view.getUint32(0) !== MAGIC) throw new RangeError('these bytes are no card filter')
  const bits = bytes[4] === 16 ? 16 : 8
  const [seed, cards, segment, length] = [8, 12, 16, 20].map((at) => view.getUint32(at)) as [
    number,
    number,
    number,
    number
  ]
  if (bytes.length !== HEAD_BYTES + (length + (ARITY - 1) * segment) * (bits / 8))
    throw new RangeError('this card filter is not whole')
  const at = (slot: number): number =>
    bits === 8 ? bytes[HEAD_BYTES + slot]! : (bytes[HEAD_BYTES + 2 * slot]! << 8) | bytes[HEAD_BYTES + 2 * slot + 1]!
  const shape = { seed, segment, length }
  return {
    cards,
    bits,
    has(high, low) {
      if (cards === 0) return false
      const print = place(high, low, shape)
      return (at(spots[0]!) ^ at(spots[1]!) ^ at(spots[2]!)) === (bits === 8 ? print & 0xff : print & 0xffff)
    }
  }
}

interface Shape {
  seed: number
  /** Slots of a segment, a power of two, and of all segments a first slot may lie in. */
  segment: number
  length: number
}

function shapeFor(count: number): Omit<Shape, 'seed'> {
  const size = Math.max(count, 2)
  const segment = 1 << Math.min(18, Math.floor(Math.log(size) / Math.log(3.33) + 2.25))
  const slack = Math.max(1.125, 0.875 + (0.25 * Math.log(1_000_000)) / Math.log(size))
  const segments = Math.max(1, Math.ceil((size * slack) / segment) - (ARITY - 1))
  return { segment, length: segments * segment }
}

// Work space of place(): a thread places one card at a time.
const spots = new Int32Array(ARITY)

/** Writes the three slots of a card, in neighbouring segments, into `spots`, and answers its fingerprint. */
function place(high: number, low: number, { seed, segment, length }: Shape): number {
  const first = mix(low ^ Math.imul(seed, 0x9e3779b1), high)
  const second = mix(first ^ low, seed + 0x7f4a7c15)
  const third = mix(second ^ high, first)
  const start = Math.floor((first / 4_294_967_296) * length)
  spots[0] = start
  spots[1] = (start + segment) ^ (second & (segment - 1))
  spots[2] = (start + 2 * segment) ^ (third & (segment - 1))
  return (third >>> 16) ^ (second >>> 9) ^ mix(third, first)
}

/** 32 well mixed bits of two words (the finaliser of MurmurHash3 over both). */
function mix(a: number, b: number): number {
  let word = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 15), 0xc2b2ae35)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  return (word ^ (word >>> 15)) >>> 0
}

interface Peeled {
  /** Cards in the order they were taken away, and which of its slots each was alone in. */
  cards: Int32Array
  alone: Uint8Array
  slots: Int32Array
  prints: Int32Array
}

/** Takes away, again and again, a card that is alone in one of its slots; null when some are left. */
function peel(view: DataView, count: number, shape: Shape): Peeled | null {
  const slots = new Int32Array(ARITY * count)
  const prints = new Int32Array(count)
  const total = shape.length + (ARITY - 1) * shape.segment
  const held = new Uint8Array(total)
  const mixed = new Int32Array(total)
  for (let card = 0; card < count; card++) {
    prints[card] = place(view.getUint32(8 * card), view.getUint32(8 * card + 4), shape)
    slots.set(spots, ARITY * card)
    for (let n = 0; n < ARITY; n++) {
      const slot = slots[ARITY * card + n]!
      if (++held[slot]! === 255) return null
      mixed[slot]! ^= card
    }
  }
  const queue = new Int32Array(total)
  let end = 0
  for (let slot = 0; slot < total; slot++) if (held[slot] === 1) queue[end++] = slot
  const cards = new Int32Array(count)
  const alone = new Uint8Array(count)
  let taken = 0
  while (end > 0) {
    const slot = queue[--end]!
    if (held[slot] !== 1) continue
    const card = mixed[slot]!
    for (let n = 0; n < ARITY; n++) {
      const each = slots[ARITY * card + n]!
      if (each === slot) alone[taken] = n
      mixed[each]! ^= card
      if (--held[each]! === 1) queue[end++] = each
    }
    cards[taken++] = card
  }
  return taken === count ? { cards, alone, slots, prints } : null
}

function fill(peeled: Peeled, shape: Shape & { count: number; bits: 8 | 16 }): Uint8Array {
  const { seed, segment, length, count, bits } = shape
  const total = length + (ARITY - 1) * segment
  const values = bits === 8 ? new Uint8Array(total) : new Uint16Array(total)
  const { cards, alone, slots, prints } = peeled
  for (let turn = count - 1; turn >= 0; turn--) {
    const card = cards[turn]!
    const own = ARITY * card
    const others = values[slots[own]!]! ^ values[slots[own + 1]!]! ^ values[slots[own + 2]!]!
    const slot = slots[own + alone[turn]!]!
    values[slot] = prints[card]! ^ others ^ values[slot]!
  }
  const bytes = new Uint8Array(HEAD_BYTES + total * (bits / 8))
  const head = new DataView(bytes.buffer)
  head.setUint32(0, MAGIC)
  bytes[4] = bits
  for (const [n, value] of [seed, count, segment, length].entries()) head.setUint32(8 + 4 * n, value)
  if (bits === 8) bytes.set(values, HEAD_BYTES)
  else for (let slot = 0; slot < total; slot++) head.setUint16(HEAD_BYTES + 2 * slot, values[slot]!)
  return bytes
}
