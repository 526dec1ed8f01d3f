// The transaction authentication code TAC 交易验证码: the card's own proof of a purchase or load. No session key is involved, so it can
// be verified years later from the record and the issuer's TAC key alone.
import { concat, equalConstantTime } from './bytes.ts'
import type { SymmetricAlgorithm } from './diversify.ts'
import { computeMac, fourBytes, LOAD_TYPE, sized, type PurseTerms } from './mac.ts'

/** amount 4 ‖ type 1 ‖ terminal 6 ‖ terminal sequence 4 ‖ date 4 ‖ time 3: 22 bytes. */
export function purchaseTacData(terms: PurseTerms & { terminalSequence: number }): Uint8Array<ArrayBuffer> {
  return concat(
    fourBytes(terms.amount),
    Uint8Array.of(terms.type),
    sized(terms.terminal, 6),
    fourBytes(terms.terminalSequence),
    sized(terms.dateTime, 7)
  )
}

/** balance after 4 ‖ online counter 2 ‖ amount 4 ‖ 02 ‖ terminal 6 ‖ date 4 ‖ time 3: 24 bytes. */
export function loadTacData(
  terms: Omit<PurseTerms, 'type'> & { balanceAfter: number; onlineCounter: number }
): Uint8Array<ArrayBuffer> {
  return concat(
    fourBytes(terms.balanceAfter),
    Uint8Array.of(terms.onlineCounter >>> 8, terms.onlineCounter),
    fourBytes(terms.amount),
    Uint8Array.of(LOAD_TYPE),
    sized(terms.terminal, 6),
    sized(terms.dateTime, 7)
  )
}

/** The key the MAC runs under: SM4 takes the card's TAC key as it is, DES its two halves XORed into one. */
export function tacKey(algorithm: SymmetricAlgorithm, cardTacKey: Uint8Array): Uint8Array {
  if (algorithm === 'sm4') return cardTacKey
  return cardTacKey.subarray(0, 8).map((byte, i) => byte ^ cardTacKey[8 + i]!)
}

/** Four bytes. */
export function computeTac(
  algorithm: SymmetricAlgorithm,
  cardTacKey: Uint8Array,
  data: Uint8Array
): Uint8Array<ArrayBuffer> {
  return computeMac(algorithm, tacKey(algorithm, cardTacKey), data)
}

export function verifyTac(
  algorithm: SymmetricAlgorithm,
  cardTacKey: Uint8Array,
  claim: { data: Uint8Array; tac: Uint8Array }
): boolean {
  return equalConstantTime(computeTac(algorithm, cardTacKey, claim.data), claim.tac)
}
