// /v1/clearing/holds: holding and releasing a participant, proposed by one person and approved by another.
import { Type } from 'typebox'
import { approveHold, proposeHold } from '../../../clearing/participants/holds/hold-participant.ts'
import { listHolds } from '../../../clearing/participants/holds/hold-queries.ts'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'

const tags = ['清分台 Clearing desk']
const config = { permit: 'run-clearing-day' } as const
const Instant = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))
const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

const Hold = Type.Object({
  id: Type.Integer(),
  participant: Type.String({ description: '机构代码' }),
  name: Type.String(),
  action: Type.Enum(['hold', 'release'], { description: '暂停、恢复' }),
  reason: Type.String(),
  maker: Type.String({ description: '经办' }),
  proposedAt: Instant,
  checker: orNull(Type.String({ description: '复核' })),
  approvedAt: orNull(Instant)
})

export function holdRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/clearing/holds',
    {
      config: { permit: 'read-clearing' },
      schema: { tags, summary: '机构暂停与恢复 Holds, those to approve first', response: { 200: Type.Array(Hold) } }
    },
    async () => await listHolds(sql, 200)
  )

  const body = Type.Object(
    {
      participant: Type.String({ pattern: '^\\d{8}$' }),
      action: Hold.properties.action,
      reason: Type.String({ minLength: 1, maxLength: 200 })
    },
    { additionalProperties: false }
  )
  app.post(
    '/v1/clearing/holds',
    {
      config,
      schema: {
        tags,
        summary: '经办：暂停或恢复机构 Propose to hold or release a participant',
        body,
        response: { 201: Hold, ...problems('participant-not-found', 'hold-not-possible') }
      }
    },
    async (request, reply) => {
      const proposal = { ...request.body, maker: sessionOf(request).accountId }
      return reply.code(201).send(await proposeHold({ sql }, proposal, clock()))
    }
  )

  app.post(
    '/v1/clearing/holds/:id/approve',
    {
      config,
      schema: {
        tags,
        summary: '复核：批准 Approve it, as another person',
        params: Type.Object({ id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) }),
        response: { 200: Type.Array(Hold), ...problems('hold-not-found', 'hold-not-possible', 'second-person-needed') }
      }
    },
    async (request) => {
      await approveHold({ sql }, request.params.id, { checker: sessionOf(request).accountId, now: clock() })
      return await listHolds(sql, 200)
    }
  )
}
