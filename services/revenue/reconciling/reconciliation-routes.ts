// /v1/revenue/reconciliations: partners' files held against ours, and ours for them to hold against theirs. A channel sees its own; the
// operator sees all.
import { Type } from 'typebox'
import { hex } from '../../../card-crypto/bytes.ts'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { ownParty, requireParty } from '../asking-party.ts'
import { PartyCode, ReconciliationSummary, ShownReconciliation } from '../revenue-schemas.ts'
import { ourTicketDays, reconcileSales } from './reconcile-sales.ts'
import { findReconciliation, listReconciliations, type Reconciliation } from './reconciliation-queries.ts'

const tags = ['票务清分 Ticket revenue']
const config = { permit: 'reconcile-sales' } as const
const Day = Type.Unsafe<BusinessDay>(Type.String({ format: 'date', description: '清算日' }))
const fileBytesMax = 16 * 1024 * 1024

export function reconciliationRoutes(app: App, parts: Parts): void {
  void app.register(async (scope) => fileRoutes(scope as unknown as App, parts))
  listRoutes(app, parts)
}

function listRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/revenue/reconciliations',
    {
      config,
      schema: {
        tags,
        summary: '对账记录 Reconciliations, the latest first',
        querystring: Type.Object({
          party: Type.Optional(PartyCode),
          limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 })
        }),
        response: { 200: Type.Array(ReconciliationSummary) }
      }
    },
    async (request) => {
      const { party = null, limit } = request.query
      return await listReconciliations(sql, { party: ownParty(request) ?? party, limit })
    }
  )

  app.get(
    '/v1/revenue/ticket-days',
    {
      config,
      schema: {
        tags,
        summary: '我方对账文件（CSV） Our list of a clearing day, for the partner to hold against his',
        description: '与 PUT /v1/revenue/reconciliations 的文件同一格式：ticketNo,state,amount。',
        querystring: Type.Object({ party: Type.Optional(PartyCode), day: Day }),
        response: { ...problems('party-not-found') }
      }
    },
    async (request, reply) => {
      const party = await requireParty(sql, request, request.query.party ?? ownParty(request) ?? '')
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename=${party.code}-${request.query.day}-tickets.csv`)
        .send(await ourTicketDays(sql, party, request.query.day))
    }
  )
}

function fileRoutes(scope: App, { sql, clock }: Parts): void {
  const params = Type.Object({ id: Type.String({ format: 'uuid', description: '由调用方选定' }) })
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('text/csv', { parseAs: 'string', bodyLimit: fileBytesMax }, (_request, text, done) =>
    done(null, text)
  )

  scope.put(
    '/v1/revenue/reconciliations/:id',
    {
      config,
      bodyLimit: fileBytesMax,
      schema: {
        tags,
        summary: '对账 Hold a partner’s list of a clearing day against ours',
        description:
          'text/csv，每行 ticketNo,state,amount：该清算日内该客票的最后状态与金额（分）。渠道的金额为应付票款净额，其他各方为当日结清额。',
        params,
        querystring: Type.Object({ party: Type.Optional(PartyCode), day: Day }),
        response: {
          200: ShownReconciliation,
          ...problems(
            'media-type-unsupported',
            'party-not-found',
            'reconciliation-id-reused',
            'reconciliation-malformed'
          )
        }
      }
    },
    async (request) => {
      const party = await requireParty(sql, request, request.query.party ?? ownParty(request) ?? '')
      const text = typeof request.body === 'string' ? request.body : ''
      const asked = { id: request.params.id, party, day: request.query.day, text }
      return shown(await reconcileSales(sql, asked, clock()))
    }
  )

  scope.get(
    '/v1/revenue/reconciliations/:id',
    {
      config,
      schema: {
        tags,
        summary: '对账结果 A reconciliation',
        params,
        response: { 200: ShownReconciliation, ...problems('reconciliation-not-found') }
      }
    },
    async (request) => {
      const found = await findReconciliation(sql, request.params.id)
      const own = ownParty(request)
      if (!found || (own !== null && own !== found.party)) throw refuse('reconciliation-not-found')
      return shown(found)
    }
  )
}

function shown({ digest, ...reconciliation }: Reconciliation) {
  return { ...reconciliation, digest: hex(digest) }
}
