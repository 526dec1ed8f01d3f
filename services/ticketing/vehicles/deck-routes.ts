// GET /v1/departures/{id}/deck: which vehicles a sailing carries, what each pays, and how much of its deck is left.
import { Type } from 'typebox'
import { FenSchema } from '../../../clearing/money.ts'
import { Id, PlaceCode } from '../../network/network-schemas.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { findOffer } from '../../timetable/departure-queries.ts'
import { findDeckFares, findDeckLeft } from './deck-queries.ts'
import { VehicleKindSchema } from './vehicle-schemas.ts'

const Deck = Type.Object({
  departure: Type.Integer(),
  fares: Type.Array(
    Type.Object({
      kind: VehicleKindSchema,
      lengthCmMax: Type.Integer({ description: '适用车长上限（厘米）' }),
      fare: FenSchema,
      sampleFare: Type.Boolean({ description: '示例票价' })
    }),
    { description: '按车型、车长；不载车辆的班次为空' }
  ),
  left: Type.Object(
    { vehicles: Type.Integer(), laneCm: Type.Integer(), newEnergy: Type.Integer(), dangerousGoods: Type.Integer() },
    { description: '余车位、余车道长度（厘米）、新能源车与危险货物车余额；下单时以占位结果为准' }
  )
})

export function deckRoutes(app: App, { sql }: Parts): void {
  app.get(
    '/v1/departures/:id/deck',
    {
      config: { permit: 'anyone' },
      schema: {
        tags: ['班次 Timetable'],
        summary: '车辆舱 The car deck of a sailing',
        params: Type.Object({ id: Type.Integer({ ...Id }) }),
        querystring: Type.Object({ from: PlaceCode, to: PlaceCode }),
        response: { 200: Deck, ...problems('departure-not-found') }
      }
    },
    async ({ params: { id: departure }, query: { from, to } }) => {
      const offer = await findOffer(sql, { departure, from, to })
      if (!offer) throw refuse('departure-not-found')
      const [fares, left] = await Promise.all([findDeckFares(sql, offer), findDeckLeft(sql, departure)])
      return { departure, fares, left }
    }
  )
}
