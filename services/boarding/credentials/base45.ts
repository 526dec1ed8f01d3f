// Base45 (RFC 9285): bytes as the characters a QR code stores most densely, so that a ticket needs a smaller symbol than base64 would.
// Pure, and free of node: modules: the gate page reads codes with it.

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
const digitOf = new Int8Array(128).fill(-1)
for (let digit = 0; digit < alphabet.length; digit++) digitOf[alphabet.charCodeAt(digit)] = digit

export function encodeBase45(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length
    let value = pair ? bytes[at]! * 256 + bytes[at + 1]! : bytes[at]!
    for (let digit = pair ? 3 : 2; digit > 0; digit--) {
      text += alphabet[value % 45]
      value = Math.floor(value / 45)
    }
  }
  return text
}

/** Null when the text is not base45. A byte string has one encoding and no other decodes to it. */
export function decodeBase45(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 3 === 1) return null
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 === 2 ? 1 : 0))
  let to = 0
  for (let at = 0; at < text.length; at += 3) {
    const pair = at + 2 < text.length
    const [low, middle, high] = [digitAt(text, at), digitAt(text, at + 1), pair ? digitAt(text, at + 2) : 0]
    if (low < 0 || middle < 0 || high < 0) return null
    const value = low + middle * 45 + high * 2025
    if (value >= (pair ? 0x1_00_00 : 0x1_00)) return null
    if (pair) bytes[to++] = value >> 8
    bytes[to++] = value & 0xff
  }
  return bytes
}

function digitAt(text: string, at: number): number {
  return digitOf[text.charCodeAt(at)] ?? -1
}
