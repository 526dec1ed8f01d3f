// Ids that follow from other ids, so that a step done again after a crash finds what it did before.
import { sm3 } from '../../../card-crypto/sm3.ts'

/** A UUID (version 8, RFC 9562), the same for the same parts. */
export function derivedId(...parts: readonly string[]): string {
  const bytes = sm3(new TextEncoder().encode(parts.join(' '))).slice(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
