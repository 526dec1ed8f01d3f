// Who a program is that calls us: the holder of a token it got for its secret, or the signer of the request itself. Partners use the
// same operations under /v1 as everybody: one contract, one set of refusals, and whatever selling learns they have the same day.
import type { FastifyRequest } from 'fastify'
import { sm2Verify } from '../../card-crypto/sm2.ts'
import { sm3 } from '../../card-crypto/sm3.ts'
import { bearerOf, optionalSessionOf, type Authenticate } from '../access/require-permit.ts'
import { digestToken, type Session } from '../access/sign-in.ts'
import { canonicalRequest, isWithinClock, nonceEnd, readSignature } from '../access/signing/signature-rules.ts'
import { expectBody } from '../access/signing/signed-bodies.ts'
import type { Parts } from '../parts.ts'
import { refuse } from '../refusals.ts'
import { findLiveClient, findTokenHolder, takeNonce, type LiveClient } from './client-queries.ts'

/** An opened session says when it ends; a signed request is its own. */
const requestLifeMs = 60_000
const scheme = 'SM2-SIGN'

/** For guardRoutes. Throws the refusals channel-suspended, clock-off, request-replayed and signature-invalid. */
export function authenticateClients({ sql, clock }: Pick<Parts, 'sql' | 'clock'>): Authenticate {
  return async (request) => {
    const now = clock()
    const token = bearerOf(request)
    if (token !== null) {
      const holder = await findTokenHolder(sql, digestToken(token), now)
      return holder ? sessionFor(holder, holder.expiresAt) : null
    }
    const signed = readSignature(request.headers.authorization, scheme)
    if (signed === null) return null
    if (signed === 'malformed') throw refuse('signature-invalid')
    if (!isWithinClock(signed.timestamp, now)) throw refuse('clock-off', { now: Math.floor(now.getTime() / 1000) })
    const client = await findLiveClient(sql, signed.client)
    const message = canonicalRequest({ scheme, method: request.method, url: request.raw.url! }, signed)
    // Whether the client is unknown or the signature wrong is not said.
    if (!client?.publicKey || !sm2Verify(client.publicKey, message, signed.signature)) throw refuse('signature-invalid')
    const nonce = { client: client.id, nonce: signed.nonce, expiresAt: nonceEnd(signed.timestamp) }
    if (!(await takeNonce(sql, nonce))) throw refuse('request-replayed')
    expectBody(request, signed.digest)
    return sessionFor(client, new Date(now.getTime() + requestLifeMs))
  }
}

/** The client that asks, where only a channel may. */
export function channelCodeOf(request: FastifyRequest): string {
  const session = optionalSessionOf(request)
  if (session?.role !== 'channel') throw refuse('not-permitted')
  return session.accountId
}

function sessionFor({ channel, channelState, channelKind, name, scopes }: LiveClient, expiresAt: Date): Session {
  if (channelState !== 'active') throw refuse('channel-suspended')
  return { accountId: channel, name, role: 'channel', scopes, channelKind, expiresAt }
}

/** Of a new secret, as it is kept. */
export function digestSecret(secret: string): Uint8Array {
  return sm3(Buffer.from(secret))
}
