// Changing a partner leg: what else runs, what it would cost, the change under the caller's own id, and paying what is due.
import { Type } from 'typebox'
import { BusinessDaySchema, type BusinessDay } from '../../../../clearing/business-day.ts'
import { sessionOf } from '../../../access/require-permit.ts'
import type { App, Parts } from '../../../parts.ts'
import { openGateways } from '../../../payments/open-gateways.ts'
import { problems } from '../../../problem.ts'
import { refuse } from '../../../refusals.ts'
import { assertMayPayBy, payOrder } from '../../pay-order.ts'
import { viewerOf } from '../../show-order.ts'
import { Payment, PaymentRequest } from '../../ticketing-schemas.ts'
import { openPartners } from '../open-partners.ts'
import { PartnerOffer, sides } from '../partner-leg-schemas.ts'
import {
  changePartnerLeg,
  findPartnerChoices,
  quotePartnerChange,
  requireChange,
  showPartnerChange
} from './change-partner-leg.ts'
import {
  PartnerChange,
  PartnerChangeQuote,
  PartnerChangeRequest,
  PartnerChangeTarget
} from './partner-change-schemas.ts'

const tags = ['合作承运方 Partner carriers']
const byId = Type.Object({ id: Type.String({ format: 'uuid' }) })
const config = { permit: 'change-ticket' } as const

const quoteProblems = [
  'change-closed',
  'connection-too-short',
  'no-interchange',
  'order-not-found',
  'partner-leg-not-found',
  'partner-offer-not-found',
  'ticket-not-changeable'
] as const

export function partnerChangeRoutes(app: App, parts: Parts): void {
  choosingRoutes(app, parts)
  changingRoutes(app, parts)
  payingRoute(app, parts)
}

function choosingRoutes(app: App, { sql, clock, config: settings }: Parts): void {
  const partners = openPartners(sql, settings)

  app.get(
    '/v1/orders/:id/partner-offers',
    {
      config,
      schema: {
        tags,
        summary: '合作方可改签的班次 Rides a partner leg may be changed to',
        params: byId,
        querystring: Type.Object({
          side: Type.Enum([...sides]),
          day: Type.Unsafe<BusinessDay>({ ...BusinessDaySchema, description: '乘车日期' })
        }),
        response: {
          200: Type.Array(PartnerOffer),
          ...problems('order-not-found', 'partner-leg-not-found', 'partner-silent')
        }
      }
    },
    async (request) => {
      const asked = { orderId: request.params.id, ...request.query }
      return await findPartnerChoices({ sql, partners }, asked, viewerOf(sessionOf(request)), clock())
    }
  )

  app.get(
    '/v1/orders/:id/partner-change-quote',
    {
      config,
      schema: {
        tags,
        summary: '合作方客票改签试算 What changing a partner leg would cost now',
        params: byId,
        querystring: PartnerChangeTarget,
        response: { 200: PartnerChangeQuote, ...problems(...quoteProblems) }
      }
    },
    async (request) => {
      const asked = { orderId: request.params.id, ...request.query }
      return await quotePartnerChange({ sql, partners }, asked, viewerOf(sessionOf(request)), clock())
    }
  )
}

function changingRoutes(app: App, { sql, keys, clock, config: settings }: Parts): void {
  const changing = { sql, keys, gateways: openGateways(sql), partners: openPartners(sql, settings) }

  app.put(
    '/v1/partner-changes/:id',
    {
      config,
      schema: {
        tags,
        summary: '改签合作方客票 Change a partner leg',
        description: '先锁新班次，需补款的付款后出票，新票确认后才退原票；未成则原票不变，所付全退。',
        params: byId,
        body: PartnerChangeRequest,
        response: {
          200: PartnerChange,
          ...problems(
            ...quoteProblems,
            'change-amount-changed',
            'order-id-reused',
            'partner-attempt-over',
            'partner-refused',
            'partner-silent',
            'price-changed'
          )
        }
      }
    },
    async (request) => {
      const placement = { id: request.params.id, request: request.body }
      return await changePartnerLeg(changing, placement, viewerOf(sessionOf(request)), clock())
    }
  )

  app.get(
    '/v1/partner-changes/:id',
    {
      config,
      schema: {
        tags,
        summary: '合作方客票改签 A change of a partner leg',
        params: byId,
        response: { 200: PartnerChange, ...problems('change-not-found') }
      }
    },
    async (request) => await showPartnerChange(sql, request.params.id, viewerOf(sessionOf(request)))
  )
}

function payingRoute(app: App, { sql, clock, config: settings }: Parts): void {
  const paying = { sql, gateways: openGateways(sql), partners: openPartners(sql, settings) }

  app.post(
    '/v1/partner-changes/:id/payments',
    {
      config: { permit: 'buy-ticket' },
      schema: {
        tags,
        summary: '支付改签补款 Pay what a change costs',
        params: byId,
        body: Type.Omit(PaymentRequest, ['payCode'], { additionalProperties: false }),
        response: {
          200: Type.Object({ ...Type.Omit(Payment, ['order']).properties, change: PartnerChange }),
          ...problems(
            'change-not-found',
            'credit-only',
            'credit-spent',
            'credit-suspended',
            'not-permitted',
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
      const { id } = request.params
      if (gateway === 'simulated-cashier' && !settings.sample) throw refuse('sample-mode-only')
      assertMayPayBy(session, gateway)
      await requireChange(sql, id, viewer)
      const answer = await payOrder(paying, { orderId: id, gateway, actor: viewer.owner }, clock())
      return { ...answer, change: await showPartnerChange(sql, id, viewer) }
    }
  )
}
