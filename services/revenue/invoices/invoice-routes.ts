// /v1/tickets/:ticketNo/invoice: asked for, shown, taken back.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { viewerOf } from '../../ticketing/show-order.ts'
import { TicketNo } from '../../ticketing/ticketing-schemas.ts'
import { Invoice, InvoiceRequest } from './invoice-schemas.ts'
import { askInvoice, askRedLetter, showInvoice } from './issue-invoices.ts'

const tags = ['电子发票 Invoices']
const config = { permit: 'read-own-orders' } as const
const params = Type.Object({ ticketNo: TicketNo })

export function invoiceRoutes(app: App, parts: Parts): void {
  readingRoute(app, parts)
  askingRoutes(app, parts)
}

function readingRoute(app: App, { sql }: Parts): void {
  app.get(
    '/v1/tickets/:ticketNo/invoice',
    {
      config,
      schema: {
        tags,
        summary: '电子发票 The invoice of a ticket',
        params,
        response: { 200: Invoice, ...problems('ticket-not-found') }
      }
    },
    async (request) => await showInvoice(sql, request.params.ticketNo, viewerOf(sessionOf(request)))
  )
}

function askingRoutes(app: App, { sql, clock, queue }: Parts): void {
  app.put(
    '/v1/tickets/:ticketNo/invoice',
    {
      config,
      schema: {
        tags,
        summary: '申请开票 Ask for the invoice; after a red letter once more',
        description: '发票存续期间不能退票、改签：须先红冲。',
        params,
        body: InvoiceRequest,
        response: {
          200: Invoice,
          ...problems(
            'invoice-closed',
            'invoice-made-twice',
            'invoice-stands',
            'ticket-not-found',
            'ticket-not-invoiceable'
          )
        }
      }
    },
    async (request) => {
      const { ticketNo } = request.params
      const asked = { ticketNo, request: request.body, viewer: viewerOf(sessionOf(request)) }
      const invoice = await askInvoice(sql, asked, clock())
      queue.hint('issue-invoices', 'all')
      return invoice
    }
  )

  app.put(
    '/v1/tickets/:ticketNo/invoice/red-letter',
    {
      config,
      schema: {
        tags,
        summary: '红冲 Take the invoice back',
        params,
        response: { 200: Invoice, ...problems('invoice-not-issued', 'ticket-not-found') }
      }
    },
    async (request) => {
      const invoice = await askRedLetter(sql, request.params.ticketNo, viewerOf(sessionOf(request)), clock())
      queue.hint('issue-invoices', 'all')
      return invoice
    }
  )
}
