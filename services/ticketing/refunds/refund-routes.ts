// Refunds: what one would give now, and asking for it under the caller's own refund id.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { problems } from '../../problem.ts'
import { assertMayOverrule } from '../changes/change-routes.ts'
import { viewerOf } from '../show-order.ts'
import { TicketNo } from '../ticketing-schemas.ts'
import { Refund, RefundQuote, RefundQuoteRequest, RefundQuotes, RefundRequest } from './refund-schemas.ts'
import { quoteRefund, quoteRefunds, refundTickets, showRefund } from './refund-tickets.ts'

const tags = ['退票 Refunds']
const byId = Type.Object({ id: Type.String({ format: 'uuid', description: '由调用方选定' }) })
const refundProblems = [
  'already-refunded',
  'changed-not-refundable',
  'refund-closed',
  'ticket-already-checked',
  'ticket-not-found',
  'ticket-not-refundable'
] as const

export function refundRoutes(app: App, { sql, clock }: Parts): void {
  quoteRoutes(app, { sql, clock })
  const paying = { sql, gateways: openGateways(sql) }

  app.put(
    '/v1/refunds/:id',
    {
      config: { permit: 'refund-ticket' },
      schema: {
        tags,
        summary: '退票、废票 Refund tickets of one order, all or none',
        params: byId,
        body: RefundRequest,
        response: {
          200: Refund,
          ...problems(
            ...refundProblems,
            'child-needs-adult',
            'not-permitted',
            'red-letter-first',
            'refund-amount-changed',
            'refund-id-reused',
            'too-many-free-children',
            'vehicle-needs-driver',
            'void-closed',
            'void-handed-over'
          )
        }
      }
    },
    async (request) => {
      const session = sessionOf(request)
      assertMayOverrule(session, request.body)
      const placement = { id: request.params.id, request: request.body }
      return await refundTickets(paying, placement, viewerOf(session), clock())
    }
  )

  app.get(
    '/v1/refunds/:id',
    {
      config: { permit: 'refund-ticket' },
      schema: {
        tags,
        summary: '退票单 A refund',
        params: byId,
        response: { 200: Refund, ...problems('refund-not-found') }
      }
    },
    async (request) => await showRefund(sql, request.params.id, viewerOf(sessionOf(request)))
  )
}

function quoteRoutes(app: App, { sql, clock }: Pick<Parts, 'sql' | 'clock'>): void {
  app.post(
    '/v1/tickets/:ticketNo/refund-quote',
    {
      config: { permit: 'refund-ticket' },
      schema: {
        tags,
        summary: '退票试算 What a refund would give now',
        params: Type.Object({ ticketNo: TicketNo }),
        response: { 200: RefundQuote, ...problems(...refundProblems) }
      }
    },
    async (request) => await quoteRefund(sql, request.params.ticketNo, viewerOf(sessionOf(request)), clock())
  )

  app.post(
    '/v1/refund-quotes',
    {
      config: { permit: 'refund-ticket' },
      schema: {
        tags,
        summary: '联程退票试算 What several tickets of one order would give now, together',
        body: RefundQuoteRequest,
        response: { 200: RefundQuotes, ...problems(...refundProblems) }
      }
    },
    async (request) => await quoteRefunds(sql, request.body.tickets, viewerOf(sessionOf(request)), clock())
  )
}
