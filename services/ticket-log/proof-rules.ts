// Checks a proof with nothing but the proof and the public key: no database, no network, no clock; in a browser as here.
import { verifyConsistency, verifyInclusion } from '../../card-crypto/merkle.ts'
import { headMessage, leafHashOf } from './leaf-rules.ts'
import type { ConsistencyProof, TicketLogHead, TicketProof } from './ticket-log-schemas.ts'

/** SM2 under the log's public key; the signature is r‖s. */
export type IsSigned = (message: Uint8Array, signature: Uint8Array) => boolean

/** null when it holds; otherwise what does not. */
export function checkTicketProof(proof: TicketProof, isSigned: IsSigned): string | null {
  if (!isHeadGenuine(proof.head, isSigned)) return 'the head is not signed by this key'
  const [size, root] = [proof.head.size, bytesOf(proof.head.root)]
  for (const { position, path, ...event } of proof.events)
    if (!verifyInclusion({ leaf: leafHashOf(event), position, size }, path.map(bytesOf), root))
      return `event ${event.event} of ticket ${event.ticketNo} at ${event.at} is not under this head`
  return null
}

export function checkConsistencyProof(proof: ConsistencyProof, isSigned: IsSigned): string | null {
  const { before, after, path } = proof
  if (!isHeadGenuine(before, isSigned)) return 'the earlier head is not signed by this key'
  if (!isHeadGenuine(after, isSigned)) return 'the later head is not signed by this key'
  const consistent = verifyConsistency(sized(before), sized(after), path.map(bytesOf))
  return consistent ? null : 'the later log does not begin with the earlier one'
}

export function isHeadGenuine(head: TicketLogHead, isSigned: IsSigned): boolean {
  return isSigned(headMessage(head), bytesOf(head.signature))
}

const sized = ({ size, root }: TicketLogHead) => ({ size, root: bytesOf(root) })

/** Not every browser has Uint8Array.fromHex; what is no hexadecimal gives zeros, which sign and prove nothing. */
function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: Math.floor(hex.length / 2) }, (_, at) => parseInt(hex.slice(2 * at, 2 * at + 2), 16))
}
