// A phone with a key of its own (动态码由手机签发): the issuer puts the phone's public key into the ticket's code, and from then on the phone
// makes every moment itself, with no network. The private key never leaves the phone; a copied code is old within a minute.
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { sm2Verify } from '../../../card-crypto/sm2.ts'
import { sm2CompressKey } from '../../../card-crypto/sm2-keys.ts'
import type { Database } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { requireTicketRow, type Viewer } from '../../ticketing/show-order.ts'
import { countOtherDevices } from './credential-queries.ts'
import type { DeviceCredential, DeviceRequest } from './credential-schemas.ts'
import { credentialOf, findCodeTicket } from './show-code.ts'

/** A family's phones; ending the credentials frees them all. */
export const devicesMax = 3
/** What the phone signs to show that the key is its own. */
export const deviceProofMessage = (ticketNo: string): Uint8Array => new TextEncoder().encode(`device-key/${ticketNo}`)

/** The same key again gets the same credential. Throws ticket-not-found, ticket-without-code, device-proof-invalid and devices-too-many. */
export async function registerDevice(
  { sql, keys }: { sql: Database; keys: KeyStore },
  { ticketNo, request }: { ticketNo: string; request: DeviceRequest },
  viewer: Viewer,
  now: Date
): Promise<DeviceCredential> {
  await requireTicketRow(sql, ticketNo, viewer)
  const { ticket } = await findCodeTicket(sql, ticketNo)
  const publicKey = new Uint8Array(Buffer.from(request.publicKey, 'base64'))
  const proof = new Uint8Array(Buffer.from(request.proof, 'base64'))
  if (!sm2Verify(publicKey, deviceProofMessage(ticketNo), proof)) throw refuse('device-proof-invalid')
  const deviceKey = sm2CompressKey(publicKey)
  const others = await countOtherDevices(sql, { ticketNo, edition: ticket.edition, deviceKey })
  if (others >= devicesMax) throw refuse('devices-too-many', { max: devicesMax })
  const body = await credentialOf({ sql, keys }, ticket, { form: 'device', deviceKey }, now)
  const { notBefore, notAfter } = ticket
  return { ticketNo, staticPart: Buffer.from(body).toString('base64'), refreshSeconds: 30, notBefore, notAfter }
}
