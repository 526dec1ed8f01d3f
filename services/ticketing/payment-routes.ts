// Paying an order, and the simulated cashier where the payer decides how that ends.
import { Type } from 'typebox'
import type { Queryable } from '../../clearing/database.ts'
import { holdsPermit } from '../access/permit-rules.ts'
import { sessionOf } from '../access/require-permit.ts'
import type { Session } from '../access/sign-in.ts'
import type { App, Parts } from '../parts.ts'
import { findCharge, findLatestCharge } from '../payments/charge-queries.ts'
import { meansOfPayCode } from '../payments/pay-code-rules.ts'
import { openGateways } from '../payments/open-gateways.ts'
import { CashierCharge, CashierDecision } from '../payments/payment-schemas.ts'
import { decideAtCashier } from '../payments/simulated-cashier.ts'
import { findCashierCharge } from '../payments/simulated-cashier-queries.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { assertMayPayBy, closePayment, inquireCharge, payOrder, type Paying } from './pay-order.ts'
import { openPartners } from './partner-legs/open-partners.ts'
import { showOrder, viewerOf } from './show-order.ts'
import { Payment, PaymentRequest } from './ticketing-schemas.ts'

const tags = ['支付 Payments']
const byKey = Type.Object({ key: Type.String({ pattern: '^[0-9a-f-]{36}\\.[0-9]{1,6}$' }) })

const byOrder = Type.Object({ id: Type.String({ format: 'uuid' }) })
const PaymentState = Type.Pick(Payment, ['key', 'state'])

export function paymentRoutes(app: App, parts: Parts): void {
  const { sql, config } = parts
  const paying = { sql, gateways: openGateways(sql), partners: openPartners(sql, config) }
  payingRoute(app, parts, paying)
  attemptRoutes(app, parts, paying)
  cashierRoutes(app, parts, paying)
}

function payingRoute(app: App, parts: Parts, paying: Paying): void {
  const { sql, keys, clock } = parts

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
            'pay-code-unknown',
            'sample-mode-only',
            'shift-required'
          )
        }
      }
    },
    async (request) => {
      const session = sessionOf(request)
      const viewer = viewerOf(session)
      const { gateway, payCode } = request.body
      if (gateway === 'simulated-cashier') assertSample(parts)
      assertMayPayBy(session, gateway)
      const means = meansAtWindow(session, request.body)
      const before = await showOrder({ sql, keys }, request.params.id, viewer)
      const payer = { orderId: before.id, gateway, actor: viewer.owner, payCode, means }
      const answer = await payOrder(paying, payer, clock())
      // While the payer has not paid, nothing has become of the order.
      const order = answer.state === 'PENDING' ? before : await showOrder({ sql, keys }, before.id, viewer)
      return { ...answer, order }
    }
  )
}

/** What became of the latest attempt, and giving it up. */
function attemptRoutes(app: App, { sql, keys, clock }: Parts, paying: Paying): void {
  app.get(
    '/v1/orders/:id/payments',
    {
      config: { permit: 'read-own-orders' },
      schema: {
        tags,
        summary: '最近一次支付 The latest payment of an order',
        params: byOrder,
        response: { 200: PaymentState, ...problems('charge-not-found', 'order-not-found') }
      }
    },
    async (request) => {
      const { id } = await showOrder({ sql, keys }, request.params.id, viewerOf(sessionOf(request)))
      return await stateOfPayment(sql, id)
    }
  )

  app.delete(
    '/v1/orders/:id/payments',
    {
      config: { permit: 'buy-ticket' },
      schema: {
        tags,
        summary: '撤销待付的支付 Give the open payment up',
        description: '用于改换支付方式；若已付成功则照常出票；仍为 UNKNOWN 时请勿另行收款。',
        params: byOrder,
        response: { 200: PaymentState, ...problems('charge-not-found', 'order-not-found') }
      }
    },
    async (request) => {
      const viewer = viewerOf(sessionOf(request))
      const { id } = await showOrder({ sql, keys }, request.params.id, viewer)
      await closePayment(paying, { orderId: id, actor: viewer.owner }, clock())
      return await stateOfPayment(sql, id)
    }
  )
}

/** Throws charge-not-found. */
async function stateOfPayment(sql: Queryable, orderId: string): Promise<Type.Static<typeof PaymentState>> {
  const charge = await findLatestCharge(sql, orderId)
  if (!charge) throw refuse('charge-not-found')
  return { key: charge.key, state: charge.state }
}

/** How a window's money came in, other than cash. Throws not-permitted and pay-code-unknown. */
function meansAtWindow({ role }: Pick<Session, 'role'>, { gateway, payCode }: PaymentRequest): string | undefined {
  const atWindow = holdsPermit(role, 'sell-at-counter')
  if (payCode === undefined) return atWindow && gateway === 'simulated-cashier' ? 'shown-code' : undefined
  if (!atWindow || gateway !== 'simulated-cashier') throw refuse('not-permitted', { permit: 'sell-at-counter' })
  const means = meansOfPayCode(payCode)
  if (means === null) throw refuse('pay-code-unknown')
  return means
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
      // A charge that is no order's is another room's, which asks for itself.
      const isOrders = (await findCharge(sql, key)) !== null
      if (isOrders && (choice === 'success' || choice === 'failure')) await inquireCharge(paying, key, now)
      else queue.hint('resolve-unknown-payments', key)
      return charge
    }
  )
}
