// A proof as it comes in a file, of whichever kind, checked with the key of the log.
import { Check } from 'typebox/value'
import { sm2Verify } from '../../card-crypto/sm2.ts'
import { checkConsistencyProof, checkTicketProof, type IsSigned } from './proof-rules.ts'
import { ConsistencyProof, TicketProof } from './ticket-log-schemas.ts'

/** The public key is x‖y, 64 bytes. */
export const signedBy =
  (publicKey: Uint8Array): IsSigned =>
  (message, signature) =>
    sm2Verify(publicKey, message, signature)

/** What is neither kind of proof does not hold. */
export function checkDocument(document: unknown, publicKey: Uint8Array): { holds: boolean; text: string } {
  if (Check(TicketProof, document)) {
    const fault = checkTicketProof(document, signedBy(publicKey))
    const { head, events } = document
    return {
      holds: !fault,
      text: fault ?? `${events.length} events are under the head of ${head.day} (${head.size} events)`
    }
  }
  if (Check(ConsistencyProof, document)) {
    const fault = checkConsistencyProof(document, signedBy(publicKey))
    const { before, after } = document
    return { holds: !fault, text: fault ?? `the log of ${after.size} events begins with the log of ${before.size}` }
  }
  return { holds: false, text: 'this is not a proof of the ticket log' }
}
