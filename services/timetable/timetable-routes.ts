// GET /v1/departures: what runs between two places on a day, with fares and places left.
import { Type } from 'typebox'
import type { App, Parts } from '../parts.ts'
import { searchDepartures } from './departure-queries.ts'
import { Departure, DepartureSearch } from './timetable-schemas.ts'

export function timetableRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/departures',
    {
      config: { permit: 'anyone' },
      schema: {
        tags: ['班次 Timetable'],
        summary: '查询班次 Search departures',
        querystring: DepartureSearch,
        response: { 200: Type.Array(Departure) }
      }
    },
    async ({ query }) => {
      const { from, to, day } = query
      return await searchDepartures(sql, { from: from.trim(), to: to.trim(), day }, clock())
    }
  )
}
