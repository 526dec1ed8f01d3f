// What was paid in cash and must be handed back at a window after a disruption, as the API shows and takes it.
import { Type } from 'typebox'
import { FenSchema } from '../../../clearing/money.ts'
import { DocumentSchema, ShownIdentity } from '../../identity/identity-schemas.ts'
import { Id, PlaceCode } from '../../network/network-schemas.ts'
import { legsMax, passengersMax, TicketNo } from '../../ticketing/ticketing-schemas.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { closed } from '../station-schemas.ts'

export const WaitingRefund = Type.Object({
  ticketNo: TicketNo,
  orderId: Type.String({ format: 'uuid' }),
  departure: Id,
  lineName: Type.String(),
  departsAt: Instant,
  place: PlaceCode,
  passenger: ShownIdentity,
  amount: FenSchema,
  /** Whose document it takes; a child without one goes with anybody of the order. */
  ownDocument: Type.Boolean({ description: '须出示本人证件；免证儿童随同一订单的旅客' }),
  stoppedAt: Instant,
  cause: Type.String()
})
export type WaitingRefund = Type.Static<typeof WaitingRefund>

export const WaitingRefunds = Type.Object({
  tickets: Type.Integer({ description: '待付票数，不限于列出的' }),
  amount: FenSchema,
  refunds: Type.Array(WaitingRefund)
})

const Documents = Type.Array(DocumentSchema, { minItems: 1, maxItems: passengersMax })

export const WaitingSearch = Type.Object({ documents: Documents }, closed)

export const CashRefundRequest = Type.Object(
  {
    tickets: Type.Array(TicketNo, { minItems: 1, maxItems: passengersMax * legsMax, uniqueItems: true }),
    documents: Documents,
    amount: Type.Unsafe<number>({ ...FenSchema, description: '所见退款总额（分）；与现值不符则拒绝' })
  },
  closed
)
export type CashRefundRequest = Type.Static<typeof CashRefundRequest>
