// The message authentication codes terminal and card exchange: MAC1 proves the terminal (or the load host) to the card, MAC2 the
// card to the terminal (or the load host to the card). Amounts are in fen, terminal numbers 6 bytes, date and time 7 bytes of BCD.
import { concat, writeUint32 } from './bytes.ts'
import type { SymmetricAlgorithm } from './diversify.ts'
import { sm4CbcMac } from './sm4.ts'
import { desCbcMac } from './triple-des.ts'

export const LOAD_TYPE = 0x02

export interface PurseTerms {
  amount: number
  /** Transaction type 交易类型标识: 06 purchase, 09 compound purchase, 02 load. */
  type: number
  terminal: Uint8Array
  /** YYYYMMDDhhmmss in BCD. */
  dateTime: Uint8Array
}

/** The whole last block of the CBC-MAC, 8 or 16 bytes; the key is a session key, or the key tacKey() gives. */
export function macBlock(algorithm: SymmetricAlgorithm, key: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return algorithm === 'sm4' ? sm4CbcMac(key, data) : desCbcMac(key, data)
}

/** MAC1, MAC2: the first four bytes. */
export function computeMac(algorithm: SymmetricAlgorithm, key: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return macBlock(algorithm, key, data).slice(0, 4)
}

/** amount ‖ type ‖ terminal ‖ date ‖ time, 18 bytes. */
export function purchaseMac1Data(terms: PurseTerms): Uint8Array {
  return concat(fourBytes(terms.amount), Uint8Array.of(terms.type), sized(terms.terminal, 6), sized(terms.dateTime, 7))
}

export function purchaseMac2Data(amount: number): Uint8Array {
  return fourBytes(amount)
}

/** balance before ‖ amount ‖ type ‖ terminal, 15 bytes. */
export function loadMac1Data(balanceBefore: number, terms: Omit<PurseTerms, 'dateTime'>): Uint8Array {
  return concat(fourBytes(balanceBefore), fourBytes(terms.amount), Uint8Array.of(terms.type), sized(terms.terminal, 6))
}

/** amount ‖ type ‖ terminal ‖ date ‖ time, 18 bytes: the same fields a purchase puts into its MAC1. */
export function loadMac2Data(terms: PurseTerms): Uint8Array {
  return purchaseMac1Data(terms)
}

export function fourBytes(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4)
  writeUint32(bytes, 0, value)
  return bytes
}

/** A field of a wrong length would shift the ones behind it unseen. */
export function sized(field: Uint8Array, length: number): Uint8Array {
  if (field.length !== length) throw new RangeError(`a field has ${field.length} bytes in place of ${length}`)
  return field
}
