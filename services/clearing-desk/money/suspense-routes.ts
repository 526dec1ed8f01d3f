// /v1/clearing/suspense: money nobody could place, with its age, and its way to zero by two persons.
import { Type } from 'typebox'
import { approveClearing, listSuspense, proposeClearing } from '../../../clearing/reconciliation/clear-suspense.ts'
import { SuspenseItem } from '../../../clearing/reconciliation/payment-schemas.ts'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { openBank } from './open-bank.ts'

const tags = ['清分台 Clearing desk']
const run = { permit: 'run-clearing-day' } as const
const params = Type.Object({ id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })
const Items = Type.Array(SuspenseItem)

export function suspenseRoutes(app: App, { sql, config, clock }: Parts): void {
  const list = async () => await listSuspense(sql, clock())
  app.get(
    '/v1/clearing/suspense',
    {
      config: { permit: 'read-clearing' },
      schema: { tags, summary: '挂账，未清者在前 Suspense, what is open first', response: { 200: Items } }
    },
    list
  )

  const body = Type.Object(
    {
      action: Type.Enum(['assign', 'return', 'write-off'], { description: '归入付款指令、退回、核销' }),
      instruction: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 }))
    },
    { additionalProperties: false }
  )
  app.post(
    '/v1/clearing/suspense/:id/propose',
    {
      config: run,
      schema: {
        tags,
        summary: '经办：如何销账 Propose what becomes of it',
        params,
        body,
        response: { 200: Items, ...problems('suspense-not-found', 'suspense-not-possible') }
      }
    },
    async (request) => {
      const { action, instruction = null } = request.body
      const proposal = { action, instruction, maker: sessionOf(request).accountId }
      await proposeClearing({ sql }, request.params.id, { proposal, now: clock() })
      return await list()
    }
  )

  app.post(
    '/v1/clearing/suspense/:id/approve',
    {
      config: run,
      schema: {
        tags,
        summary: '复核：销账 Approve it, as another person',
        params,
        response: {
          200: Items,
          ...problems('suspense-not-found', 'suspense-not-possible', 'second-person-needed', 'bank-not-connected')
        }
      }
    },
    async (request) => {
      const order = { id: request.params.id, checker: sessionOf(request).accountId, now: clock() }
      await approveClearing({ sql }, openBank({ sql, config }), order)
      return await list()
    }
  )
}
