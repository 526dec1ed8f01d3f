// GET /v1/places/{code}/departures: the board of a station or port, for whoever stands at its gates.
import { Type } from 'typebox'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { findPlaceId } from '../network/network-queries.ts'
import { Mode, PlaceCode } from '../network/network-schemas.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { findDeparturesOf } from './place-departure-queries.ts'
import { DepartureKind, departureStates, Instant } from './timetable-schemas.ts'

const PlaceDeparture = Type.Object({
  id: Type.Integer(),
  number: Type.String({ description: '班次号' }),
  mode: Mode,
  kind: DepartureKind,
  state: Type.Enum([...departureStates], { description: '在本站的状态' }),
  gate: Type.Union([Type.Integer(), Type.Null()], { description: '检票口，未定为空' }),
  departsAt: Instant,
  toName: Type.String({ description: '终点' })
})

export function placeDepartureRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/places/:code/departures',
    {
      config: { permit: 'anyone' },
      schema: {
        tags: ['班次 Timetable'],
        summary: '本站班次 What leaves a place on a day',
        params: Type.Object({ code: PlaceCode }),
        querystring: Type.Object({
          day: Type.Unsafe<BusinessDay>(Type.String({ format: 'date', description: '日期（北京时间）' }))
        }),
        response: { 200: Type.Array(PlaceDeparture), ...problems('place-not-found') }
      }
    },
    async ({ params, query }) => await findDeparturesOf(sql, await findPlaceId(sql, params.code), query.day)
  )
}
