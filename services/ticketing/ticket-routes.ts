// /v1/tickets: a ticket, its history, and the tickets of a document at the counter.
import { Type } from 'typebox'
import { sessionOf } from '../access/require-permit.ts'
import { calendarDay } from '../../clearing/business-day.ts'
import { checkDocument } from '../identity/document-rules.ts'
import { DocumentSchema } from '../identity/identity-schemas.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { findTicketEvents } from './order-queries.ts'
import { requireTicketRow, showTicket, showTicketsOfDocument, viewerOf } from './show-order.ts'
import { Ticket, TicketEvent, TicketNo } from './ticketing-schemas.ts'

const tags = ['客票 Tickets']
const byNumber = Type.Object({ ticketNo: TicketNo })

export function ticketRoutes(app: App, { sql, keys, clock }: Parts): void {
  app.get(
    '/v1/tickets/:ticketNo',
    {
      config: { permit: 'read-own-orders' },
      schema: {
        tags,
        summary: '客票 A ticket',
        params: byNumber,
        response: { 200: Ticket, ...problems('ticket-not-found') }
      }
    },
    async (request) => await showTicket({ sql, keys }, request.params.ticketNo, viewerOf(sessionOf(request)))
  )

  app.get(
    '/v1/tickets/:ticketNo/events',
    {
      config: { permit: 'read-own-orders' },
      schema: {
        tags,
        summary: '客票履历 What happened to a ticket',
        params: byNumber,
        response: { 200: Type.Array(TicketEvent), ...problems('ticket-not-found') }
      }
    },
    async (request) => {
      const { ticketNo } = await requireTicketRow(sql, request.params.ticketNo, viewerOf(sessionOf(request)))
      return await findTicketEvents(sql, ticketNo)
    }
  )

  app.post(
    '/v1/ticket-searches',
    {
      config: { permit: 'read-any-order' },
      schema: {
        tags,
        summary: '按证件查票 The live tickets of a document',
        description: '证件号码只出现在请求体中，从不进入网址或日志。',
        body: DocumentSchema,
        response: {
          200: Type.Array(Ticket),
          ...problems(
            'document-area',
            'document-birth-date',
            'document-check-digit',
            'document-first-generation',
            'document-kind-mismatch',
            'document-malformed'
          )
        }
      }
    },
    async ({ body }) => {
      const fault = checkDocument(body, calendarDay(clock()))
      if (fault) throw refuse(fault)
      return await showTicketsOfDocument({ sql, keys }, body)
    }
  )
}
