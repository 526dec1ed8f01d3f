// What a gate sent along with a scan is held against the issuer's key again: a gate that was tampered with cannot use up tickets whose
// codes it never saw.
import type { KeyStore } from '../../../../card-crypto/key-store.ts'
import { sm2Verify } from '../../../../card-crypto/sm2.ts'
import type { TicketClaims } from '../../credentials/ticket-code.ts'
import { ticketSignatureKey } from '../../issuer-keys/rotate-issuer-key.ts'
import { readCode } from '../../verify-ticket-rules.ts'
import type { Scan } from '../gate-schemas.ts'

/** The claims of the code, when the issuer signed them; null for a document, and for a code that proves nothing. */
export async function proveCode(keys: KeyStore, { code: text }: Pick<Scan, 'code'>): Promise<TicketClaims | null> {
  const { code } = readCode(text ?? '')
  if (!code) return null
  const key = ticketSignatureKey(code.claims.issuerKey)
  if (!(await keys.hasKey(key))) return null
  return sm2Verify(await keys.publicKey(key), code.signed, code.signature) ? code.claims : null
}
