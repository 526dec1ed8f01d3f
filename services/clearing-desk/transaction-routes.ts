// /v1/clearing/transactions/FILE:LINE: what became of one line of one file, and why; the lines behind a total;
// and the lists of the interface.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../clearing/business-day.ts'
import { FenSchema } from '../../clearing/money.ts'
import { exportList } from '../../clearing/participants/exchange-lists.ts'
import { findParticipant } from '../../clearing/participants/participant-queries.ts'
import { refuse } from '../../clearing/refusals.ts'
import { listTotalLines } from '../../clearing/settlement/settlement-queries.ts'
import { explainTransaction } from '../../clearing/settlement/explain-transaction.ts'
import type { TransactionStory } from '../../clearing/settlement/transaction-story.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { dayOf } from './day-routes.ts'

export function transactionRoutes(app: App, parts: Parts): void {
  storyRoute(app, parts)
  linesRoute(app, parts)
  listRoutes(app, parts)
}

function listRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/clearing/lists/:kind',
    {
      config: { permit: 'read-clearing' },
      schema: {
        tags: ['清分台 Clearing desk'],
        summary: '名单文件 DC 黑名单、BN 卡BIN、ER 错误码 The lists of the interface, as of now',
        params: Type.Object({ kind: Type.Enum(['DC', 'BN', 'ER']) })
      }
    },
    async ({ params: { kind } }, reply) =>
      reply.type('text/plain; charset=gbk').send(await exportList(sql, kind, clock()))
  )
}

function linesRoute(app: App, { sql }: Parts): void {
  app.get(
    '/v1/clearing/days/:day/lines',
    {
      config: { permit: 'read-clearing' },
      schema: {
        tags: ['清分台 Clearing desk'],
        summary:
          '一项汇总的明细行 The lines behind one total; each id is explained by /v1/clearing/transactions/FILE:LINE',
        params: Type.Object({ day: BusinessDaySchema }),
        querystring: Type.Object({
          acquirer: Type.String({ description: '机构代码' }),
          issuer: Type.String({ description: '机构代码' }),
          service: Type.Integer(),
          after: Type.Optional(Type.String({ pattern: '^\\d{1,9}:\\d{1,10}$', description: '上一页最后的交易号' })),
          limit: Type.Integer({ minimum: 1, maximum: 1000, default: 200 })
        }),
        response: { 200: Type.Array(Line), ...problems('day-malformed', 'participant-not-found') }
      }
    },
    async ({ params, query }) => {
      const [acquirer, issuer] = await Promise.all(
        [query.acquirer, query.issuer].map(async (code) => await findParticipant(sql, code))
      )
      if (!acquirer || !issuer)
        throw refuse('participant-not-found', { acquirer: query.acquirer, issuer: query.issuer })
      const [file, line] = (query.after ?? '0:0').split(':').map(Number) as [number, number]
      const { service, limit } = query
      const wanted = { acquirer: acquirer.id, issuer: issuer.id, service, after: { file, line }, limit }
      return await listTotalLines(sql, dayOf(params), wanted)
    }
  )
}

const Line = Type.Object({
  id: Type.String({ description: '文件编号:行号' }),
  occurredAt: Type.Unsafe<Date>(Type.String({ format: 'date-time' })),
  amount: FenSchema,
  price: FenSchema,
  entry: Type.Boolean({ description: '进站，不计金额' })
})

function storyRoute(app: App, { context }: Parts): void {
  app.get(
    '/v1/clearing/transactions/:id',
    {
      config: { permit: 'read-clearing' },
      schema: {
        tags: ['清分台 Clearing desk'],
        summary: '一笔交易的来龙去脉 The story of one line: file, checks, fee, position, statements',
        params: Type.Object({ id: Type.String({ pattern: '^\\d{1,9}:\\d{1,10}$', description: '文件编号:行号' }) }),
        response: { 200: Story, ...problems('transaction-not-found') }
      }
    },
    async ({ params }) => await explainTransaction(context, params.id)
  )
}

/** What does not apply to the line is left out, so everything but its identity is open. */
export const Story = Type.Unsafe<TransactionStory>(
  Type.Object({ id: Type.String(), line: Type.Integer() }, { additionalProperties: true })
)
