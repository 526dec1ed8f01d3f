// A booked journey as the API shows it: what one journey number and one code stand for.
import { Type } from 'typebox'
import { ShownConnection } from '../connections/connection-schemas.ts'
import { PartnerLegSchema } from '../partner-legs/partner-leg-schemas.ts'
import { Order, Ride, Ticket } from '../ticketing-schemas.ts'

export const BookedJourney = Type.Object({
  journeyNumber: Type.String({ pattern: '^J[0-9]{15}$' }),
  contract: Order.properties.contract,
  legs: Type.Array(
    Type.Object({ leg: Type.Integer({ description: '第几程，从0起' }), ride: Ride, tickets: Type.Array(Ticket) }),
    { description: '各程，按乘车顺序；改签后为新班次，同一程旅客改乘不同班次时分列' }
  ),
  partnerLegs: Type.Array(
    Type.Object({
      ...PartnerLegSchema.properties,
      minutesShort: Type.Union([Type.Integer(), Type.Null()], {
        description: '本平台班次晚点后与合作程衔接差多少分钟；衔接得上为空。合作程按其承运人规定退票'
      })
    }),
    { description: '合作承运方的前程、后程' }
  ),
  connections: Type.Array(ShownConnection, { description: '中断的衔接：可免费改签的方案，及现在退票可得' })
})
export type BookedJourney = Type.Static<typeof BookedJourney>
