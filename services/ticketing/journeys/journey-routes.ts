// GET /v1/journeys: from anywhere to anywhere by bus and ferry, with changes.
import { Type } from 'typebox'
import type { App, Parts } from '../../parts.ts'
import { Journey, JourneySearch } from './journey-schemas.ts'
import { searchJourneys } from './search-journeys.ts'

export function journeyRoutes(app: App, { sql, clock }: Parts): void {
  app.get(
    '/v1/journeys',
    {
      config: { permit: 'anyone' },
      schema: {
        tags: ['班次 Timetable'],
        summary: '查询联程 Journeys with one or two changes',
        description: '汽车与船班的换乘方案，换乘时间不少于规定的最短衔接时间；只列还有余票的班次。',
        querystring: JourneySearch,
        response: { 200: Type.Array(Journey) }
      }
    },
    async ({ query: { from, to, day } }) =>
      await searchJourneys(sql, { from: from.trim(), to: to.trim(), day }, clock())
  )
}
