// A sender's detached SM2 signature, verified while its file streams by.
import { derToRaw } from '../../../card-crypto/sm2-der.ts'
import { sm2StreamVerifier } from '../../../card-crypto/sm2.ts'
import type { Queryable } from '../../database.ts'
import { findPublicKey } from '../../participants/participant-queries.ts'
import type { Participant } from '../../participants/participant-schemas.ts'
import type { ByteSink } from './receive-file.ts'

export type SignatureState = 'absent' | 'valid' | 'invalid'

export interface SignatureCheck {
  /** Wants every byte of the file. */
  sink: ByteSink | undefined
  /** To be asked once, after the last byte. */
  state(): SignatureState
}

/** A signature that nobody's registered key can confirm is invalid, not absent. */
export async function checkSignature(
  sql: Queryable,
  sender: Participant | undefined,
  signature: Uint8Array | undefined
): Promise<SignatureCheck> {
  if (signature === undefined) return { sink: undefined, state: () => 'absent' }
  const raw = rawSignature(signature)
  const publicKey = sender && (await findPublicKey(sql, sender.id))
  if (!raw || !publicKey) return { sink: undefined, state: () => 'invalid' }
  const verifier = sm2StreamVerifier(publicKey)
  return { sink: verifier, state: () => (verifier.verify(raw) ? 'valid' : 'invalid') }
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
