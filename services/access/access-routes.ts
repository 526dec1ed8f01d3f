// /v1/passengers, /v1/sessions and the audit of sign-ins.
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { recentSignInEvents } from './access-queries.ts'
import {
  Account,
  OpenedSession,
  Registration,
  RoleSchema,
  SessionAnswer,
  SignIn,
  SignInEvent
} from './access-schemas.ts'
import { holdsPermit, permits, type Permit, type Role } from './permit-rules.ts'
import { registerPassenger } from './register-passenger.ts'
import { bearerOf, sessionOf } from './require-permit.ts'
import { sampleOneTimeCode } from './sample-accounts.ts'
import { signIn, signOut, type Session } from './sign-in.ts'

const tags = ['登录 Access']

export function accessRoutes(app: App, parts: Parts): void {
  entranceRoutes(app, parts)
  sessionRoutes(app, parts)
  auditRoute(app, parts)
  if (parts.config.sample) sampleRoutes(app, parts)
}

/** The two doors that are open to all: a name can be taken, and a session opened. */
function entranceRoutes(app: App, parts: Parts): void {
  const { config, clock } = parts
  const rateLimit = { max: config.signInsPerMinute, timeWindow: 60_000 }

  app.post(
    '/v1/passengers',
    {
      config: { permit: 'anyone', rateLimit },
      schema: {
        tags,
        summary: '旅客注册 Register as a passenger',
        body: Registration,
        response: { 201: Account, ...problems('account-name-taken') }
      }
    },
    async (request, reply) => reply.code(201).send(await registerPassenger(parts, request.body, request.ip, clock()))
  )

  app.post(
    '/v1/sessions',
    {
      config: { permit: 'anyone', rateLimit },
      schema: {
        tags,
        summary: '登录 Sign in',
        body: SignIn,
        response: { 201: OpenedSession, ...problems('sign-in-failed', 'account-locked') }
      }
    },
    async (request, reply) => {
      const session = await signIn(parts, request.body, request.ip, clock())
      return reply.code(201).send({ ...sessionAnswer(session), token: session.token })
    }
  )
}

function sessionRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/sessions/current',
    {
      config: { permit: 'keep-session' },
      schema: { tags, summary: '当前会话 The session in use', response: { 200: SessionAnswer } }
    },
    async (request) => sessionAnswer(sessionOf(request))
  )

  app.delete(
    '/v1/sessions/current',
    {
      config: { permit: 'keep-session' },
      schema: { tags, summary: '退出 Sign out', response: { 204: Type.Null() } }
    },
    async (request, reply) => {
      const { accountId } = sessionOf(request)
      await signOut(sql, bearerOf(request)!, { accountId, address: request.ip }, clock())
      return reply.code(204).send(null)
    }
  )
}

function auditRoute(app: App, { sql }: Parts): void {
  app.get(
    '/v1/sign-ins',
    {
      config: { permit: 'read-sign-ins' },
      schema: {
        tags,
        summary: '登录审计 The last sign-ins',
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }) }),
        response: { 200: Type.Array(SignInEvent) }
      }
    },
    async (request) =>
      (await recentSignInEvents(sql, request.query.limit)).map((event) => ({ ...event, at: event.at.toISOString() }))
  )
}

/**
 * The second factor stays real in the sample province: sign-in asks for it and a code works once. What a phone would show
 * is shown here, for sample accounts alone, to a caller on this machine alone; without the sample province the route is not there.
 */
function sampleRoutes(app: App, parts: Parts): void {
  app.get(
    '/v1/sample/one-time-code',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '示例账号的动态口令 The one-time code of a sample account (sample mode, this machine only)',
        querystring: Type.Object({
          role: RoleSchema,
          name: Type.Optional(Type.String({ maxLength: 64, description: '登录名，默认与角色同名' }))
        }),
        response: { 200: Type.Object({ oneTimeCode: Type.String() }), ...problems('sample-mode-only') }
      }
    },
    async (request) => {
      const { role, name = role } = request.query
      const oneTimeCode = isOnThisMachine(request) ? await sampleOneTimeCode(parts, name, parts.clock()) : null
      if (oneTimeCode === null) throw refuse('sample-mode-only')
      return { oneTimeCode }
    }
  )
}

/** Loopback at both ends, no proxy between, and no foreign name that a page elsewhere has bent to 127.0.0.1. */
export function isOnThisMachine({
  ip,
  hostname,
  headers
}: Pick<FastifyRequest, 'ip' | 'hostname' | 'headers'>): boolean {
  if (headers['forwarded'] !== undefined || headers['x-forwarded-for'] !== undefined) return false
  if (!['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(ip)) return false
  return ['localhost', '127.0.0.1', '[::1]', '::1'].includes(hostname)
}

export function sessionAnswer({ accountId, name, role, expiresAt }: Session): SessionAnswer {
  const held = (Object.keys(permits) as Permit[]).filter((permit) => holdsPermit(role, permit))
  // Only those who signed in keep a session, and no channel signs in.
  return { account: { id: accountId, name, role: role as Role }, permits: held, expiresAt: expiresAt.toISOString() }
}
