// Subscriptions and deliveries as the API takes and shows them, and the message a channel receives.
import { Type } from 'typebox'
import { couponStates } from '../../ticketing/coupon-rules.ts'
import { TicketNo } from '../../ticketing/ticketing-schemas.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { webhookEventNames } from './webhook-rules.ts'

const closed = { additionalProperties: false } as const
const EventName = Type.Enum(webhookEventNames, { description: '售出、改签、退票、检票' })
const EventId = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })

export const WebhookRequest = Type.Object(
  {
    url: Type.String({ maxLength: 500, format: 'uri', description: '公网 https 地址' }),
    events: Type.Array(EventName, { minItems: 1, maxItems: webhookEventNames.length, uniqueItems: true })
  },
  closed
)

export const Webhook = Type.Object({
  id: Type.String({ format: 'uuid' }),
  url: Type.String(),
  events: Type.Array(EventName),
  state: Type.Enum(['active', 'paused', 'ended'], { description: 'ended：对方答复 410 或已取消' }),
  createdAt: Instant,
  waiting: Type.Integer({ description: '尚未送达的条数' })
})
export type Webhook = Type.Static<typeof Webhook>

export const Delivery = Type.Object({
  id: Type.Integer(),
  event: Type.Integer({ description: '事件号，同 webhook-id' }),
  ticketNo: TicketNo,
  ticketEvent: Type.String(),
  state: Type.Enum(['waiting', 'delivered', 'given-up']),
  attempts: Type.Integer(),
  nextAttemptAt: Instant,
  deliveredAt: Type.Union([Instant, Type.Null()]),
  answer: Type.String({ description: '对方的状态码，或未送达的原因' })
})
export type Delivery = Type.Static<typeof Delivery>

export const ReplayRequest = Type.Object(
  {
    ticketNo: Type.Optional(TicketNo),
    fromEvent: Type.Optional(Type.Unsafe<number>({ ...EventId, description: '自此事件号起重发' }))
  },
  closed
)

/** What is posted to the channel's address. */
export const WebhookMessage = Type.Object({
  id: EventId,
  type: EventName,
  at: Instant,
  ticketNo: TicketNo,
  orderId: Type.String({ format: 'uuid' }),
  event: Type.String({ description: '客票履历中的事件' }),
  state: Type.Enum([...couponStates])
})
export type WebhookMessage = Type.Static<typeof WebhookMessage>
