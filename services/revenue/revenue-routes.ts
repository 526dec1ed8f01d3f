// /v1/revenue: balances, statements to download and check, and partners' files held against ours. A channel sees its own; the operator
// sees all.
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { hex } from '../../card-crypto/bytes.ts'
import { rawToDer } from '../../card-crypto/sm2-der.ts'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { sessionOf } from '../access/require-permit.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { findParty, listBalances, partyCode, type Party } from './party-queries.ts'
import { readStatement } from './publish-revenue.ts'
import { reconcileSales } from './reconcile-sales.ts'
import { findReconciliation, type Reconciliation } from './reconciliation-queries.ts'
import { PartyBalance, PartyCode, ShownReconciliation, ShownStatement } from './revenue-schemas.ts'
import { findStatement, listStatements, type Statement } from './statement-queries.ts'

const tags = ['票务清分 Ticket revenue']
const config = { permit: 'read-revenue' } as const
const byNumber = Type.Object({ party: PartyCode, number: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }) })
const Day = Type.Unsafe<BusinessDay>(Type.String({ format: 'date', description: '清算日' }))
const fileBytesMax = 16 * 1024 * 1024

export function revenueRoutes(app: App, parts: Parts): void {
  bookRoutes(app, parts)
  downloadRoutes(app, parts)
  void app.register(async (scope) => reconciliationRoutes(scope as unknown as App, parts))
}

function bookRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/revenue/balances',
    {
      config,
      schema: { tags, summary: '各方余额 What the ledger holds', response: { 200: Type.Array(PartyBalance) } }
    },
    async (request) => {
      const own = ownParty(request)
      return (await listBalances(sql)).filter(({ party }) => own === null || party === own)
    }
  )

  app.get(
    '/v1/revenue/statements',
    {
      config,
      schema: {
        tags,
        summary: '客票收入结算单 Statements, the latest first; before=day for the next page',
        querystring: Type.Object({
          party: Type.Optional(PartyCode),
          before: Type.Optional(Day),
          limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 })
        }),
        response: { 200: Type.Array(ShownStatement) }
      }
    },
    async (request) => {
      const { party = null, before = null, limit } = request.query
      const found = await listStatements(sql, { party: ownParty(request) ?? party, before, limit })
      return found.map((statement) => ({ ...statement, digest: hex(statement.digest) }))
    }
  )
}

function downloadRoutes(app: App, { sql }: Parts): void {
  const find = async (request: FastifyRequest, params: { party: string; number: number }) => {
    const party = await requireParty(sql, request, params.party)
    const statement = await findStatement(sql, party.id, params.number)
    if (!statement) throw refuse('statement-not-found')
    return { party, statement }
  }

  app.get(
    '/v1/revenue/statements/:party/:number',
    {
      config,
      schema: {
        tags,
        summary: '下载结算单（CSV） Download a statement',
        description: '字节由账簿重新生成，与签名时逐字节相同；验签公钥见 GET /v1/clearing/statement-key。',
        params: byNumber,
        response: { ...problems('statement-bytes-differ', 'statement-not-found') }
      }
    },
    async (request, reply) => {
      const { party, statement } = await find(request, request.params)
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename=${fileName(party, statement)}`)
        .header('content-digest', `sm3=:${Buffer.from(statement.digest).toString('base64')}:`)
        .send(await readStatement(sql, party, statement))
    }
  )

  app.get(
    '/v1/revenue/statements/:party/:number/signature',
    {
      config,
      schema: {
        tags,
        summary: '下载分离签名（SM2，DER） Download its detached signature',
        params: byNumber,
        response: { ...problems('statement-not-found') }
      }
    },
    async (request, reply) => {
      const { party, statement } = await find(request, request.params)
      return reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename=${fileName(party, statement)}.sig`)
        .send(Buffer.from(rawToDer(statement.signature)))
    }
  )
}

function reconciliationRoutes(scope: App, { sql, clock }: Parts): void {
  const config = { permit: 'reconcile-sales' } as const
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

/** The one party a channel may ask about; null for the operator, who may ask about any. */
function ownParty(request: FastifyRequest): string | null {
  const { role, accountId } = sessionOf(request)
  return role === 'channel' ? partyCode('channel', accountId) : null
}

async function requireParty(sql: Parts['sql'], request: FastifyRequest, code: string): Promise<Party> {
  const own = ownParty(request)
  const party = own === null || own === code ? await findParty(sql, code) : null
  if (!party) throw refuse('party-not-found')
  return party
}

const fileName = ({ code }: Party, { day, number }: Statement): string => `${code}-${day}-${number}.csv`

function shown({ digest, ...reconciliation }: Reconciliation) {
  return { ...reconciliation, digest: hex(digest) }
}
