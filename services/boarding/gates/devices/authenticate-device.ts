// A request signed by an enrolled gate (SM2-GATE): its certificate in force, its clock near ours, its nonce never seen. Whoever is near a
// gate without being one learns nothing from the refusal.
import type { FastifyRequest } from 'fastify'
import { sm2Verify } from '../../../../card-crypto/sm2.ts'
import type { Authenticate } from '../../../access/require-permit.ts'
import { canonicalRequest, isWithinClock, nonceEnd, readSignature } from '../../../access/signing/signature-rules.ts'
import { expectBody } from '../../../access/signing/signed-bodies.ts'
import type { Permit } from '../../../access/permit-rules.ts'
import type { Parts } from '../../../parts.ts'
import { refuse } from '../../../refusals.ts'
import { findDevice, takeGateNonce } from './device-queries.ts'

const scheme = 'SM2-GATE'
const scopes: readonly Permit[] = ['check-in', 'sync-gate', 'read-manifest']
const gates = new WeakMap<FastifyRequest, number>()

/** For guardRoutes. Throws the refusals clock-off, device-revoked, request-replayed and signature-invalid. */
export function authenticateDevices({ sql, clock }: Pick<Parts, 'sql' | 'clock'>): Authenticate {
  return async (request) => {
    const now = clock()
    const signed = readSignature(request.headers.authorization, scheme)
    if (signed === null) return null
    if (signed === 'malformed') throw refuse('signature-invalid')
    // The answer says what time it is: a gate whose clock has run away sets it by that and asks again.
    if (!isWithinClock(signed.timestamp, now)) throw refuse('clock-off', { now: Math.floor(now.getTime() / 1000) })
    const device = await findDevice(sql, signed.client)
    const message = canonicalRequest({ scheme, method: request.method, url: request.raw.url! }, signed)
    if (!device || !sm2Verify(device.publicKey, message, signed.signature)) throw refuse('signature-invalid')
    if (device.revokedAt !== null || device.notAfter <= now) throw refuse('device-revoked')
    const nonce = { device: device.id, nonce: signed.nonce, expiresAt: nonceEnd(signed.timestamp) }
    if (!(await takeGateNonce(sql, nonce))) throw refuse('request-replayed')
    expectBody(request, signed.digest)
    gates.set(request, device.gate)
    return { accountId: device.id, name: device.name, role: 'gate', scopes, expiresAt: device.notAfter }
  }
}

/** A device speaks for the gate it was enrolled at, a person at a gate page for any. Throws the refusal gate-elsewhere. */
export function requireOwnGate(request: FastifyRequest, gate: number): number {
  const own = gates.get(request)
  if (own !== undefined && own !== gate) throw refuse('gate-elsewhere')
  return gate
}
