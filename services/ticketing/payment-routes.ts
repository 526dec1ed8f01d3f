// Paying an order, and the simulated cashier where the payer decides how that ends.
import { Type } from 'typebox'
import { sessionOf } from '../access/require-permit.ts'
import type { App, Parts } from '../parts.ts'
import { openGateways } from '../payments/open-gateways.ts'
import { CashierCharge, CashierDecision } from '../payments/payment-schemas.ts'
import { decideAtCashier } from '../payments/simulated-cashier.ts'
import { findCashierCharge } from '../payments/simulated-cashier-queries.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { assertMayPayBy, inquireCharge, payOrder, type Paying } from './pay-order.ts'
import { openPartners } from './partner-legs/open-partners.ts'
import { showOrder, viewerOf } from './show-order.ts'
import { Payment, PaymentRequest } from './ticketing-schemas.ts'

const tags = ['支付 Payments']
const byKey = Type.Object({ key: Type.String({ pattern: '^[0-9a-f-]{36}\\.[0-9]{1,6}$' }) })

export function paymentRoutes(app: App, parts: Parts): void {
  const { sql, keys, clock } = parts
  const paying = { sql, gateways: openGateways(sql), partners: openPartners(sql, parts.config) }

  app.post(
    '/v1/orders/:id/payments',
    {
      config: { permit: 'buy-ticket' },
      schema: {
        tags,
        summary: '支付订单 Pay an order',
        description: '同一订单同一时刻只有一笔待支付；重复调用返回同一笔。',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        body: PaymentRequest,
        response: {
          200: Payment,
          ...problems(
            'credit-only',
            'credit-spent',
            'credit-suspended',
            'not-permitted',
            'order-not-found',
            'order-not-payable',
            'sample-mode-only',
            'shift-required'
          )
        }
      }
    },
    async (request) => {
      const session = sessionOf(request)
      const viewer = viewerOf(session)
      const { gateway } = request.body
      if (gateway === 'simulated-cashier') assertSample(parts)
      assertMayPayBy(session, gateway)
      const before = await showOrder({ sql, keys }, request.params.id, viewer)
      const answer = await payOrder(paying, { orderId: before.id, gateway, actor: viewer.owner }, clock())
      // While the payer has not paid, nothing has become of the order.
      const order = answer.state === 'PENDING' ? before : await showOrder({ sql, keys }, before.id, viewer)
      return { ...answer, order }
    }
  )

  cashierRoutes(app, parts, paying)
}

/** A cashier where payers choose to have paid must not exist where tickets are real. */
function assertSample({ config }: Pick<Parts, 'config'>): void {
  if (!config.sample) throw refuse('sample-mode-only')
}

function cashierRoutes(app: App, { sql, clock, queue, config }: Parts, paying: Paying): void {
  app.get(
    '/v1/simulated-cashier/charges/:key',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '模拟收银台：待付款 The charge at the simulated cashier',
        params: byKey,
        response: { 200: CashierCharge, ...problems('charge-not-found', 'sample-mode-only') }
      }
    },
    async ({ params }) => {
      assertSample({ config })
      const charge = await findCashierCharge(sql, params.key)
      if (!charge) throw refuse('charge-not-found')
      return charge
    }
  )

  app.post(
    '/v1/simulated-cashier/charges/:key',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '模拟收银台：选择支付结果 Decide how the payment ends',
        params: byKey,
        body: CashierDecision,
        response: { 200: CashierCharge, ...problems('charge-not-found', 'charge-decided', 'sample-mode-only') }
      }
    },
    async ({ params: { key }, body: { choice } }) => {
      assertSample({ config })
      const now = clock()
      const charge = await decideAtCashier(sql, key, choice, now)
      // A silent gateway sends no message: only the worker's inquiry will learn of it.
      if (choice === 'success' || choice === 'failure') await inquireCharge(paying, key, now)
      else queue.hint('resolve-unknown-payments', key)
      return charge
    }
  )
}
