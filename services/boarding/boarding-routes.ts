// Ticket codes for passengers, and /v1/boarding for gates.
import { Type } from 'typebox'
import { toString as drawQrCode } from 'qrcode'
import { sessionOf } from '../access/require-permit.ts'
import { Id } from '../network/network-schemas.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { viewerOf } from '../ticketing/show-order.ts'
import { TicketNo } from '../ticketing/ticketing-schemas.ts'
import { CheckAnswer, CheckRequest } from './boarding-schemas.ts'
import { checkIn, undoCheckIn } from './check-in.ts'
import { credentialRoutes } from './credentials/credential-routes.ts'
import { CodeFormQuery, TicketCodeAnswer } from './credentials/credential-schemas.ts'
import { Reissue, ReissueRequest } from './credentials/reissues/reissue-schemas.ts'
import { reissueTicket } from './credentials/reissues/reissue-ticket.ts'
import { showCode } from './credentials/show-code.ts'
import { issuerKeyRoutes } from './issuer-keys/issuer-key-routes.ts'

const tags = ['检票 Boarding']
const byNumber = Type.Object({ ticketNo: TicketNo })

export function boardingRoutes(app: App, parts: Parts): void {
  codeRoutes(app, parts)
  credentialRoutes(app, parts)
  issuerKeyRoutes(app, parts)
  reissueRoute(app, parts)
  gateRoutes(app, parts)
}

function codeRoutes(app: App, { sql, keys, clock }: Parts): void {
  const config = { permit: 'show-ticket-code' } as const
  const refusals = problems('ticket-not-found', 'ticket-without-code')

  app.get(
    '/v1/tickets/:ticketNo/code',
    {
      config,
      schema: {
        tags,
        summary: '乘车码内容 What the QR code carries',
        params: byNumber,
        querystring: CodeFormQuery,
        response: { 200: TicketCodeAnswer, ...refusals }
      }
    },
    async (request) => {
      const asked = { ticketNo: request.params.ticketNo, form: request.query.form }
      return await showCode({ sql, keys }, asked, viewerOf(sessionOf(request)), clock())
    }
  )

  app.get(
    '/v1/tickets/:ticketNo/code.svg',
    {
      config,
      schema: {
        tags,
        summary: '乘车码图像 The QR code as an image',
        params: byNumber,
        querystring: CodeFormQuery,
        produces: ['image/svg+xml'],
        response: { 200: Type.String(), ...refusals }
      }
    },
    async (request, reply) => {
      const asked = { ticketNo: request.params.ticketNo, form: request.query.form }
      const { payload } = await showCode({ sql, keys }, asked, viewerOf(sessionOf(request)), clock())
      const image = await drawQrCode(payload, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 })
      return reply.type('image/svg+xml').header('cache-control', 'no-store').send(image)
    }
  )
}

function reissueRoute(app: App, { sql, keys, clock }: Parts): void {
  app.put(
    '/v1/reissues/:id',
    {
      config: { permit: 'reissue-ticket' },
      schema: {
        tags,
        summary: '补办 Re-issue a lost ticket after looking at the document',
        description: '此前的乘车码与凭条立即作废；随后照常取码或打印凭条。免费。',
        params: Type.Object({ id: Type.String({ format: 'uuid', description: '由调用方选定' }) }),
        body: ReissueRequest,
        response: {
          200: Reissue,
          ...problems('reissue-id-reused', 'reissue-identity-mismatch', 'ticket-not-found', 'ticket-not-reissuable')
        }
      }
    },
    async (request) => {
      const placement = { id: request.params.id, request: request.body }
      return await reissueTicket({ sql, keys }, placement, viewerOf(sessionOf(request)), clock())
    }
  )
}

function gateRoutes(app: App, { sql, keys, clock }: Parts): void {
  const config = { permit: 'check-in' } as const

  app.post(
    '/v1/boarding/checks',
    {
      config,
      schema: {
        tags,
        summary: '检票 Check a code or a document at a gate',
        description: '拒绝放行也是正常应答（result: REFUSED），附原因和给旅客看的话。',
        body: CheckRequest,
        response: { 200: CheckAnswer, ...problems('gate-not-found', 'code-or-document-required', 'nonce-reused') }
      }
    },
    async (request) => await checkIn({ sql, keys }, request.body, viewerOf(sessionOf(request)).owner, clock())
  )

  app.delete(
    '/v1/boarding/checks/:id',
    {
      config,
      schema: {
        tags,
        summary: '取消检票 Take back a check of one’s own before the departure has left',
        params: Type.Object({ id: Id }),
        response: { 204: Type.Null(), ...problems('check-not-found', 'check-not-undoable') }
      }
    },
    async (request, reply) => {
      await undoCheckIn({ sql }, request.params.id, viewerOf(sessionOf(request)).owner, clock())
      return reply.code(204).send(null)
    }
  )
}
