// A key in parts that tell nothing alone: all XORed together, or any few of many by Shamir's scheme over GF(2^8), byte by byte, with
// the field of AES (x^8 + x^4 + x^3 + x + 1) as the other implementations have it.
import { randomBytes } from 'node:crypto'

export interface Splitting {
  kind: 'xor' | 'shamir'
  parts: number
  /** All parts for XOR. */
  needed: number
}

/** A part of Shamir's scheme ends with its place, 1 to 255; one of XOR is as long as the key. */
export function splitKey(key: Uint8Array, splitting: Splitting): Uint8Array[] {
  checkSplitting(splitting)
  const { kind, parts, needed } = splitting
  if (kind === 'xor') {
    const free = Array.from({ length: parts - 1 }, () => new Uint8Array(randomBytes(key.length)))
    return [...free, xorAll([key, ...free])]
  }
  const coefficients = [key, ...Array.from({ length: needed - 1 }, () => new Uint8Array(randomBytes(key.length)))]
  return Array.from({ length: parts }, (_, part) => {
    const x = part + 1
    const share = new Uint8Array(key.length + 1)
    for (let at = 0; at < key.length; at++) {
      // Horner's rule from the highest coefficient down.
      let value = 0
      for (let degree = needed - 1; degree >= 0; degree--) value = multiply(value, x) ^ coefficients[degree]![at]!
      share[at] = value
    }
    share[key.length] = x
    return share
  })
}

/** Throws a RangeError when the parts cannot belong together; wrong ones of the right shape give another key. */
export function joinParts(parts: readonly Uint8Array[], splitting: Splitting): Uint8Array {
  checkSplitting(splitting)
  const { kind, needed } = splitting
  if (parts.length !== needed) throw new RangeError(`${needed} parts are needed`)
  if (parts.some((part) => part.length !== parts[0]!.length)) throw new RangeError('the parts are not of one length')
  if (kind === 'xor') return xorAll(parts)
  const places = parts.map((part) => part.at(-1)!)
  if (places.includes(0) || new Set(places).size < needed) throw new RangeError('two parts are of one place')
  const key = new Uint8Array(parts[0]!.length - 1)
  for (const [nth, part] of parts.entries()) {
    const weight = weightAtZero(places, nth)
    for (let at = 0; at < key.length; at++) key[at]! ^= multiply(part[at]!, weight)
  }
  return key
}

export function checkSplitting({ kind, parts, needed }: Splitting): void {
  const sound = parts >= 2 && parts <= 16 && (kind === 'xor' ? needed === parts : needed >= 2 && needed <= parts)
  if (!sound) throw new RangeError('a key has 2 to 16 parts; XOR needs all of them, Shamir at least two')
}

/** Lagrange: the product of x_j / (x_j − x_i) over the others; minus is XOR here. */
function weightAtZero(places: readonly number[], nth: number): number {
  let weight = 1
  for (const [other, x] of places.entries()) {
    if (other !== nth) weight = multiply(weight, multiply(x, inverse(x ^ places[nth]!)))
  }
  return weight
}

/** Without a branch or a table that depends on what is multiplied. */
function multiply(a: number, b: number): number {
  let product = 0
  let shifted = a
  for (let bit = 0; bit < 8; bit++) {
    product ^= -((b >> bit) & 1) & shifted
    shifted = ((shifted << 1) ^ (-((shifted >> 7) & 1) & 0x11b)) & 0xff
  }
  return product & 0xff
}

/** a^254. */
function inverse(a: number): number {
  let power = a
  let result = 1
  for (let bit = 1; bit < 8; bit++) {
    power = multiply(power, power)
    result = multiply(result, power)
  }
  return result
}

function xorAll(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts[0]!.length)
  for (const part of parts) for (let at = 0; at < result.length; at++) result[at]! ^= part[at]!
  return result
}
