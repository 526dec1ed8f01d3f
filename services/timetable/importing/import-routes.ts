// /v1/timetable/imports: a timetable sent as CSV or GTFS, what was taken of it, and every row that was not.
import type { FastifyRequest } from 'fastify'
import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import { Id } from '../../network/network-schemas.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { findImport, listImports, listRefusedRows } from './import-queries.ts'
import { ImportRequest, RefusedRow, TimetableImport } from './import-schemas.ts'
import { importTimetable, timetableBytesMax } from './import-timetable.ts'

const tags = ['班次 Timetable']
const config = { permit: 'run-timetable' } as const
const Limit = Type.Integer({ minimum: 1, maximum: 1000, default: 100 })

export function importRoutes(app: App, parts: Parts): void {
  readingRoutes(app, parts)
  void app.register(async (scope) => sendingRoute(scope as unknown as App, parts))
}

function readingRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/timetable/imports',
    {
      config,
      schema: {
        tags,
        summary: '班次表导入 Imports, the latest first',
        querystring: Type.Object({ limit: Limit }),
        response: { 200: Type.Array(TimetableImport) }
      }
    },
    async ({ query }) => await listImports(sql, query.limit)
  )

  app.get(
    '/v1/timetable/imports/:id/refusals',
    {
      config,
      schema: {
        tags,
        summary: '被拒绝的行 Refused rows by file and line; afterFile and afterLine of the last one for the next page',
        params: Type.Object({ id: Id }),
        querystring: Type.Object({
          afterFile: Type.String({ maxLength: 200, pattern: '^\\P{Cc}*$', default: '' }),
          afterLine: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, default: 0 }),
          limit: Limit
        }),
        response: { 200: Type.Array(RefusedRow), ...problems('timetable-import-not-found') }
      }
    },
    async ({ params, query: { afterFile, afterLine, limit } }) => {
      await findImport(sql, params.id)
      return await listRefusedRows(sql, { import: params.id, after: { file: afterFile, line: afterLine }, limit })
    }
  )
}

/** In a scope of its own, where a body is never parsed and never held in memory, whatever its type. */
function sendingRoute(app: App, parts: Parts): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, body, done) => done(null, body))
  app.post(
    '/v1/timetable/imports',
    {
      config,
      bodyLimit: timetableBytesMax,
      schema: {
        tags,
        summary: '导入班次表 Import a timetable; the body is a zip of CSV files, of a GTFS feed, or one CSV file',
        description:
          'csv：carriers、places、lines、stops、fares、calendars、exceptions、departures、loadings、cabins（.csv）。gtfs：agency、stops、routes、trips、stop_times、calendar、calendar_dates、frequencies、fare_attributes、fare_rules（.txt）。能用的行成为草稿版本，待发布；其余逐行列出原因。同样的内容再送一次返回首次结果。',
        consumes: ['application/zip', 'text/csv', 'application/octet-stream'],
        querystring: ImportRequest,
        response: {
          200: TimetableImport,
          ...problems('timetable-unreadable', 'upload-too-large', 'upload-broken')
        }
      }
    },
    async (request) => {
      const { role, accountId } = sessionOf(request)
      const sent = { request: request.query, bytes: bodyOf(request), actor: `${role}:${accountId}` }
      return await importTimetable(parts, sent, parts.clock())
    }
  )
}

/** A request without a body reaches no parser; it is an empty file. */
function bodyOf({ body, raw }: Pick<FastifyRequest, 'body' | 'raw'>): Readable {
  return (body as Readable | undefined) ?? raw
}
