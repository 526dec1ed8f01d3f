// /v1/revenue: balances, and statements to download and check. A channel sees its own; the operator sees all.
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { hex } from '../../card-crypto/bytes.ts'
import { rawToDer } from '../../card-crypto/sm2-der.ts'
import type { BusinessDay } from '../../clearing/business-day.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { ownParty, requireParty } from './asking-party.ts'
import { listBalances, type Party } from './party-queries.ts'
import { readStatement } from './publish-revenue.ts'
import { PartyBalance, PartyCode, ShownStatement } from './revenue-schemas.ts'
import { findStatement, listStatements, type Statement } from './statement-queries.ts'

const tags = ['票务清分 Ticket revenue']
const config = { permit: 'read-revenue' } as const
const byNumber = Type.Object({ party: PartyCode, number: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }) })
const Day = Type.Unsafe<BusinessDay>(Type.String({ format: 'date', description: '清算日' }))

export function revenueRoutes(app: App, parts: Parts): void {
  bookRoutes(app, parts)
  downloadRoutes(app, parts)
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

const fileName = ({ code }: Party, { day, number }: Statement): string => `${code}-${day}-${number}.csv`
