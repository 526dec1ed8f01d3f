// GET /v1/board/{place}: the departures board, asked for every few seconds by every screen, so an unchanged one is answered 304 by its
// ETag. And the day's list for the station's own staff.
import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Database } from '../../../clearing/database.ts'
import { PlaceCode } from '../../network/network-schemas.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { tags } from '../station-schemas.ts'
import { findBoard, findDay, findPlace } from './board-queries.ts'
import { Board, DayQuery, DayRow } from './board-schemas.ts'

export function boardRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/board/:place',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '发班显示屏 The live departures board of a place',
        description: '带 If-None-Match 轮询；无变化时回 304。',
        params: Type.Object({ place: PlaceCode }),
        response: { 200: Board, 304: Type.Null(), ...problems('place-not-found') }
      }
    },
    async (request, reply) => {
      const board = await showBoard(sql, request.params.place, clock())
      const etag = `"${createHash('sm3').update(JSON.stringify(board)).digest('base64url').slice(0, 22)}"`
      void reply.header('etag', etag).header('cache-control', 'no-cache')
      return request.headers['if-none-match'] === etag ? reply.code(304).send(null) : board
    }
  )

  app.get(
    '/v1/station/departures',
    {
      config: { permit: 'read-station-day' },
      schema: {
        tags,
        summary: '本站一日班次 The day’s departures of a place with their state and load',
        querystring: DayQuery,
        response: { 200: Type.Array(DayRow), ...problems('place-not-found') }
      }
    },
    async ({ query }) => await showDay(sql, query.place, query.day)
  )
}

/** Throws the refusal place-not-found. */
async function showBoard(sql: Database, code: string, now: Date): Promise<Board> {
  const place = await requirePlace(sql, code)
  return { place: place.code, name: place.name, rows: await findBoard(sql, place.id, now) }
}

async function showDay(sql: Database, code: string, day: BusinessDay): Promise<DayRow[]> {
  return await findDay(sql, await requirePlace(sql, code), day)
}

async function requirePlace(sql: Database, code: string) {
  const place = await findPlace(sql, code)
  if (!place) throw refuse('place-not-found', { code })
  return place
}
