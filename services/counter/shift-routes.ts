// /v1/counter/shifts: a clerk's own shifts, opened and closed under ids of his page's choice.
import { Type } from 'typebox'
import { sessionOf } from '../access/require-permit.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { viewerOf } from '../ticketing/show-order.ts'
import { closeShift, openShift, showShift, showShiftsOf } from './hand-over.ts'
import { ClosingRequest, Shift, ShiftRequest } from './shift-schemas.ts'

const tags = ['窗口 Counter']
const config = { permit: 'sell-at-counter' } as const
const byId = Type.Object({ id: Type.String({ format: 'uuid', description: '由调用方选定' }) })

export function shiftRoutes(app: App, parts: Parts): void {
  readingRoutes(app, parts)
  handOverRoutes(app, parts)
}

function readingRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/counter/shifts',
    { config, schema: { tags, summary: '我的班次（交班） My latest shifts', response: { 200: Type.Array(Shift) } } },
    async (request) => await showShiftsOf(sql, viewerOf(sessionOf(request)).owner)
  )

  app.get(
    '/v1/counter/shifts/:id',
    {
      config,
      schema: { tags, summary: '班 A shift', params: byId, response: { 200: Shift, ...problems('shift-not-found') } }
    },
    async (request) => await showShift(sql, { id: request.params.id, clerk: viewerOf(sessionOf(request)).owner })
  )
}

function handOverRoutes(app: App, { sql, clock }: Parts): void {
  app.put(
    '/v1/counter/shifts/:id',
    {
      config,
      schema: {
        tags,
        summary: '开班 Open a shift',
        params: byId,
        body: ShiftRequest,
        response: { 200: Shift, ...problems('place-not-found', 'shift-id-reused', 'shift-open') }
      }
    },
    async (request) => {
      const of = { id: request.params.id, clerk: viewerOf(sessionOf(request)).owner }
      return await openShift(sql, of, request.body, clock())
    }
  )

  app.put(
    '/v1/counter/shifts/:id/closing',
    {
      config,
      schema: {
        tags,
        summary: '交班 Close a shift with the counted cash',
        description: '账面应有现金与清点之差一并留存，不可更改；重复提交返回首次结果。',
        params: byId,
        body: ClosingRequest,
        response: { 200: Shift, ...problems('shift-closed', 'shift-not-found') }
      }
    },
    async (request) => {
      const of = { id: request.params.id, clerk: viewerOf(sessionOf(request)).owner }
      return await closeShift(sql, of, request.body, clock())
    }
  )
}
