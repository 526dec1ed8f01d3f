// /v1/clearing/national: what passes between us and the national centre, the account we hold with it, and what is to be settled.
import { Type } from 'typebox'
import { ExactFenSchema, SignedFenSchema as FenSchema } from '../../../clearing/money.ts'
import { transaction } from '../../../clearing/database.ts'
import { listDifferences, settleDifference } from '../../../clearing/national/difference-queries.ts'
import { reconcileAccount } from '../../../clearing/national/exchange.ts'
import { listForwardings, listResults } from '../../../clearing/national/national-queries.ts'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'

const tags = ['清分台 Clearing desk']
const rowsShown = 100
const Instant = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))
const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

const Difference = Type.Object({
  id: Type.Integer(),
  kind: Type.Enum(
    [
      'file-refused',
      'line-rejected',
      'unanswered',
      'unknown-line',
      'keep-differs',
      'sums-differ',
      'their-line-rejected'
    ],
    { description: '文件被拒、逐笔被拒、逾期未答、来路不明、费用不符、合计不符、我方拒收' }
  ),
  reference: Type.String({ description: '文件名或 文件编号:行号' }),
  amount: FenSchema,
  detail: Type.String(),
  foundAt: Instant,
  chasedAt: orNull(Instant),
  chases: Type.Integer(),
  settledAt: orNull(Instant),
  settledBy: orNull(Type.String()),
  dispute: orNull(Type.Integer({ description: '退单的差错编号' }))
})

const National = Type.Object({
  account: orNull(
    Type.Object(
      {
        ours: FenSchema,
        theirs: FenSchema,
        unanswered: ExactFenSchema,
        rejected: ExactFenSchema,
        feeDifferences: ExactFenSchema,
        notTaken: ExactFenSchema,
        unexplained: FenSchema
      },
      { description: '往来账核对，正数为对方欠我方；部级中心未设时为空' }
    )
  ),
  forwardings: Type.Array(
    Type.Object({
      day: Type.String({ format: 'date' }),
      name: Type.String(),
      lines: Type.Integer(),
      amount: FenSchema,
      madeAt: Instant,
      sentAt: orNull(Instant),
      answerCode: orNull(Type.String())
    }),
    { description: '已转发的跨省交易' }
  ),
  results: Type.Array(
    Type.Object({
      name: Type.String(),
      kind: Type.String(),
      day: orNull(Type.String({ format: 'date' })),
      lines: Type.Integer(),
      net: orNull(ExactFenSchema),
      fileId: orNull(Type.Integer()),
      receivedAt: Instant
    }),
    { description: '部级结果' }
  ),
  differences: Type.Array(Difference)
})

export function nationalRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/clearing/national',
    {
      config: { permit: 'read-clearing' },
      schema: {
        tags,
        summary: '部级往来 What passes between us and the national centre',
        querystring: Type.Object({ open: Type.Boolean({ default: true, description: '只列未了结的差异' }) }),
        response: { 200: National }
      }
    },
    async ({ query: { open } }) => ({
      account: await reconcileAccount(sql),
      forwardings: await listForwardings(sql, rowsShown),
      results: await listResults(sql, rowsShown),
      differences: await listDifferences(sql, { open, limit: rowsShown })
    })
  )

  app.post(
    '/v1/clearing/national/differences/:id/settle',
    {
      config: { permit: 'run-clearing-day' },
      schema: {
        tags,
        summary: '了结一项差异 Settle a difference that was explained',
        params: Type.Object({ id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) }),
        response: { 204: Type.Null(), ...problems('difference-not-open') }
      }
    },
    async (request, reply) => {
      const by = sessionOf(request).accountId
      const settled = await transaction(
        sql,
        async (tx) => await settleDifference(tx, request.params.id, { by, now: clock() })
      )
      if (!settled) throw refuse('difference-not-open')
      return reply.code(204).send(null)
    }
  )
}
