// /v1/open-data: what anybody may have without asking who he is: the timetable, how departures are doing, and figures of lines and
// days, as files machines read. Unchanged files answer 304.
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { addDays, BusinessDaySchema, calendarDay, type BusinessDay } from '../../../clearing/business-day.ts'
import type { Database } from '../../../clearing/database.ts'
import { storedZip } from '../../../clearing/statements/paper/stored-zip.ts'
import { dayOf } from '../../clearing-desk/day-routes.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { listFlowDays, listZoneJourneys } from '../flow/flow-queries.ts'
import { suppressSmall } from '../flow/suppression-rules.ts'
import { catalogueOf, type Measured } from './catalogue-rules.ts'
import {
  listAgencies,
  listCalls,
  listCardDays,
  listFares,
  listLineDays,
  listRoutes,
  listRunning,
  listStops,
  listTrips
} from './feed-queries.ts'
import { gtfsFiles } from './gtfs-rules.ts'
import { realtimeFeed } from './realtime-feed.ts'
import { mediaTypes, tableFile, tableFormats } from './table-files.ts'

const tags = ['开放数据 Open data']
const config = { permit: 'anyone' } as const
const hour = 3_600_000
/** However many ask, the whole timetable is put together only so often. */
const timetableFreshMs = 10 * 60_000
const longestSpan = 92

export function openDataRoutes(app: App, parts: Parts): void {
  catalogueRoute(app, parts)
  timetableRoute(app, parts)
  realtimeRoutes(app, parts)
  tableRoute(app, parts)
}

function catalogueRoute(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/open-data',
    {
      config,
      schema: {
        tags,
        summary: '数据目录（DCAT） The catalogue, as DCAT in JSON-LD',
        response: { 200: Type.Unsafe<object>({ type: 'object', additionalProperties: true }) }
      }
    },
    async (request, reply) => {
      const catalogue = catalogueOf(await measureDatasets(sql, clock()), `${request.protocol}://${request.host}`)
      return await reply.type('application/ld+json; charset=utf-8').send(catalogue)
    }
  )
}

async function measureDatasets(sql: Database, now: Date): Promise<Measured> {
  const stops = await listStops(sql)
  const located = stops.filter(({ latitude }) => latitude !== null).length
  const [flowDay] = await listFlowDays(sql)
  return {
    timetable: {
      modified: now,
      rows: (await listTrips(sql, calendarDay(now))).length,
      complete: stops.length === 0 ? null : Number((located / stops.length).toFixed(3))
    },
    'departures-now': { modified: now, rows: null, complete: null },
    'line-days': { modified: now, rows: null, complete: 1 },
    'card-days': { modified: null, rows: (await listCardDays(sql)).length, complete: 1 },
    'flow-journeys': { modified: flowDay?.analysedAt ?? null, rows: null, complete: null }
  }
}

function timetableRoute(app: App, { sql, clock }: Parts): void {
  let known: { at: number; archive: Promise<Buffer> } | null = null
  app.get(
    '/v1/open-data/gtfs.zip',
    {
      config,
      schema: { tags, summary: '时刻表（GTFS） The timetable as a GTFS feed', response: file('application/zip') }
    },
    async (request, reply) => {
      const now = clock()
      if (!known || Math.abs(now.getTime() - known.at) >= timetableFreshMs) {
        const made = { at: now.getTime(), archive: makeTimetable(sql, now, `${request.protocol}://${request.host}`) }
        known = made
        made.archive.catch(() => {
          if (known === made) known = null
        })
      }
      return await sendFile(request, reply, { type: 'application/zip', bytes: await known.archive })
    }
  )
}

async function makeTimetable(sql: Database, now: Date, url: string): Promise<Buffer> {
  const from = calendarDay(now)
  const trips = await listTrips(sql, from)
  const until = trips.reduce((last, { days }) => (days.at(-1)! > last ? days.at(-1)! : last), from)
  const [agencies, stops, routes] = [await listAgencies(sql), await listStops(sql), await listRoutes(sql)]
  const [calls, fares] = [await listCalls(sql), await listFares(sql, from)]
  return storedZip(gtfsFiles({ agencies, stops, routes, calls, trips, fares, from, until, url }))
}

function realtimeRoutes(app: App, { sql, clock }: Parts): void {
  for (const kind of ['trip-updates', 'occupancy'] as const)
    app.get(
      `/v1/open-data/gtfs-realtime/${kind}`,
      {
        config,
        schema: {
          tags,
          summary:
            kind === 'occupancy'
              ? '满载率（GTFS-realtime） How full departures are'
              : '晚点与停运（GTFS-realtime） Delays and cancellations',
          response: file('application/x-protobuf')
        }
      },
      async (request, reply) => {
        const now = clock()
        const span: [Date, Date] = [new Date(now.getTime() - 2 * hour), new Date(now.getTime() + 6 * hour)]
        const [running, calls] = [await listRunning(sql, span), await listCalls(sql)]
        const bytes = Buffer.from(realtimeFeed(running, { calls, kind, now }))
        return await sendFile(request, reply, { type: 'application/x-protobuf', bytes })
      }
    )
}

interface Span {
  from: BusinessDay
  to: BusinessDay
}

/** Rows anybody may have, by dataset. */
const tables = {
  'line-days': async (sql: Database, { from, to }: Span) => await listLineDays(sql, [from, to]),
  'card-days': async (sql: Database, { from, to }: Span) =>
    (await listCardDays(sql)).filter(({ day }) => day >= from && day <= to),
  async 'flow-journeys'(sql: Database, { from, to }: Span) {
    const days = (await listFlowDays(sql)).filter(({ day }) => day >= from && day <= to).toReversed()
    const rows = []
    for (const { day } of days) {
      const journeys = await listZoneJourneys(sql, day, {})
      rows.push(...suppressSmall(journeys, (row) => row.journeys).rows.map((row) => ({ day, ...row })))
    }
    return rows
  }
}
const tableNames = Object.keys(tables) as (keyof typeof tables)[]

function tableRoute(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/open-data/tables/:table/:format',
    {
      config,
      schema: {
        tags,
        summary: '统计数据 Figures by day; without from and to the last week',
        params: Type.Object({ table: Type.Enum(tableNames), format: Type.Enum([...tableFormats]) }),
        querystring: Type.Object({ from: Type.Optional(BusinessDaySchema), to: Type.Optional(BusinessDaySchema) }),
        response: { ...file('application/octet-stream'), ...problems('day-malformed') }
      }
    },
    async (request, reply) => {
      const { params, query } = request
      const to = query.to ? dayOf({ day: query.to }) : calendarDay(clock())
      const earliest = addDays(to, -longestSpan)
      const asked = query.from ? dayOf({ day: query.from }) : addDays(to, -7)
      const rows = await tables[params.table](sql, { from: asked < earliest ? earliest : asked, to })
      const bytes = tableFile(rows, params.format)
      void reply.header('content-disposition', `attachment; filename="${params.table}.${params.format}"`)
      return await sendFile(request, reply, { type: mediaTypes[params.format], bytes })
    }
  )
}

/** How a file's answer is documented; its bytes are no JSON. */
function file(type: string) {
  const schema = Type.Unsafe<Buffer>({ type: 'string', format: 'binary' })
  return {
    200: { description: '文件 the file', content: { [type]: { schema } } },
    304: Type.Null({ description: '未变 unchanged' })
  }
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, bytes }: { type: string; bytes: Buffer }
) {
  const etag = `"${createHash('sm3').update(bytes).digest('base64url').slice(0, 22)}"`
  void reply
    .header('etag', etag)
    .header('cache-control', 'public, max-age=0, must-revalidate')
    .header('access-control-allow-origin', '*')
  if (request.headers['if-none-match'] === etag) return await reply.code(304).send()
  return await reply.type(type).send(bytes)
}
