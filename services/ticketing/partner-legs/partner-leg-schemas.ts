// Partner legs as the API takes and shows them: chosen by offer, quoted with their carrier's terms, shown inside the order.
import { Type } from 'typebox'
import { FenSchema } from '../../../clearing/money.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'

const closed = { additionalProperties: false } as const

export const sides = ['before', 'after'] as const
export type Side = (typeof sides)[number]
const SideSchema = Type.Enum([...sides], { description: 'before 在本平台各程之前，after 在其后' })

const PartnerCode = Type.String({ pattern: '^[a-z][a-z-]{1,19}$', description: '合作承运方代码' })

export const PartnerLegRequest = Type.Object(
  {
    side: SideSchema,
    partner: PartnerCode,
    offer: Type.String({ minLength: 1, maxLength: 60, description: '合作方班次标识，来自联程查询' })
  },
  closed
)
export type PartnerLegRequest = Type.Static<typeof PartnerLegRequest>

const PartnerPlace = Type.Object({ code: Type.String(), name: Type.String(), city: Type.String() })

/** The first tier whose time is not over applies; none means nothing comes back. */
const RefundTier = Type.Object({
  atLeastSeconds: Type.Integer({ description: '距开车至少多少秒' }),
  rate: Type.String({ description: '手续费占票价之比' })
})

export const PartnerOffer = Type.Object({
  id: Type.String(),
  partner: PartnerCode,
  carrier: Type.String(),
  mode: Type.Enum(['rail', 'air', 'coach', 'ferry']),
  number: Type.String(),
  from: PartnerPlace,
  to: PartnerPlace,
  departsAt: Instant,
  arrivesAt: Instant,
  fullFare: FenSchema,
  halfFare: FenSchema,
  placesLeft: Type.Integer(),
  refundTiers: Type.Array(RefundTier, { description: '旅客退票时合作方的手续费；全程未能出票时不收' }),
  remark: Type.String()
})
export type PartnerOffer = Type.Static<typeof PartnerOffer>

export const QuotedPartnerLeg = Type.Object({
  side: SideSchema,
  offer: PartnerOffer,
  fares: Type.Array(FenSchema, { description: '每位旅客的票价' }),
  terms: Type.String({ description: '购票前公示：退票手续费由谁承担' })
})
export type QuotedPartnerLeg = Type.Static<typeof QuotedPartnerLeg>

export const partnerLegStates = [
  'LOCKING',
  'LOCKED',
  'CONFIRMING',
  'CONFIRMED',
  'RETURNING',
  'CANCELLING',
  'CANCELLED'
] as const
export type PartnerLegState = (typeof partnerLegStates)[number]

export const partnerLegCauses = ['abandoned', 'expired', 'partner', 'local', 'lost', 'passenger', 'changed'] as const
export type PartnerLegCause = (typeof partnerLegCauses)[number]

export const PartnerLegSchema = Type.Object({
  side: SideSchema,
  offer: Type.Omit(PartnerOffer, ['placesLeft']),
  price: FenSchema,
  fares: Type.Array(FenSchema),
  state: Type.Enum([...partnerLegStates], {
    description: 'CONFIRMING 已付款，等待合作方出票；CONFIRMED 已出票；RETURNING 退票中；CANCELLED 已取消'
  }),
  cause: Type.Union([Type.Enum([...partnerLegCauses]), Type.Null()], {
    description:
      'partner 合作方未出票，local 本平台班次停运，lost 合作方出票后丢失，passenger 旅客退票，changed 已改签，expired 超时或取消'
  }),
  seats: Type.Array(Type.String(), { description: '各旅客的席位' }),
  tickets: Type.Array(Type.String(), { description: '各旅客的合作方客票号；未出票时为空' })
})
export type PartnerLeg = Type.Static<typeof PartnerLegSchema>

export const PartnerRefundRequest = Type.Object(
  {
    side: SideSchema,
    amount: Type.Unsafe<number>({ ...FenSchema, description: '所见退款额（分）；与现值不符则拒绝' })
  },
  closed
)
export type PartnerRefundRequest = Type.Static<typeof PartnerRefundRequest>

export const PartnerRefundQuote = Type.Object({ side: SideSchema, fee: FenSchema, amount: FenSchema })
export type PartnerRefundQuote = Type.Static<typeof PartnerRefundQuote>
