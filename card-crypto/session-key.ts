// Session keys 过程密钥 of a purchase (SESPK) and a load (SESLK), made anew for each transaction from the card's purchase or load key.
import { concat } from './bytes.ts'
import { encryptWithComplement, type SymmetricAlgorithm } from './diversify.ts'
import { sm4EcbEncrypt } from './sm4.ts'
import { desEcbEncrypt } from './triple-des.ts'

/**
 * How the 8-byte seed fills an SM4 block. No official SM4 purse vector is public; the complement is what the reachable
 * implementations do, the other two are what a card might do instead (card.md §5.6).
 */
export type SeedFilling = 'complement' | 'padded' | 'zeros'

/** random 4 ‖ offline transaction counter 2 ‖ the last two bytes of the terminal's transaction number. */
export function purchaseSeed(random: Uint8Array, offlineCounter: number, terminalSequence: number): Uint8Array {
  return seed(random, offlineCounter, terminalSequence & 0xffff)
}

/** random 4 ‖ online transaction counter 2 ‖ 8000. */
export function loadSeed(random: Uint8Array, onlineCounter: number): Uint8Array {
  return seed(random, onlineCounter, 0x8000)
}

/** 8 bytes (a single-DES key) for 3DES, 16 for SM4. */
export function sessionKey(
  algorithm: SymmetricAlgorithm,
  cardKey: Uint8Array,
  seed: Uint8Array,
  filling: SeedFilling = 'complement'
): Uint8Array<ArrayBuffer> {
  if (seed.length !== 8) throw new RangeError('the seed of a session key has 8 bytes')
  if (algorithm === '3des') return desEcbEncrypt(cardKey, seed)
  if (filling === 'complement') return encryptWithComplement('sm4', cardKey, seed)
  return sm4EcbEncrypt(cardKey, concat(seed, Uint8Array.of(filling === 'padded' ? 0x80 : 0, 0, 0, 0, 0, 0, 0, 0)))
}

function seed(random: Uint8Array, counter: number, tail: number): Uint8Array {
  if (random.length !== 4) throw new RangeError("the card's random number has 4 bytes")
  return concat(random, Uint8Array.of(counter >>> 8, counter, tail >>> 8, tail))
}
