// A sender's detached SM2 signature: whose key it must be held against, and what becomes of it.
import { derToRaw } from '../../../card-crypto/sm2-der.ts'
import type { Queryable } from '../../database.ts'
import { findPublicKey } from '../../participants/participant-queries.ts'
import type { Participant } from '../../participants/participant-schemas.ts'
import type { SignatureClaim } from './file-watch.ts'

export type SignatureState = 'absent' | 'valid' | 'invalid'

/** A signature that nobody's registered key can confirm is invalid, not absent; one that a key may confirm is a claim. */
export async function claimSignature(
  sql: Queryable,
  sender: Participant | undefined,
  signature: Uint8Array | undefined
): Promise<SignatureClaim | 'absent' | 'invalid'> {
  if (signature === undefined) return 'absent'
  const raw = rawSignature(signature)
  const publicKey = sender && (await findPublicKey(sql, sender.id))
  return raw && publicKey ? { publicKey, signature: raw } : 'invalid'
}

/** r‖s of 64 bytes is taken as it is, anything else must be DER; null when it is neither. */
function rawSignature(signature: Uint8Array): Uint8Array | null {
  if (signature.length === 64) return signature
  try {
    return derToRaw(signature)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
