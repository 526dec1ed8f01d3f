// Changing a partner leg, as the API takes and shows it.
import { Type } from 'typebox'
import { FenSchema, SignedFenSchema, type Fen } from '../../../../clearing/money.ts'
import { orderStates } from '../../ticketing-schemas.ts'
import { PartnerLegSchema, PartnerOffer, sides } from '../partner-leg-schemas.ts'

const Due = Type.Unsafe<Fen>({ ...SignedFenSchema, description: '应补为正，应退为负（分）' })
const uuid = Type.String({ format: 'uuid' })

export const PartnerChangeTarget = Type.Object(
  {
    side: Type.Enum([...sides]),
    offer: Type.String({ minLength: 1, maxLength: 60, description: '同一合作方、同一区间的另一班次' })
  },
  { additionalProperties: false }
)
export type PartnerChangeTarget = Type.Static<typeof PartnerChangeTarget>

export const PartnerChangeQuote = Type.Object({
  offer: PartnerOffer,
  price: Type.Unsafe<Fen>({ ...FenSchema, description: '新班次票价合计' }),
  credit: Type.Unsafe<Fen>({ ...FenSchema, description: '原票退票所值' }),
  fee: Type.Unsafe<Fen>({ ...FenSchema, description: '原承运方按退票规定收取' }),
  due: Due
})
export type PartnerChangeQuote = Type.Static<typeof PartnerChangeQuote>

export const PartnerChangeRequest = Type.Object(
  { orderId: uuid, ...PartnerChangeTarget.properties, due: Due },
  { additionalProperties: false }
)
export type PartnerChangeRequest = Type.Static<typeof PartnerChangeRequest>

export const PartnerChange = Type.Object({
  id: uuid,
  orderId: uuid,
  state: Type.Enum([...orderStates], {
    description: 'LOCKED 待补款，CONFIRMING 等待承运方，ISSUED 已改签，CANCELLED 未成，原票仍有效'
  }),
  due: Due,
  leg: Type.Union([PartnerLegSchema, Type.Null()])
})
export type PartnerChange = Type.Static<typeof PartnerChange>
