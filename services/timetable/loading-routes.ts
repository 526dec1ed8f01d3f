// /v1/departures/{id}/loading-stations: each loading station of a departure with its own time, gate and state, which its clerks set.
import { Type } from 'typebox'
import { transaction, type Database } from '../../clearing/database.ts'
import { findPlaceId } from '../network/network-queries.ts'
import { Id, PlaceCode } from '../network/network-schemas.ts'
import type { App, Parts } from '../parts.ts'
import { problems } from '../problem.ts'
import { refuse } from '../refusals.ts'
import {
  changeLoadingStation,
  findLoadingStations,
  hasGate,
  lockLoadingState,
  type LoadingChange
} from './loading-queries.ts'
import { LoadingState, LoadingStation } from './timetable-schemas.ts'

const tags = ['班次 Timetable']

export function loadingRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/departures/:id/loading-stations',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '配载站 Loading stations of a departure',
        params: Type.Object({ id: Id }),
        response: { 200: Type.Array(LoadingStation) }
      }
    },
    async ({ params }) => await findLoadingStations(sql, params.id)
  )

  app.put(
    '/v1/departures/:id/loading-stations/:place',
    {
      config: { permit: 'run-loading-station' },
      schema: {
        tags,
        summary: '设定配载站的状态与检票口 Set the state and the gate of a loading station',
        description: '本站停售、停班只影响在本站上车的旅客。已发班或已取消的不能再改。',
        params: Type.Object({ id: Id, place: PlaceCode }),
        body: Type.Object(
          { state: LoadingState, gate: Type.Union([Type.Integer({ minimum: 1, maximum: 999 }), Type.Null()]) },
          { additionalProperties: false }
        ),
        response: {
          200: Type.Array(LoadingStation),
          ...problems('place-not-found', 'loading-station-not-found', 'loading-station-closed', 'gate-not-found')
        }
      }
    },
    async ({ params, body }) => {
      const place = await findPlaceId(sql, params.place)
      await setLoadingStation(sql, { departure: params.id, place, ...body })
      return await findLoadingStations(sql, params.id)
    }
  )
}

/** Throws the refusals loading-station-not-found, loading-station-closed and gate-not-found. */
async function setLoadingStation(sql: Database, change: LoadingChange): Promise<void> {
  await transaction(sql, async (tx) => {
    const before = await lockLoadingState(tx, change)
    if (before === null) throw refuse('loading-station-not-found')
    if (before === 'DISPATCHED' || before === 'CANCELLED') throw refuse('loading-station-closed')
    if (change.gate !== null && !(await hasGate(tx, change.place, change.gate))) throw refuse('gate-not-found')
    await changeLoadingStation(tx, change)
  })
}
