// The identity desk: a full identity or a document's tickets, each with a reason, and for the auditor who saw what.
import { Type } from 'typebox'
import { sessionOf } from '../access/require-permit.ts'
import type { Session } from '../access/sign-in.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { findAccesses, findVerdicts } from './identity-queries.ts'
import {
  AccessRequest,
  FoundTicket,
  IdentityAccess,
  IdentityVerdict,
  RevealedIdentity,
  SearchRequest
} from './identity-schemas.ts'
import { revealIdentity, searchByDocument } from './reveal-identity.ts'

const tags = ['实名 Identity']
const ticketNo = Type.String({ pattern: '^[0-9]{11}[A-Z][0-9]{8}$', description: '客票号（20位）' })
const actorOf = ({ role, accountId }: Session): string => `${role}:${accountId}`

export function identityDeskRoutes(app: App, parts: Parts): void {
  seeingRoutes(app, parts)
  auditRoutes(app, parts)
}

function seeingRoutes(app: App, { sql, keys, clock }: Parts): void {
  app.post(
    '/v1/tickets/:ticketNo/identity-reveals',
    {
      config: { permit: 'reveal-identity' },
      schema: {
        tags,
        summary: '查看完整证件 See the full identity of a ticket; the reason is kept',
        params: Type.Object({ ticketNo }),
        body: AccessRequest,
        response: {
          200: RevealedIdentity,
          ...problems('access-rate-limited', 'identity-forgotten', 'ticket-not-found')
        }
      }
    },
    async (request) => {
      const asking = { ...request.body, actor: actorOf(sessionOf(request)) }
      return await revealIdentity({ sql, keys }, request.params.ticketNo, asking, clock())
    }
  )

  app.post(
    '/v1/identity-searches',
    {
      config: { permit: 'reveal-identity' },
      schema: {
        tags,
        summary: '按证件查票 All tickets of a document, past ones too; the reason is kept',
        body: SearchRequest,
        response: { 200: Type.Array(FoundTicket), ...problems('access-rate-limited') }
      }
    },
    async (request) => {
      const { document, ...reasoned } = request.body
      const asking = { ...reasoned, actor: actorOf(sessionOf(request)) }
      return await searchByDocument({ sql, keys }, document, asking, clock())
    }
  )
}

function auditRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/identity-accesses',
    {
      config: { permit: 'audit-identity' },
      schema: {
        tags,
        summary: '证件查看记录 Who saw full identities, and why',
        querystring: Type.Object({ ticketNo: Type.Optional(ticketNo) }),
        response: { 200: Type.Array(IdentityAccess) }
      }
    },
    async ({ query }) => await findAccesses(sql, query.ticketNo ?? null)
  )

  app.get(
    '/v1/orders/:id/identity-verdicts',
    {
      config: { permit: 'read-any-order' },
      schema: {
        tags,
        summary: '实名核验结果 What the live identity check answered for an order',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        response: { 200: Type.Array(IdentityVerdict) }
      }
    },
    async ({ params }) => await findVerdicts(sql, params.id)
  )
}
