// /v1/quotes and /v1/orders: a price, and places held under the caller's own order id.
import { Type } from 'typebox'
import { holdsPermit } from '../access/permit-rules.ts'
import { sessionOf } from '../access/require-permit.ts'
import type { App, Parts } from '../parts.ts'
import { identityLimits } from '../identity/identity-limits.ts'
import { registryOf } from '../identity/registry/identity-registry.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { holdOrder, quoteOrder } from './hold-order.ts'
import { cancelHold } from './order-queries.ts'
import { fillFreedPlaces } from './waitlist/waitlist-queries.ts'
import { showOrder, showOrdersOf, viewerOf } from './show-order.ts'
import { Order, OrderRequest, Quote, QuoteRequest } from './ticketing-schemas.ts'

const tags = ['售票 Ticketing']
const byId = Type.Object({ id: Type.String({ format: 'uuid', description: '由调用方选定' }) })

const saleProblems = [
  'connection-too-short',
  'departure-not-found',
  'departure-cancelled',
  'journey-unclear',
  'new-energy-sale-not-open',
  'no-interchange',
  'product-mismatch',
  'product-not-found',
  'sale-closed',
  'sale-not-open',
  'too-many-passengers',
  'child-needs-adult',
  'too-many-free-children',
  'vehicle-not-carried',
  'vehicle-sale-closed'
] as const

const orderProblems = [
  ...saleProblems,
  'age-unproven',
  'counter-required',
  'dangerous-goods-not-carried',
  'deck-full',
  'document-area',
  'document-birth-date',
  'document-check-digit',
  'document-first-generation',
  'document-for-minors',
  'document-kind-mismatch',
  'document-malformed',
  'document-required',
  'driver-required',
  'driver-taken',
  'fare-not-entitled',
  ...identityLimits,
  'identity-mismatch',
  'identity-unverified',
  'minor-alone',
  'no-places-left',
  'not-permitted',
  'order-id-reused',
  'place-not-found',
  'price-changed',
  'seat-taken',
  'too-many-infants'
] as const

export function orderRoutes(app: App, parts: Parts): void {
  placingRoutes(app, parts)
  readingRoutes(app, parts)
}

function placingRoutes(app: App, { sql, keys, clock, config }: Parts): void {
  const registry = registryOf(config)

  app.post(
    '/v1/quotes',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '报价 Quote',
        body: QuoteRequest,
        response: { 200: Quote, ...problems(...saleProblems) }
      }
    },
    async ({ body }) => await quoteOrder(sql, body, clock())
  )

  app.put(
    '/v1/orders/:id',
    {
      config: { permit: 'buy-ticket' },
      schema: {
        tags,
        summary: '下单占座 Hold places under an order id of your own',
        params: byId,
        body: OrderRequest,
        response: { 200: Order, ...problems(...orderProblems) }
      }
    },
    async (request) => {
      const session = sessionOf(request)
      const viewer = viewerOf(session)
      const atCounter = holdsPermit(session.role, 'sell-at-counter')
      if (request.body.counter && !atCounter) throw refuse('not-permitted', { permit: 'sell-at-counter' })
      if (atCounter && !request.body.counter) throw refuse('counter-required')
      const { id } = request.params
      await holdOrder({ sql, keys, registry }, { id, request: request.body, owner: viewer.owner }, clock())
      return await showOrder({ sql, keys }, id, viewer)
    }
  )

  app.delete(
    '/v1/orders/:id',
    {
      config: { permit: 'buy-ticket' },
      schema: {
        tags,
        summary: '取消未支付的订单 Give up an unpaid order',
        params: byId,
        response: { 200: Order, ...problems('order-not-found', 'order-not-payable') }
      }
    },
    async (request) => {
      const viewer = viewerOf(sessionOf(request))
      const { id, state } = await showOrder({ sql, keys }, request.params.id, viewer)
      if (!(await cancelHold(sql, id)) && state !== 'CANCELLED') throw refuse('order-not-payable', { state })
      await fillFreedPlaces(sql, clock())
      return await showOrder({ sql, keys }, id, viewer)
    }
  )
}

function readingRoutes(app: App, { sql, keys }: Parts): void {
  app.get(
    '/v1/orders',
    {
      config: { permit: 'read-own-orders' },
      schema: { tags, summary: '我的订单 My latest orders', response: { 200: Type.Array(Order) } }
    },
    async (request) => await showOrdersOf({ sql, keys }, viewerOf(sessionOf(request)))
  )

  app.get(
    '/v1/orders/:id',
    {
      config: { permit: 'read-own-orders' },
      schema: { tags, summary: '订单 An order', params: byId, response: { 200: Order, ...problems('order-not-found') } }
    },
    async (request) => await showOrder({ sql, keys }, request.params.id, viewerOf(sessionOf(request)))
  )
}
