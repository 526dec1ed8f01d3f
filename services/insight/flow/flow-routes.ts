// /v1/flow: what people's taps and used coupons say about where and when they travel. No cell below ten ever leaves.
import { Type, type TSchema } from 'typebox'
import { BusinessDaySchema, type BusinessDay } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { dayOf } from '../../clearing-desk/day-routes.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { csvOf } from './flow-csv.ts'
import {
  listBoardings,
  listDiscounts,
  listFlowDays,
  listLoads,
  listOperations,
  listPairs,
  listZoneJourneys,
  requestAnalysis,
  type FlowFilter
} from './flow-queries.ts'
import {
  Boarding,
  DiscountUse,
  FlowDaySchema,
  FlowFilterSchema,
  Load,
  Operation,
  Pair,
  shown,
  TerminalRow,
  ZoneJourney
} from './flow-schemas.ts'
import { laySites } from './network-queries.ts'
import { suppressSmall } from './suppression-rules.ts'

const tags = ['客流分析 Passenger flow']
const config = { permit: 'read-insight' } as const
const params = Type.Object({ day: BusinessDaySchema })

export function flowRoutes(app: App, parts: Parts): void {
  dayRoutes(app, parts)
  partRoutes(app, parts)
  operationRoute(app, parts)
  terminalRoute(app, parts)
}

function dayRoutes(app: App, { sql, clock, queue }: Parts): void {
  app.get(
    '/v1/flow/days',
    { config, schema: { tags, summary: '已分析的日子 Analysed days', response: { 200: Type.Array(FlowDaySchema) } } },
    async (_request, reply) => reply.send(await listFlowDays(sql))
  )

  app.post(
    '/v1/flow/days/:day/analysis',
    {
      config: { permit: 'run-insight' },
      schema: {
        tags,
        summary: '请求重新分析一日，由后台完成 Ask for a day to be analysed again; the worker does it',
        params,
        response: { 202: Type.Null({ description: '已登记 noted' }), ...problems('day-malformed') }
      }
    },
    async ({ params }, reply) => {
      const day = dayOf(params)
      await transaction(sql, async (tx) => await requestAnalysis(tx, day, clock()))
      queue.hint('analyse-flow', `travelled/${day}`)
      return await reply.code(202).send(null)
    }
  )
}

interface Part {
  summary: string
  row: TSchema
  list: (day: BusinessDay, filter: FlowFilter) => Promise<readonly object[]>
  /** Whose people a cell counts; null for a table of vehicles. */
  counts: string
}

function partRoutes(app: App, { sql }: Parts): void {
  const part = (name: string, { summary, row, list, counts }: Part): void => {
    app.get(
      `/v1/flow/days/:day/${name}`,
      {
        config,
        schema: {
          tags,
          summary: `${summary}; format=csv for a file`,
          params,
          querystring: FlowFilterSchema,
          response: { 200: shown(row), ...problems('day-malformed', 'flow-day-not-found') }
        }
      },
      async ({ params, query }, reply) => {
        const day = dayOf(params)
        if ((await listFlowDays(sql, day)).length === 0) throw refuse('flow-day-not-found', { day })
        const found = await list(day, query)
        const answer = suppressSmall(found, (cell) => (cell as Record<string, number>)[counts]!)
        if (query.format !== 'csv') return await reply.send(answer)
        return await reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="flow-${name}-${day}.csv"`)
          // The compiled answer is JSON's; a file goes as it is.
          .serializer((text: string) => text)
          .send(csvOf(answer.rows) as never)
      }
    )
  }

  part('boardings', {
    summary: '进出站与上车，按站点与一刻钟 Entries, exits and boardings by place and quarter hour',
    row: Boarding,
    counts: 'taps',
    list: async (day, filter) => await listBoardings(sql, day, filter)
  })
  part('pairs', {
    summary: '起讫点 Origins and destinations',
    row: Pair,
    counts: 'rides',
    list: async (day, filter) => await listPairs(sql, day, filter)
  })
  part('journeys', {
    summary: '分区出行 Whole journeys by zone and modes',
    row: ZoneJourney,
    counts: 'journeys',
    list: async (day, filter) => await listZoneJourneys(sql, day, filter)
  })
  part('loads', {
    summary: '断面客流（全日或一小时） Passengers between stops, of the day or of an hour',
    row: Load,
    counts: 'passengers',
    list: async (day, filter) => await listLoads(sql, day, filter)
  })
  part('discounts', {
    summary: '各线优惠使用 Discounts by line',
    row: DiscountUse,
    counts: 'taps',
    list: async (day) => await listDiscounts(sql, day)
  })
}

function operationRoute(app: App, { sql }: Parts): void {
  app.get(
    '/v1/flow/operations/:day',
    {
      config,
      schema: {
        tags,
        summary: '运行与时刻表 Coaches and ferries against their timetable',
        params,
        response: { 200: Type.Array(Operation), ...problems('day-malformed') }
      }
    },
    async ({ params }, reply) => reply.send(await listOperations(sql, dayOf(params)))
  )
}

function terminalRoute(app: App, { sql }: Parts): void {
  app.put(
    '/v1/flow/networks/:network/terminals',
    {
      config: { permit: 'run-insight' },
      schema: {
        tags,
        summary: '登记终端位置 Say where terminals are; rows whose line or place is unknown are answered and left out',
        params: Type.Object({ network: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }) }),
        body: Type.Array(TerminalRow, { minItems: 1, maxItems: 2000 }),
        response: { 200: Type.Object({ laid: Type.Integer(), refused: Type.Array(Type.Integer()) }) }
      }
    },
    async ({ params, body }) => {
      const rows = body.map(({ terminal, line, place, vehicle }) => ({
        terminal,
        line,
        place: place ?? null,
        vehicle: vehicle ?? null
      }))
      const refused = await transaction(sql, async (tx) => await laySites(tx, params.network, rows))
      return { laid: rows.length - refused.length, refused }
    }
  )
}
