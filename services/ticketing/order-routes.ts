// /v1/quotes and /v1/orders: a price, and places held under the caller's own order id.
import { Type } from 'typebox'
import { holdsPermit } from '../access/permit-rules.ts'
import { optionalSessionOf, sessionOf } from '../access/require-permit.ts'
import type { App, Parts } from '../parts.ts'
import { openGateways } from '../payments/open-gateways.ts'
import { identityLimits } from '../identity/identity-limits.ts'
import { registryOf } from '../identity/registry/identity-registry.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import { showPlaced } from './batches/show-placed.ts'
import { holdOrder, quoteOrder } from './hold-order.ts'
import { holdWithPartners, quoteWithPartners } from './partner-legs/hold-with-partners.ts'
import { openPartners } from './partner-legs/open-partners.ts'
import { assertMayPayBy, payOrder } from './pay-order.ts'
import { cancelHold } from './order-queries.ts'
import { fillFreedPlaces } from './waitlist/waitlist-queries.ts'
import { showOrder, showOrdersOf, sellsThrough, viewerOf } from './show-order.ts'
import { Order, OrderRequest, Quote, QuoteRequest } from './ticketing-schemas.ts'

const tags = ['售票 Ticketing']
const byId = Type.Object({ id: Type.String({ format: 'uuid', description: '由调用方选定' }) })

const saleProblems = [
  'cabin-not-offered',
  'cabin-required',
  'connection-too-short',
  'departure-not-found',
  'departure-cancelled',
  'journey-unclear',
  'new-energy-sale-not-open',
  'no-interchange',
  'product-mismatch',
  'product-not-found',
  'sale-after-report',
  'sale-closed',
  'sale-not-open',
  'too-many-passengers',
  'child-needs-adult',
  'too-many-free-children',
  'partner-legs-unclear',
  'partner-offer-not-found',
  'vehicle-not-carried',
  'vehicle-sale-closed'
] as const

const orderProblems = [
  ...saleProblems,
  'age-unproven',
  'cabin-full',
  'counter-required',
  'credit-only',
  'credit-spent',
  'credit-suspended',
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
  'partner-attempt-over',
  'partner-refused',
  'partner-silent',
  'place-not-found',
  'price-changed',
  'quota-spent',
  'seat-taken',
  'shift-required',
  'too-many-infants'
] as const

export function orderRoutes(app: App, parts: Parts): void {
  quoteRoute(app, parts)
  placingRoutes(app, parts)
  readingRoutes(app, parts)
}

function quoteRoute(app: App, { sql, clock, config }: Parts): void {
  const partners = openPartners(sql, config)

  app.post(
    '/v1/quotes',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '报价 Quote',
        description: '服务费按登录者的渠道计；未登录按网站。',
        body: QuoteRequest,
        response: { 200: Quote, ...problems(...saleProblems) }
      }
    },
    async (request) => {
      const session = optionalSessionOf(request)
      const channel = session ? sellsThrough(session) : 'web'
      if (request.body.partnerLegs) return await quoteWithPartners({ sql, partners }, request.body, clock(), channel)
      return await quoteOrder(sql, request.body, clock(), channel)
    }
  )
}

function placingRoutes(app: App, { sql, keys, clock, config }: Parts): void {
  const registry = registryOf(config)
  const gateways = openGateways(sql)
  const partners = openPartners(sql, config)

  app.put(
    '/v1/orders/:id',
    {
      config: { permit: 'buy-ticket' },
      schema: {
        tags,
        summary: '下单占座 Hold places under an order id of your own; with a gateway, pay and issue at once',
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
      const { gateway, partnerLegs } = request.body
      if (gateway) assertMayPayBy(session, gateway)
      const placement = { id, request: request.body, ...viewer }
      const now = clock()
      if (!partnerLegs) {
        const placed = await holdOrder({ sql, keys, registry }, placement, now)
        return placed ? showPlaced(placed, request.body, viewer) : await showOrder({ sql, keys }, id, viewer)
      }
      await holdWithPartners({ sql, keys, registry, partners }, placement, now)
      const held = await showOrder({ sql, keys }, id, viewer)
      if (!gateway || held.state !== 'LOCKED') return held
      await payOrder({ sql, gateways, partners }, { orderId: id, gateway, actor: viewer.owner }, now)
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
