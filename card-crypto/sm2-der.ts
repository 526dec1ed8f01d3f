// Strict DER (X.690 §8 and §10) for the two fixed shapes SM2 uses: the signature SEQUENCE { r, s } and SM2Cipher (GM/T 0009 §7).
// One encoding per value: minimal lengths, minimal integers, no byte after the end. Trees such as X.509 are certificate.ts's.
import { concat } from './bytes.ts'

const INTEGER = 0x02
const OCTET_STRING = 0x04
const SEQUENCE = 0x30

/** SEQUENCE { r INTEGER, s INTEGER } from the 64 bytes r‖s. */
export function rawToDer(signature: Uint8Array): Uint8Array {
  if (signature.length !== 64) throw new RangeError('an SM2 signature r‖s has 64 bytes')
  return element(SEQUENCE, integer(signature.subarray(0, 32)), integer(signature.subarray(32)))
}

/** The 64 bytes r‖s; a SyntaxError for anything but the one right encoding. The range of r and s is the verifier's business. */
export function derToRaw(der: Uint8Array): Uint8Array {
  const read = contentsOf(der)
  const signature = concat(read.integer(), read.integer())
  read.end()
  return signature
}

/** The parts of an SM2 ciphertext: C1 as x‖y (64 bytes), C3 (32 bytes), C2. */
export interface CipherParts {
  readonly c1: Uint8Array
  readonly c3: Uint8Array
  readonly c2: Uint8Array
}

/** SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, cipherText OCTET STRING }. */
export function cipherToDer({ c1, c3, c2 }: CipherParts): Uint8Array {
  const point = [integer(c1.subarray(0, 32)), integer(c1.subarray(32))]
  return element(SEQUENCE, ...point, element(OCTET_STRING, c3), element(OCTET_STRING, c2))
}

/** A SyntaxError for anything but the one right encoding. */
export function cipherFromDer(der: Uint8Array): CipherParts {
  const read = contentsOf(der)
  const parts = { c1: concat(read.integer(), read.integer()), c3: read.octets(), c2: read.octets() }
  read.end()
  if (parts.c3.length !== 32) throw new SyntaxError('the hash of an SM2 ciphertext has 32 bytes')
  return parts
}

function element(tag: number, ...contents: Uint8Array[]): Uint8Array {
  const content = concat(...contents)
  return concat(Uint8Array.of(tag), lengthBytes(content.length), content)
}

function lengthBytes(length: number): Uint8Array {
  if (length < 128) return Uint8Array.of(length)
  const digits: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest & 255)
  return Uint8Array.of(128 + digits.length, ...digits)
}

function integer(bigEndian: Uint8Array): Uint8Array {
  let start = 0
  while (start < bigEndian.length - 1 && bigEndian[start] === 0) start++
  const digits = bigEndian.subarray(start)
  return element(INTEGER, digits[0]! >= 128 ? concat(Uint8Array.of(0), digits) : digits)
}

/** Reads the one SEQUENCE a message consists of, element by element. */
function contentsOf(der: Uint8Array) {
  const outer = contentAt(der, 0, SEQUENCE)
  if (outer.next !== der.length) throw new SyntaxError('bytes after the DER sequence')
  const body = outer.content
  let at = 0
  const take = (tag: number) => {
    const { content, next } = contentAt(body, at, tag)
    at = next
    return content
  }
  return {
    /** A non-negative integer below 2²⁵⁶, as 32 bytes. */
    integer: () => thirtyTwoBytes(take(INTEGER)),
    octets: () => take(OCTET_STRING),
    end: () => {
      if (at !== body.length) throw new SyntaxError('more DER elements than expected')
    }
  }
}

function contentAt(der: Uint8Array, at: number, tag: number): { content: Uint8Array; next: number } {
  if (der[at] !== tag) throw new SyntaxError(`DER tag ${tag} expected at byte ${at}`)
  const { length, start } = lengthAt(der, at + 1)
  const next = start + length
  if (next > der.length) throw new SyntaxError('the DER element is cut off')
  return { content: der.subarray(start, next), next }
}

function lengthAt(der: Uint8Array, at: number): { length: number; start: number } {
  const first = der[at]
  if (first === undefined) throw new SyntaxError('the DER element is cut off')
  if (first < 128) return { length: first, start: at + 1 }
  const count = first - 128
  if (count === 0) throw new SyntaxError('an indefinite length is not DER')
  let length = 0
  for (const digit of der.subarray(at + 1, at + 1 + count)) length = length * 256 + digit
  if (lengthBytes(length).length !== 1 + count) throw new SyntaxError('the DER length is not minimal')
  return { length, start: at + 1 + count }
}

function thirtyTwoBytes(content: Uint8Array): Uint8Array {
  const [first, second] = content
  if (first === undefined) throw new SyntaxError('an empty DER integer')
  if (first >= 128) throw new SyntaxError('a negative DER integer')
  if (first === 0 && second !== undefined && second < 128) throw new SyntaxError('the DER integer is not minimal')
  const digits = first === 0 ? content.subarray(1) : content
  if (digits.length > 32) throw new SyntaxError('the DER integer is longer than 256 bits')
  const bytes = new Uint8Array(32)
  bytes.set(digits, 32 - digits.length)
  return bytes
}
