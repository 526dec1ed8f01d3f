// The keys behind our ride codes, and the issuers' certificates under our root. Codes of version 0x80, whose three signatures all run
// under the default user id; a code of 0x81 (a city's own) is verified, not made.
import type { KeyReference, KeyStore } from '../../../card-crypto/key-store.ts'
import { issueRideCertificate, RIDE_SERVICE, type RideRoot } from '../../../card-crypto/ride-certificate.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { findCertificate, saveCertificate } from './ride-queries.ts'

type Parts = { sql: Database; keys: KeyStore }

const rootKey: KeyReference = {
  purpose: 'certificate-authority',
  scope: 'ride-root',
  version: 1,
  index: 1,
  algorithm: 'sm2'
}
const rootIndex = 1
const expiry = '1239'

export function rideIssuerKey(issuer: string): KeyReference {
  return { purpose: 'message-signature', scope: `ride-${issuer}`, version: 1, index: 1, algorithm: 'sm2' }
}

export async function rideRoot(keys: KeyStore): Promise<RideRoot> {
  await keys.generateKey(rootKey)
  return { serviceId: RIDE_SERVICE, index: rootIndex, expiry, publicKey: await keys.publicKey(rootKey) }
}

/** The issuer's certificate, made when it is first needed. */
export async function certificateOf({ sql, keys }: Parts, issuer: { id: number; code: string }): Promise<Uint8Array> {
  const known = await findCertificate(sql, issuer.id)
  if (known) return known
  await keys.generateKey(rootKey)
  await keys.generateKey(rideIssuerKey(issuer.code))
  const publicKey = await keys.publicKey(rideIssuerKey(issuer.code))
  const content = { serviceId: RIDE_SERVICE, rootIndex, organisation: issuer.code, expiry, serial: '000001', publicKey }
  const certificate = await issueRideCertificate(content, 0x80, async (message) => await keys.sign(rootKey, message))
  await transaction(sql, async (tx) => await saveCertificate(tx, issuer.id, certificate))
  return (await findCertificate(sql, issuer.id))!
}
