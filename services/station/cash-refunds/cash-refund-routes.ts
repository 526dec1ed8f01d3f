// /v1/station/cash-refunds: what waits to be handed back at a window after a disruption, and handing it back.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import { PlaceCode } from '../../network/network-schemas.ts'
import type { App, Parts } from '../../parts.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { problems } from '../../problem.ts'
import { Refund } from '../../ticketing/refunds/refund-schemas.ts'
import { viewerOf } from '../../ticketing/show-order.ts'
import { byId, tags } from '../station-schemas.ts'
import { CashRefundRequest, WaitingRefund, WaitingRefunds, WaitingSearch } from './cash-refund-schemas.ts'
import { listWaitingRefunds, payCashRefund, searchWaitingRefunds } from './pay-cash-refund.ts'

const config = { permit: 'sell-at-counter' } as const
const documentProblems = [
  'document-area',
  'document-birth-date',
  'document-check-digit',
  'document-first-generation',
  'document-kind-mismatch',
  'document-malformed'
] as const

export function cashRefundRoutes(app: App, parts: Parts): void {
  waitingRoutes(app, parts)
  payRoute(app, parts)
}

function waitingRoutes(app: App, { sql, keys, clock }: Parts): void {
  app.get(
    '/v1/station/cash-refunds',
    {
      config,
      schema: {
        tags,
        summary: '待付现金退款 Cash refunds that wait at a window, of departures from a place',
        querystring: Type.Object({ place: PlaceCode }),
        response: { 200: WaitingRefunds }
      }
    },
    async ({ query }) => await listWaitingRefunds(sql, keys, query.place)
  )

  app.post(
    '/v1/station/cash-refund-searches',
    {
      config,
      schema: {
        tags,
        summary: '按证件查待付现金退款 What waits for whoever shows these documents, from any place',
        body: WaitingSearch,
        response: { 200: Type.Array(WaitingRefund), ...problems(...documentProblems) }
      }
    },
    async ({ body }) => await searchWaitingRefunds(sql, keys, body.documents, clock())
  )
}

function payRoute(app: App, { sql, keys, clock, config: settings }: Parts): void {
  const gateways = openGateways(sql, settings.gatewayFaultsPercent)
  app.put(
    '/v1/station/cash-refunds/:id',
    {
      config,
      schema: {
        tags,
        summary: '支付现金退款 Hand a cash refund back out of one’s open shift',
        description:
          '每张票须出示本人证件，免证儿童随同一订单的旅客；同一编号重发得到同一退款，两个窗口同时办理只付一次。',
        params: byId,
        body: CashRefundRequest,
        response: {
          200: Refund,
          ...problems(
            ...documentProblems,
            'already-refunded',
            'cash-refund-documents',
            'child-needs-adult',
            'refund-amount-changed',
            'refund-id-reused',
            'shift-required',
            'ticket-not-found',
            'ticket-not-refundable',
            'vehicle-needs-driver'
          )
        }
      }
    },
    async (request) => {
      const placement = { id: request.params.id, request: request.body }
      return await payCashRefund({ sql, gateways, keys }, placement, viewerOf(sessionOf(request)), clock())
    }
  )
}
