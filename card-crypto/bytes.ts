// Bytes as the whole house handles them: Uint8Array inside, hexadecimal only at the edges. Numbers on the card are big-endian.
import { timingSafeEqual } from 'node:crypto'

/** Uppercase hexadecimal, as card systems print it. */
export function hex(bytes: Uint8Array): string {
  return bytes.toHex().toUpperCase()
}

/** Reads hexadecimal of either case; anything else, spaces included, is a SyntaxError. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(text)
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Compares without telling through time where the first difference lies. Only the lengths may leak. */
export function equalConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Unsigned, big-endian. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** Big-endian; takes signed and unsigned numbers alike, modulo 2^32. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
