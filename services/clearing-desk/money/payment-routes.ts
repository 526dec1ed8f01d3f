// /v1/clearing/payments and /v1/clearing/reserves: what members are paid after a day, by two persons; the three books side by side; and
// the reserves against it.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../../clearing/business-day.ts'
import { approvePayments, reconcileDay, releasePayments } from '../../../clearing/reconciliation/pay-members.ts'
import { listRuns } from '../../../clearing/reconciliation/payment-queries.ts'
import { PaymentRun, Reconciled, Reserve } from '../../../clearing/reconciliation/payment-schemas.ts'
import { listReserves } from '../../../clearing/reconciliation/watch-reserves.ts'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { dayOf } from '../day-routes.ts'

const tags = ['清分台 Clearing desk']
const read = { permit: 'read-clearing' } as const
const run = { permit: 'run-clearing-day' } as const
const params = Type.Object({ day: BusinessDaySchema })

export function memberPaymentRoutes(app: App, parts: Parts): void {
  reading(app, parts)
  approving(app, parts)
}

function reading(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/clearing/payments',
    { config: read, schema: { tags, summary: '付款批次 Payment runs', response: { 200: Type.Array(PaymentRun) } } },
    async () => await listRuns(sql, 60)
  )

  app.get(
    '/v1/clearing/payments/:day',
    {
      config: read,
      schema: {
        tags,
        summary: '三方对账：账簿、付款指令、银行 Ledger, payment and bank, member by member',
        params,
        response: { 200: Type.Array(Reconciled), ...problems('day-malformed') }
      }
    },
    async ({ params }) => await reconcileDay({ sql }, dayOf(params), clock())
  )

  app.get(
    '/v1/clearing/reserves',
    {
      config: read,
      schema: { tags, summary: '备付金 Reserves of members', response: { 200: Type.Array(Reserve) } }
    },
    async () => await listReserves(sql, clock())
  )
}

function approving(app: App, { sql, clock, queue }: Parts): void {
  app.post(
    '/v1/clearing/payments/:day/release',
    {
      config: run,
      schema: {
        tags,
        summary: '经办：提交付款 Release the payments of a day',
        params,
        response: { 200: PaymentRun, ...problems('day-malformed', 'payments-not-found', 'payments-not-possible') }
      }
    },
    async (request) => {
      const order = { maker: sessionOf(request).accountId, now: clock() }
      return await releasePayments({ sql }, dayOf(request.params), order)
    }
  )

  app.post(
    '/v1/clearing/payments/:day/approve',
    {
      config: run,
      schema: {
        tags,
        summary: '复核：批准付款，到期由后台发往银行 Approve them, as another person; a worker sends them when due',
        params,
        response: {
          200: PaymentRun,
          ...problems('day-malformed', 'payments-not-found', 'payments-not-possible', 'second-person-needed')
        }
      }
    },
    async (request) => {
      const order = { checker: sessionOf(request).accountId, now: clock() }
      const approved = await approvePayments({ sql }, dayOf(request.params), order)
      queue.hint('send-payments', 'due')
      return approved
    }
  )
}
