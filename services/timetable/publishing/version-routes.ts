// /v1/timetable/versions: what was brought in, its publication, and the departures a publication left as they were sold.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import { Id } from '../../network/network-schemas.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { publishTimetable } from './publish-timetable.ts'
import { findVersion, listKeptDepartures, listVersions } from './version-queries.ts'
import { KeptDeparture, Publication, TimetableVersion } from './version-schemas.ts'

const tags = ['班次 Timetable']
const config = { permit: 'run-timetable' } as const
const params = Type.Object({ id: Id })

export function versionRoutes(app: App, parts: Parts): void {
  readingRoutes(app, parts)
  publicationRoute(app, parts)
}

function readingRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/timetable/versions',
    {
      config,
      schema: {
        tags,
        summary: '班次表版本 Timetable versions, the latest first',
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }) }),
        response: { 200: Type.Array(TimetableVersion) }
      }
    },
    async ({ query }) => await listVersions(sql, query.limit)
  )

  app.get(
    '/v1/timetable/versions/:id',
    {
      config,
      schema: {
        tags,
        summary: '一个版本 One version',
        params,
        response: { 200: TimetableVersion, ...problems('timetable-version-not-found') }
      }
    },
    async ({ params }) => await findVersion(sql, params.id)
  )

  app.get(
    '/v1/timetable/versions/:id/kept-departures',
    {
      config,
      schema: {
        tags,
        summary: '因已售而保留的班次 Departures the publication left as they were sold',
        params,
        response: { 200: Type.Array(KeptDeparture), ...problems('timetable-version-not-found') }
      }
    },
    async ({ params }) => {
      await findVersion(sql, params.id)
      return await listKeptDepartures(sql, params.id)
    }
  )
}

function publicationRoute(app: App, { sql, clock }: Parts): void {
  app.post(
    '/v1/timetable/versions/:id/publication',
    {
      config,
      schema: {
        tags,
        summary: '发布版本并生成预售期内的班次 Publish, and generate the departures on sale',
        description:
          '自生效日起替换原计划。尚无人购票的班次按新版重排或撤下；卖出过票的班次按售出时的样子保留，列于 kept-departures。重复发布返回首次结果。',
        params,
        response: {
          200: Publication,
          ...problems('timetable-version-not-found', 'effective-day-passed', 'notice-too-short', 'fare-above-ceiling')
        }
      }
    },
    async (request) => {
      const { role, accountId } = sessionOf(request)
      return await publishTimetable(sql, { version: request.params.id, actor: `${role}:${accountId}` }, clock())
    }
  )
}
