// Partner legs of an order: given back by their carrier's terms; word from a partner; and what partners have to answer for.
import { Type } from 'typebox'
import { FenSchema } from '../../../clearing/money.ts'
import { transaction } from '../../../clearing/database.ts'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { viewerOf } from '../show-order.ts'
import { drivePartnerLegs } from './drive-partner-legs.ts'
import { openPartners } from './open-partners.ts'
import { findClaims, findPartnerPlaces, hastenLeg } from './partner-leg-queries.ts'
import { PartnerLegSchema, PartnerRefundQuote, PartnerRefundRequest } from './partner-leg-schemas.ts'
import { quotePartnerRefund, refundPartnerLeg } from './refund-partner-leg.ts'

const tags = ['合作承运方 Partner carriers']
const uuid = Type.String({ format: 'uuid' })
const byOrder = Type.Object({ id: uuid })

const refundProblems = [
  'already-refunded',
  'order-not-found',
  'partner-leg-not-found',
  'refund-closed',
  'ticket-not-refundable'
] as const

const ShownClaim = Type.Object({
  orderId: uuid,
  partner: Type.String(),
  number: Type.String(),
  kind: Type.Enum(['price', 'seat', 'silent', 'lost', 'came-back', 'fee', 'not-cancelled'], {
    description:
      'price 价格不符，seat 席位不符，silent 久无应答，lost 已出票后丢失，came-back 取消后复活，fee 擅自收费，not-cancelled 拒绝取消'
  }),
  amount: FenSchema,
  said: Type.String(),
  at: Instant
})

export function partnerLegRoutes(app: App, parts: Parts): void {
  refundRoutes(app, parts)
  noticeRoute(app, parts)

  app.get(
    '/v1/partner-places',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '合作承运方的站点 Where partners’ rides begin and end',
        response: {
          200: Type.Array(
            Type.Object({ partner: Type.String(), code: Type.String(), name: Type.String(), city: Type.String() })
          )
        }
      }
    },
    async () => await findPartnerPlaces(parts.sql)
  )

  app.get(
    '/v1/partner-claims',
    {
      config: { permit: 'run-channels' },
      schema: {
        tags,
        summary: '向合作方追偿的事项 What partners have to answer for',
        response: { 200: Type.Array(ShownClaim) }
      }
    },
    async () => await findClaims(parts.sql)
  )
}

function refundRoutes(app: App, { sql, clock, config }: Parts): void {
  const returning = { sql, gateways: openGateways(sql), partners: openPartners(sql, config) }

  app.get(
    '/v1/orders/:id/partner-refund-quote',
    {
      config: { permit: 'refund-ticket' },
      schema: {
        tags,
        summary: '合作方客票退票试算 What giving a partner leg back would give now',
        params: byOrder,
        querystring: Type.Pick(PartnerRefundRequest, ['side']),
        response: { 200: PartnerRefundQuote, ...problems(...refundProblems) }
      }
    },
    async (request) => {
      const about = { orderId: request.params.id, side: request.query.side }
      return await quotePartnerRefund(sql, about, viewerOf(sessionOf(request)), clock())
    }
  )

  app.put(
    '/v1/orders/:id/partner-refunds/:refund',
    {
      config: { permit: 'refund-ticket' },
      schema: {
        tags,
        summary: '退合作方客票 Give a partner leg back',
        description: '合作方收回客票后退款；合作方暂无应答时 state 为 RETURNING，平台继续办理。',
        params: Type.Object({ id: uuid, refund: Type.String({ format: 'uuid', description: '由调用方选定' }) }),
        body: PartnerRefundRequest,
        response: {
          200: PartnerLegSchema,
          ...problems(...refundProblems, 'refund-amount-changed', 'refund-id-reused')
        }
      }
    },
    async (request) => {
      const asked = { id: request.params.refund, orderId: request.params.id, request: request.body }
      return await refundPartnerLeg(returning, asked, viewerOf(sessionOf(request)), clock())
    }
  )
}

/** Whoever sends it, as often as he likes: it is a reason to ask the partner, and nothing else. */
function noticeRoute(app: App, { sql, clock, config }: Parts): void {
  const partners = openPartners(sql, config)

  app.post(
    '/v1/partner-notices/:key',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '合作方通知 A partner says that something happened',
        description: '仅作提醒：平台随即向合作方查询，以查询结果为准。',
        params: Type.Object({ key: uuid }),
        response: { 204: Type.Null(), ...problems('partner-leg-not-found') }
      }
    },
    async (request, reply) => {
      const now = clock()
      const orderId = await transaction(sql, async (tx) => await hastenLeg(tx, request.params.key, now))
      if (orderId === null) throw refuse('partner-leg-not-found')
      await drivePartnerLegs({ sql, partners }, orderId, now)
      return reply.code(204).send(null)
    }
  )
}
