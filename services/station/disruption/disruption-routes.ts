// /v1/disruptions: preview, order under an id of one's own, and follow.
import { Type } from 'typebox'
import { holdsPermit } from '../../access/permit-rules.ts'
import { sessionOf } from '../../access/require-permit.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { viewerOf } from '../../ticketing/show-order.ts'
import { byId } from '../station-schemas.ts'
import { carryOutJob } from './disruption-jobs.ts'
import {
  Disruption,
  DisruptionList,
  DisruptionPreview,
  DisruptionRequest,
  TouchedTicket
} from './disruption-schemas.ts'
import { orderDisruption, showDisruption, showLatestDisruptions, showTouchedTickets } from './order-disruption.ts'
import { previewDisruption } from './preview-disruption.ts'

const tags = ['班次异常 Disruption']
const ordering = { permit: 'disrupt-departures' } as const
const reading = { permit: 'read-station-day' } as const

export function disruptionRoutes(app: App, parts: Parts): void {
  previewRoute(app, parts)
  orderRoute(app, parts)
  readingRoutes(app, parts)
}

function previewRoute(app: App, { sql, clock }: Parts): void {
  app.post(
    '/v1/disruption-previews',
    {
      config: ordering,
      schema: {
        tags,
        summary: '处置预览 Who and what a command would touch',
        body: DisruptionRequest,
        response: { 200: DisruptionPreview, ...problems('departure-not-found', 'disruption-unclear') }
      }
    },
    async ({ body }) => await previewDisruption(sql, body, clock())
  )
}

function orderRoute(app: App, { sql, queue, clock }: Parts): void {
  app.put(
    '/v1/disruptions/:id',
    {
      config: ordering,
      schema: {
        tags,
        summary: '晚点、停班、并班、换车、停航、复航 One command for any number of departures',
        description: '单号由调用方选定，重复提交是同一次处置。状态不符的班次跳过。三个以上班次须站长办理并写明事由。',
        params: byId,
        body: DisruptionRequest,
        response: {
          200: Disruption,
          ...problems(
            'departure-cannot',
            'departure-not-found',
            'disruption-cause-required',
            'disruption-id-reused',
            'disruption-needs-manager',
            'disruption-unclear',
            'merge-other-line'
          )
        }
      }
    },
    async (request) => {
      const session = sessionOf(request)
      const mayDisruptMany = holdsPermit(session.role, 'disrupt-many-departures')
      const { id } = request.params
      const placement = { id, request: request.body, actor: viewerOf(session).owner, mayDisruptMany }
      const { disruption, waiting } = await orderDisruption(sql, placement, clock())
      queue.hint(waiting ? carryOutJob : 'refund-disruption', id)
      return disruption
    }
  )
}

function readingRoutes(app: App, { sql, keys }: Parts): void {
  app.get(
    '/v1/disruptions',
    {
      config: reading,
      schema: {
        tags,
        summary: '本站最近的处置 The latest commands that touched departures of a place',
        querystring: DisruptionList,
        response: { 200: Type.Array(Disruption) }
      }
    },
    async ({ query }) => await showLatestDisruptions(sql, query.place)
  )

  app.get(
    '/v1/disruptions/:id',
    {
      config: reading,
      schema: {
        tags,
        summary: '处置进度 How far a command is',
        params: byId,
        response: { 200: Disruption, ...problems('disruption-not-found') }
      }
    },
    async ({ params }) => await showDisruption(sql, params.id)
  )

  app.get(
    '/v1/disruptions/:id/tickets',
    {
      config: reading,
      schema: {
        tags,
        summary: '受影响的客票 Who was touched, a thousand at most',
        params: byId,
        response: { 200: Type.Array(TouchedTicket), ...problems('disruption-not-found') }
      }
    },
    async ({ params }) => {
      await showDisruption(sql, params.id)
      return await showTouchedTickets({ sql, keys }, params.id)
    }
  )
}
