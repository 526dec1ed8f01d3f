// What is free on a departure: its seat map and its car deck; and a smaller vehicle in its place.
import { Type } from 'typebox'
import { sessionOf } from '../../access/require-permit.ts'
import { Id, PlaceCode } from '../../network/network-schemas.ts'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { findOffer } from '../../timetable/departure-queries.ts'
import { couponStates } from '../coupon-rules.ts'
import { viewerOf } from '../show-order.ts'
import { TicketNo } from '../ticketing-schemas.ts'
import { deckRoutes } from '../vehicles/deck-routes.ts'
import { replaceVehicle } from './replace-vehicle.ts'
import { findSeats } from './seat-queries.ts'

const tags = ['座位 Seats']
const byDeparture = Type.Object({ id: Type.Integer({ ...Id }) })

const SeatMap = Type.Object({
  departure: Type.Integer(),
  seats: Type.Array(
    Type.Object({
      number: Type.Integer(),
      state: Type.Enum(['free', 'taken', 'closed'], { description: 'free 可售，taken 已占，closed 配载留座或停用' })
    }),
    { description: '按座位号；无座号的班次（船、流水班）为空' }
  )
})

const LostSeatShown = Type.Object({
  ticketNo: TicketNo,
  state: Type.Enum([...couponStates]),
  seat: Type.Integer(),
  movedTo: Type.Union([Type.Integer(), Type.Null()])
})
const Replaced = Type.Object({
  moved: Type.Array(LostSeatShown, { description: '已换座' }),
  toRebook: Type.Array(LostSeatShown, { description: '无座可换，待改乘或全额退票' })
})

export function seatRoutes(app: App, parts: Parts): void {
  const { sql, clock } = parts
  deckRoutes(app, parts)

  app.get(
    '/v1/departures/:id/seats',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '座位图 The seats for a stretch',
        params: byDeparture,
        querystring: Type.Object({ from: PlaceCode, to: PlaceCode }),
        response: { 200: SeatMap, ...problems('departure-not-found') }
      }
    },
    async ({ params: { id: departure }, query: { from, to } }) => {
      const offer = await findOffer(sql, { departure, from, to })
      if (!offer) throw refuse('departure-not-found')
      const seats = await findSeats(sql, offer, clock())
      const shown = seats.map(({ number, taken, closed }) => {
        const state: 'taken' | 'closed' | 'free' = taken ? 'taken' : closed ? 'closed' : 'free'
        return { number, state }
      })
      return { departure, seats: shown }
    }
  )

  app.put(
    '/v1/departures/:id/vehicle',
    {
      config: { permit: 'run-timetable' },
      schema: {
        tags,
        summary: '换小车 A smaller vehicle: the last seats are moved or listed for rebooking',
        params: byDeparture,
        body: Type.Object({ places: Type.Integer({ minimum: 1, maximum: 200 }) }, { additionalProperties: false }),
        response: { 200: Replaced, ...problems('departure-without-seats') }
      }
    },
    async (request) => {
      const { owner: actor } = viewerOf(sessionOf(request))
      const wanted = { departure: request.params.id, places: request.body.places, actor }
      return await replaceVehicle(sql, wanted, clock())
    }
  )
}
