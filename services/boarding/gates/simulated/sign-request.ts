// A request as an enrolled gate signs it (SM2-GATE), by the clock it believes in.
import { randomBytes } from 'node:crypto'
import { hex } from '../../../../card-crypto/bytes.ts'
import { createSigningRequest } from '../../../../card-crypto/certificate.ts'
import type { Sm2KeyPair } from '../../../../card-crypto/sm2-keys.ts'
import { sm2Sign } from '../../../../card-crypto/sm2.ts'
import { sm3 } from '../../../../card-crypto/sm3.ts'
import { canonicalRequest, writeSignature } from '../../../access/signing/signature-rules.ts'

export interface DeviceIdentity {
  /** As the platform named it at its enrolment. */
  device: string
  pair: Sm2KeyPair
}

/** What a device sends with its enrolment code, in PEM. */
export async function signingRequestOf({ privateKey, publicKey }: Sm2KeyPair): Promise<string> {
  return await createSigningRequest({ subject: { commonName: 'a gate' }, publicKey }, async (message) =>
    sm2Sign(privateKey, message)
  )
}

/** The value of the authorization header. */
export function signRequest(
  { device, pair }: DeviceIdentity,
  { method, url, body }: { method: string; url: string; body: string },
  now: Date,
  nonce = randomBytes(16).toString('hex')
): string {
  const digest = hex(sm3(Buffer.from(body))).toLowerCase()
  const about = { client: device, timestamp: Math.floor(now.getTime() / 1000), nonce, digest }
  const signature = sm2Sign(pair.privateKey, canonicalRequest({ scheme: 'SM2-GATE', method, url }, about))
  return writeSignature('SM2-GATE', { ...about, signature })
}
