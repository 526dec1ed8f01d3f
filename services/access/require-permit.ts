// The guard in front of every route. A route says `config: { permit: 'check-in' }`, or 'anyone' when it is open to all;
// one that says nothing does not start, so none can be forgotten. The session is settled before a byte of the body is read.
import type { FastifyRequest, RouteOptions } from 'fastify'
import type { App, Parts } from '../parts.ts'
import { refuse } from '../refusals.ts'
import { findSession, touchSession } from './access-queries.ts'
import { isLive, needsTouch } from './access-rules.ts'
import { holdsPermit, permits, type Permit } from './permit-rules.ts'
import { digestToken, type Session } from './sign-in.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    permit?: Permit | 'anyone'
  }
}

const sessions = new WeakMap<FastifyRequest, Session>()

/** The session of a request whose route asks for a permit. On a route for anyone: the session if the caller sent a good one. */
export function sessionOf(request: FastifyRequest): Session {
  const session = sessions.get(request)
  if (!session) throw refuse('session-required')
  return session
}

export function optionalSessionOf(request: FastifyRequest): Session | null {
  return sessions.get(request) ?? null
}

export function bearerOf(request: FastifyRequest): string | null {
  const match = /^Bearer ([\w-]{43})$/.exec(request.headers.authorization ?? '')
  return match ? match[1]! : null
}

/** Another way to prove who is asking: null when the request does not try it, a refusal when it tries and fails. */
export type Authenticate = (request: FastifyRequest) => Promise<Session | null>

/** The first that knows the asker. */
export function firstOf(...ways: readonly Authenticate[]): Authenticate {
  return async (request) => {
    for (const way of ways) {
      const session = await way(request)
      if (session) return session
    }
    return null
  }
}

/** Call before any route is made. Throws the refusals session-required and not-permitted on behalf of routes. */
export function guardRoutes(
  app: App,
  { sql, clock }: Pick<Parts, 'sql' | 'clock'>,
  authenticate: Authenticate = async () => null
): void {
  app.addHook('onRoute', assertSaysPermit)
  app.addHook('onRequest', async (request) => {
    const permit = request.routeOptions.config.permit ?? 'anyone'
    const session = (await sessionFor({ sql, clock }, bearerOf(request))) ?? (await authenticate(request))
    if (session) sessions.set(request, session)
    if (permit === 'anyone') return
    if (!session) throw refuse('session-required')
    if (!mayUse(session, permit)) throw refuse('not-permitted', { permit })
  })
}

function mayUse({ role, scopes }: Session, permit: Permit): boolean {
  return holdsPermit(role, permit) && (scopes === undefined || scopes.includes(permit))
}

function assertSaysPermit({ url, method, config }: RouteOptions): void {
  if (!url.startsWith('/v1/')) return
  const permit = config?.permit
  if (permit !== 'anyone' && !(permit !== undefined && permit in permits))
    throw new Error(`${String(method)} ${url} must say config.permit`)
}

async function sessionFor({ sql, clock }: Pick<Parts, 'sql' | 'clock'>, token: string | null): Promise<Session | null> {
  if (token === null) return null
  const tokenDigest = digestToken(token)
  const row = await findSession(sql, tokenDigest)
  const now = clock()
  if (!row || !isLive(row, now)) return null
  if (needsTouch(row, now)) await touchSession(sql, tokenDigest, now)
  return { accountId: row.account, name: row.name, role: row.role, expiresAt: row.expiresAt }
}
