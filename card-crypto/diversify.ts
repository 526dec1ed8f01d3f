// Key diversification 密钥分散: a lower key computed from the upper one and an 8-byte factor, issuer first, card second.
import { concat } from './bytes.ts'
import { sm4EcbEncrypt } from './sm4.ts'
import { desEcbEncrypt } from './triple-des.ts'

export type SymmetricAlgorithm = '3des' | 'sm4'

/** K' = E_K(factor ‖ ~factor), 16 bytes: one block of SM4, two blocks of triple DES. */
export function diversify(algorithm: SymmetricAlgorithm, key: Uint8Array, factor: Uint8Array): Uint8Array<ArrayBuffer> {
  if (key.length !== 16) throw new RangeError('a key that is diversified has 16 bytes')
  return encryptWithComplement(algorithm, key, factor)
}

/** Applies the factors in order: the issuer's identifier, then the last 8 bytes of the card's application serial. */
export function diversifyThrough(
  algorithm: SymmetricAlgorithm,
  root: Uint8Array,
  factors: readonly Uint8Array[]
): Uint8Array {
  return factors.reduce((key: Uint8Array, factor) => diversify(algorithm, key, factor), root)
}

/** E_K(eight ‖ ~eight): the shape both diversification and the SM4 session key share. */
export function encryptWithComplement(
  algorithm: SymmetricAlgorithm,
  key: Uint8Array,
  eight: Uint8Array
): Uint8Array<ArrayBuffer> {
  if (eight.length !== 8) throw new RangeError('a diversification factor has 8 bytes')
  const sixteen = concat(
    eight,
    eight.map((byte) => ~byte)
  )
  return algorithm === 'sm4' ? sm4EcbEncrypt(key, sixteen) : desEcbEncrypt(key, sixteen)
}
