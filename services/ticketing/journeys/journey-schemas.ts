// Journeys with changes, as a search answers them. Their legs are what an order's `legs` name.
import { Type } from 'typebox'
import { FenSchema } from '../../../clearing/money.ts'
import { Departure, DepartureSearch, Instant } from '../../timetable/timetable-schemas.ts'
import { contracts, departureId } from '../ticketing-schemas.ts'

export const JourneySearch = DepartureSearch
export type JourneySearch = Type.Static<typeof JourneySearch>

export const ConfirmRequest = Type.Object(
  {
    departure: departureId,
    seat: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: '指定的座位号' }))
  },
  { additionalProperties: false }
)
export type ConfirmRequest = Type.Static<typeof ConfirmRequest>

export const ShownProduct = Type.Object({
  code: Type.String(),
  name: Type.String(),
  contract: Type.Enum([...contracts]),
  fullFare: FenSchema
})

export const Journey = Type.Object({
  departsAt: Instant,
  arrivesAt: Instant,
  changes: Type.Integer({ description: '换乘次数' }),
  legs: Type.Array(Departure, { description: '各程，按乘车顺序；下单时 legs 填其 id、from.place、to.place' }),
  connectionMinutes: Type.Array(Type.Integer(), { description: '各次换乘的实际间隔（分钟）' }),
  fullFare: Type.Unsafe<number>({ ...FenSchema, description: '各程全票之和；有联程产品时以产品价为准' }),
  product: Type.Union([ShownProduct, Type.Null()], { description: '可用的联程产品' })
})
export type Journey = Type.Static<typeof Journey>
