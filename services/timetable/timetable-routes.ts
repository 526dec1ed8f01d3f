// GET /v1/departures: what runs between two places on a day, with fares and places left, from memory while that is fresh enough.
import { Type } from 'typebox'
import type { App, Parts } from '../parts.ts'
import { listDepartures } from './departure-queries.ts'
import { headersOf, matchesEntityTag, openDepartureSearch } from './departure-search.ts'
import { Departure, DepartureSearch } from './timetable-schemas.ts'

export function timetableRoutes(app: App, { sql, clock }: Parts): void {
  const search = openDepartureSearch(async (question, now) => await listDepartures(sql, question, now))
  app.get(
    '/v1/departures',
    {
      config: { permit: 'anyone' },
      // Lines of log for every search would be most of the log and a good part of a search's cost.
      logLevel: 'warn',
      schema: {
        tags: ['班次 Timetable'],
        summary: '查询班次 Search departures',
        description:
          '汽车与船班一并返回；尚未开出而不能购买的也返回，`notOnSale` 说明原因。结果来自缓存：`Age` 为已存在的秒数（最多 30 秒），余票、票价与能否购买以报价为准；带 `If-None-Match` 而结果未变时返回 304。',
        querystring: DepartureSearch,
        headers: Type.Object({
          'if-none-match': Type.Optional(Type.String({ maxLength: 400, description: '上次结果的 `ETag`' }))
        }),
        response: { 200: Type.Array(Departure), 304: Type.Null({ description: '与所持结果相同' }) }
      }
    },
    async ({ query, headers }, reply) => {
      const now = clock()
      const question = { from: query.from.trim(), to: query.to.trim(), day: query.day }
      const answer = await search.answer(question, now)
      void reply.headers(headersOf(answer, now))
      if (matchesEntityTag(headers['if-none-match'], answer.entityTag)) return reply.code(304).send(null)
      void reply.type('application/json; charset=utf-8')
      return reply.send(answer.body as never)
    }
  )
}
