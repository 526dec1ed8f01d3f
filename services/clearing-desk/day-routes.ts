// /v1/clearing/days: a clearing day, what it came to, what was published of it, and the three steps of its night.
import { Type, type TSchema } from 'typebox'
import { describeError } from '../../clearing/card-files/error-codes.ts'
import { BusinessDaySchema, parseDay, type BusinessDay } from '../../clearing/business-day.ts'
import { refuse } from '../../clearing/refusals.ts'
import { findDay } from '../../clearing/settlement/clearing-day-queries.ts'
import { closeDay } from '../../clearing/settlement/close-day.ts'
import { settleDay } from '../../clearing/settlement/settle-day.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import {
  countRejectsByCode,
  listDeskDays,
  listDeskFiles,
  listDeskPositions,
  listDeskPublished,
  listDeskTotals
} from './clearing-desk-queries.ts'
import { DeskDay, DeskFile, Position, Published, RejectCount, Total } from './clearing-desk-schemas.ts'

const tags = ['清分台 Clearing desk']
const config = { permit: 'read-clearing' } as const
const params = Type.Object({ day: BusinessDaySchema })
const filesShownMax = 1000

export function dayRoutes(app: App, parts: Parts): void {
  overviewOfDays(app, parts)
  detailsOfDay(app, parts)
  stepsOfNight(app, parts)
  publication(app, parts)
}

function overviewOfDays(app: App, { sql }: Parts): void {
  app.get(
    '/v1/clearing/days',
    {
      config,
      schema: {
        tags,
        summary: '清算日列表 Clearing days, the latest first',
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 400, default: 31 }) }),
        response: { 200: Type.Array(DeskDay) }
      }
    },
    async ({ query }) => await listDeskDays(sql, query.limit)
  )

  app.get(
    '/v1/clearing/days/:day',
    { config, schema: { tags, summary: '清算日 One clearing day', params, response: { 200: DeskDay, ...missing() } } },
    async ({ params }) => {
      const [day] = await listDeskDays(sql, 1, dayOf(params))
      if (!day) throw refuse('clearing-day-not-found', { day: params.day })
      return day
    }
  )
}

interface DayList {
  summary: string
  row: TSchema
  list: (day: BusinessDay) => Promise<unknown[]>
}

/** /v1/clearing/days/:day/files and its like: all of them lists that belong to a day. */
function detailsOfDay(app: App, { sql }: Parts): void {
  const dayList = (part: string, { summary, row, list }: DayList): void => {
    const schema = { tags, summary, params, response: { 200: Type.Array(row), ...missing() } }
    app.get(`/v1/clearing/days/:day/${part}`, { config, schema }, async ({ params }, reply) => {
      const day = dayOf(params)
      if (!(await findDay(sql, day))) throw refuse('clearing-day-not-found', { day })
      return reply.send(await list(day))
    })
  }

  dayList('files', {
    summary: '当日文件 Files taken into the day',
    row: DeskFile,
    list: async (day) => await listDeskFiles(sql, { day, limit: filesShownMax })
  })
  dayList('rejects', {
    summary: '拒绝原因统计 Rejected lines by reason',
    row: RejectCount,
    list: async (day) => (await countRejectsByCode(sql, { day })).map(withText)
  })
  dayList('positions', {
    summary: '轧差额 Net positions',
    row: Position,
    list: async (day) => await listDeskPositions(sql, day)
  })
  dayList('totals', {
    summary: '按收单、发卡、业务汇总 Totals by acquirer, issuer and service, price against charged amount',
    row: Total,
    list: async (day) => await listDeskTotals(sql, day)
  })
  dayList('published', {
    summary: '已发布的结算文件 Published files',
    row: Published,
    list: async (day) => await listDeskPublished(sql, { day })
  })
}

function stepsOfNight(app: App, { sql, context, clock, queue }: Parts): void {
  app.post(
    '/v1/clearing/days/:day/close',
    {
      config: { permit: 'run-clearing-day' },
      schema: {
        tags,
        summary: '日切 Close the day before its cut',
        params,
        response: { 200: DeskDay, ...missing('earlier-day-open') }
      }
    },
    async ({ params }) => {
      const day = dayOf(params)
      await closeDay(context, day, clock())
      queue.hint('settle-day', day)
      return (await listDeskDays(sql, 1, day))[0]!
    }
  )

  app.post(
    '/v1/clearing/days/:day/settle',
    {
      config: { permit: 'run-clearing-day' },
      schema: {
        tags,
        summary: '结算 Settle a closed day',
        params,
        response: { 200: DeskDay, ...missing(...settleRefusals) }
      }
    },
    async ({ params }) => {
      const day = dayOf(params)
      await settleDay(context, day, clock())
      queue.hint('publish-day', day)
      return (await listDeskDays(sql, 1, day))[0]!
    }
  )
}

function publication(app: App, { sql, queue }: Parts): void {
  app.post(
    '/v1/clearing/days/:day/publish',
    {
      config: { permit: 'run-clearing-day' },
      schema: {
        tags,
        summary: '发布 Publish a settled day; a worker does it, /v1/clearing/progress shows how far it is',
        params,
        response: { 202: DeskDay, ...missing('clearing-day-not-settled') }
      }
    },
    async ({ params }, reply) => {
      const day = dayOf(params)
      const [row] = await listDeskDays(sql, 1, day)
      if (!row) throw refuse('clearing-day-not-found', { day })
      if (row.settledAt === null) throw refuse('clearing-day-not-settled', { day })
      queue.hint('publish-day', day)
      return reply.code(202).send(row)
    }
  )
}

const settleRefusals = [
  'clearing-day-not-closed',
  'earlier-day-open',
  'agreement-missing',
  'settlement-sums-differ',
  'ledger-unbalanced'
] as const

function missing(...more: Parameters<typeof problems>) {
  return problems('day-malformed', 'clearing-day-not-found', ...more)
}

/** The pattern of the schema lets 2024-02-30 through; the calendar does not. */
export function dayOf({ day }: { day: string }): BusinessDay {
  const parsed = parseDay(day)
  if (parsed === null) throw refuse('day-malformed', { day })
  return parsed
}

export function withText({ code, count }: { code: string; count: number }) {
  const text = describeError(code)
  return { code, text: text?.chinese ?? code, textEn: text?.english ?? code, count }
}
