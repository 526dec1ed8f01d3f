// /v1/ticket-log: signed heads, proofs and the key to check them with. Heads and consistency are for everybody; the events of a ticket are its holder's.
import { Type } from 'typebox'
import { sm2PublicKeyToPem } from '../../card-crypto/sm2-keys.ts'
import { sessionOf } from '../access/require-permit.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { requireTicketRow, viewerOf } from '../ticketing/show-order.ts'
import { TicketNo } from '../ticketing/ticketing-schemas.ts'
import { ticketLogKey } from './append-events.ts'
import { proveConsistency, proveTicket } from './prove-event.ts'
import { listDailyHeads } from './ticket-log-queries.ts'
import { ConsistencyProof, TicketLogHead, TicketProof } from './ticket-log-schemas.ts'

const tags = ['存证 Ticket log']
const Size = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })

export function ticketLogRoutes(app: App, parts: Parts): void {
  const { sql } = parts
  app.get(
    '/v1/tickets/:ticketNo/proof',
    {
      config: { permit: 'read-own-orders' },
      schema: {
        tags,
        summary: '客票存证 Proof that what happened to a ticket is in the log',
        description:
          '保存此文件，用 npm run ticket-log -- check FILE --key KEY 离线核验。 Keep it; it can be checked offline.',
        params: Type.Object({ ticketNo: TicketNo }),
        response: { 200: TicketProof, ...problems('ticket-not-found', 'ticket-log-empty') }
      }
    },
    async (request) => {
      const { ticketNo } = await requireTicketRow(sql, request.params.ticketNo, viewerOf(sessionOf(request)))
      return await proveTicket(sql, ticketNo)
    }
  )
  headRoutes(app, parts)
}

function headRoutes(app: App, { sql, keys }: Parts): void {
  const config = { permit: 'anyone' } as const
  app.get(
    '/v1/ticket-log/heads',
    {
      config,
      schema: {
        tags,
        summary: '每日日志头 The last signed head of each day, the latest day first',
        querystring: Type.Object({
          before: Type.Optional(Type.String({ format: 'date' })),
          limit: Type.Integer({ minimum: 1, maximum: 400, default: 31 })
        }),
        response: { 200: Type.Array(TicketLogHead) }
      }
    },
    async ({ query }) => await listDailyHeads(sql, query.before ?? null, query.limit)
  )

  app.get(
    '/v1/ticket-log/consistency',
    {
      config,
      schema: {
        tags,
        summary: '一致性证明 Proof that a later head only added to an earlier one',
        querystring: Type.Object({ before: Size, after: Size }),
        response: { 200: ConsistencyProof, ...problems('ticket-log-head-not-found') }
      }
    },
    async ({ query }) => await proveConsistency(sql, query.before, query.after)
  )

  app.get(
    '/v1/ticket-log/key',
    {
      config,
      schema: { tags, summary: '日志头验签公钥（PEM） The public key the heads are signed with' }
    },
    async (_request, reply) =>
      reply.type('application/x-pem-file').send(sm2PublicKeyToPem(await keys.publicKey(ticketLogKey)))
  )
}
