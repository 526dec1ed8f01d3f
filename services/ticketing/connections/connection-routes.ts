// What a passenger chooses when a delay or a cancellation broke his connection.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { problems } from '../../problem.ts'
import { viewerOf } from '../show-order.ts'
import { chooseConnection } from './choose-connection.ts'
import { ConnectionDecision, ShownConnection } from './connection-schemas.ts'

export function connectionRoutes(app: App, { sql, keys, clock }: Parts): void {
  const choosing = { sql, keys, gateways: openGateways(sql) }

  app.put(
    '/v1/connections/:id/decision',
    {
      config: { permit: 'change-ticket' },
      schema: {
        tags: ['改签 Changes'],
        summary: '衔接中断后的选择 Go on by another way, or give the rest of the journey back',
        description: '改签免费；退票金额见 refund。订单与联程的 connections 列出可选方案。',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        body: ConnectionDecision,
        response: {
          200: ShownConnection,
          ...problems(
            'choice-gone',
            'connection-not-found',
            'connection-not-open',
            'connection-too-short',
            'no-places-left',
            'refund-amount-changed',
            'refund-closed',
            'sale-closed'
          )
        }
      }
    },
    async (request) => {
      const choice = { id: request.params.id, decision: request.body }
      return await chooseConnection(choosing, choice, viewerOf(sessionOf(request)), clock())
    }
  )
}
