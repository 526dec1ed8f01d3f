// Journeys with changes, as a search answers them. Their legs are what an order's `legs` name.
import { Type } from 'typebox'
import { FenSchema } from '../../../clearing/money.ts'
import { PlaceCode } from '../../network/network-schemas.ts'
import { CabinCode, Departure, DepartureSearch, Instant } from '../../timetable/timetable-schemas.ts'
import { PartnerOffer } from '../partner-legs/partner-leg-schemas.ts'
import { contracts, departureId } from '../ticketing-schemas.ts'

export const JourneySearch = DepartureSearch
export const JourneyQuery = Type.Object({
  ...JourneySearch.properties,
  partners: Type.Optional(Type.Boolean({ default: false, description: '也查合作承运方（铁路、外省客运）的接续' }))
})
export type JourneySearch = Type.Static<typeof JourneySearch>

export const ConfirmRequest = Type.Object(
  {
    departure: departureId,
    seat: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: '指定的座位号' })),
    cabin: Type.Optional(Type.Unsafe<string>({ ...CabinCode, description: '舱位等级；票价不得高于所付' }))
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

export const ProductInForce = Type.Object({
  code: Type.String(),
  name: Type.String(),
  kind: Type.Enum(['through', 'return'], { description: 'through 联程，return 往返' }),
  contract: Type.Enum([...contracts]),
  discount: Type.Unsafe<number>({ ...FenSchema, description: '较各程全票之和的优惠（分）' }),
  openDays: Type.Union([Type.Integer(), Type.Null()], { description: '返程不定班次时的有效天数；不可不定为空' }),
  sample: Type.Boolean({ description: '示例产品' }),
  legs: Type.Array(
    Type.Object({
      line: Type.String(),
      from: PlaceCode,
      fromName: Type.String(),
      to: PlaceCode,
      toName: Type.String()
    })
  )
})

export const Journey = Type.Object({
  departsAt: Instant,
  arrivesAt: Instant,
  changes: Type.Integer({ description: '换乘次数' }),
  legs: Type.Array(Departure, { description: '各程，按乘车顺序；下单时 legs 填其 id、from.place、to.place' }),
  partnerLegs: Type.Array(Type.Object({ side: Type.Enum(['before', 'after']), offer: PartnerOffer }), {
    description: '合作承运方的前程、后程；下单时 partnerLegs 填其 side、offer.partner、offer.id'
  }),
  connectionMinutes: Type.Array(Type.Integer(), { description: '各次换乘的实际间隔（分钟）' }),
  fullFare: Type.Unsafe<number>({ ...FenSchema, description: '各程全票之和；有联程产品时以产品价为准' }),
  product: Type.Union([ShownProduct, Type.Null()], { description: '可用的联程产品' })
})
export type Journey = Type.Static<typeof Journey>
