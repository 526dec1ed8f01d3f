// A ticket's code as its phone would show it now: the signed part as it was fetched, and the four bytes of the moment, which a holder of
// the departure's key can make. So a loader shows fresh codes without asking for each.
import { hmacSm3 } from '../../card-crypto/sm3.ts'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
const scheme = 'LN:'
const momentBytes = 4
const stepSeconds = 30

/** RFC 9285. */
export function decodeBase45(text: string): Uint8Array {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at += 3) {
    const [low, middle, high] = Array.from(text.slice(at, at + 3), (letter) => alphabet.indexOf(letter))
    const value = low! + 45 * middle! + (high === undefined ? 0 : 2025 * high)
    if (high === undefined) bytes.push(value)
    else bytes.push(value >> 8, value & 255)
  }
  return Uint8Array.from(bytes)
}

export function encodeBase45(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const value = bytes[at]! * 256 + bytes[at + 1]!
    text += alphabet[value % 45]! + alphabet[Math.floor(value / 45) % 45]! + alphabet[Math.floor(value / 2025)]!
  }
  if (bytes.length % 2 === 0) return text
  const value = bytes.at(-1)!
  return text + alphabet[value % 45]! + alphabet[Math.floor(value / 45)]!
}

export interface PhoneTicket {
  ticketNo: string
  staticPart: Uint8Array
  departureKey: Uint8Array
}

/** From a code that was shown before. */
export function phoneTicket(ticketNo: string, payload: string, departureKey: Uint8Array): PhoneTicket {
  return { ticketNo, departureKey, staticPart: decodeBase45(payload.slice(scheme.length)).slice(0, -momentBytes) }
}

/** Of a ticket that was never re-issued (edition 0). */
export function codeNow({ ticketNo, staticPart, departureKey }: PhoneTicket): string {
  const data = new Uint8Array(26)
  data[0] = 1
  new TextEncoder().encodeInto(ticketNo, data.subarray(1, 21))
  new DataView(data.buffer).setUint32(22, Math.floor(Date.now() / 1000 / stepSeconds))
  const moment = hmacSm3(departureKey, data).subarray(0, momentBytes)
  const whole = new Uint8Array(staticPart.length + momentBytes)
  whole.set(staticPart)
  whole.set(moment, staticPart.length)
  return scheme + encodeBase45(whole)
}
