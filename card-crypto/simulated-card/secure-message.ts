// The MAC of secure messages (84 xx): only who holds the card's maintenance key locks or unlocks its application. The 3DES form is
// the purse's practice (card.md §1.6.5, medium confidence); the SM4 form is ours: CBC-MAC that begins with the card's challenge.
import { concat } from '../bytes.ts'
import type { SymmetricAlgorithm } from '../diversify.ts'
import { sm4CbcEncrypt } from '../sm4.ts'
import { desEcbDecrypt, desEcbEncrypt } from '../triple-des.ts'

/** Four bytes over header, Lc and data of the command; `challenge` is the card's last, 4 bytes. */
export function secureMac(
  algorithm: SymmetricAlgorithm,
  key: Uint8Array,
  message: { challenge: Uint8Array; data: Uint8Array }
): Uint8Array {
  const block = algorithm === 'sm4' ? 16 : 8
  const padded = new Uint8Array(message.data.length + block - (message.data.length % block))
  padded.set(message.data)
  padded[message.data.length] = 0x80
  const begin = concat(message.challenge, new Uint8Array(block - 4))
  if (algorithm === 'sm4') return sm4CbcEncrypt(key, begin, padded).slice(padded.length - 16, padded.length - 12)
  let last = begin
  for (let at = 0; at < padded.length; at += 8) {
    last = desEcbEncrypt(
      key.subarray(0, 8),
      last.map((byte, i) => byte ^ padded[at + i]!)
    )
  }
  return desEcbEncrypt(key.subarray(0, 8), desEcbDecrypt(key.subarray(8), last)).slice(0, 4)
}
