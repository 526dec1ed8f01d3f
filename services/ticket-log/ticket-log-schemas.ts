// The documents of the ticket log: heads, and proofs a passenger or auditor can keep and check without us.
import { Type, type Static } from 'typebox'
import { TicketNo } from '../ticketing/ticketing-schemas.ts'

const Hash = Type.String({ pattern: '^[0-9A-F]{64}$', description: '32 bytes of SM3, hexadecimal' })
const Count = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })

export const TicketLogHead = Type.Object({
  day: Type.String({ format: 'date', description: '签署日（上海） the day it was signed, in Shanghai' }),
  size: Type.Integer({ minimum: 0, description: '事件数 how many events it covers' }),
  root: Hash,
  signature: Type.String({
    pattern: '^[0-9A-F]{128}$',
    description: 'SM2 (r‖s) of the text ticket-log|day|size|root, user id 1234567812345678'
  }),
  signedAt: Type.String({ format: 'date-time' })
})
export type TicketLogHead = Static<typeof TicketLogHead>

export const LoggedEvent = Type.Object({
  ticketNo: TicketNo,
  event: Type.String(),
  state: Type.String(),
  at: Type.String({ description: 'UTC, to the microsecond' }),
  by: Type.String({ description: '操作者角色 the role that did it' }),
  detail: Type.String(),
  salt: Type.String({ pattern: '^[0-9A-F]{32}$' })
})
export type LoggedEvent = Static<typeof LoggedEvent>

export const TicketProof = Type.Object({
  format: Type.Literal('ticket-log-proof/1'),
  head: TicketLogHead,
  events: Type.Array(
    Type.Object({ ...LoggedEvent.properties, position: Count, path: Type.Array(Hash, { maxItems: 64 }) })
  ),
  waiting: Type.Integer({
    minimum: 0,
    description: '尚未纳入已签日志头的事件数 events that no signed head covers yet; ask again in a minute'
  })
})
export type TicketProof = Static<typeof TicketProof>

export const ConsistencyProof = Type.Object({
  format: Type.Literal('ticket-log-consistency/1'),
  before: TicketLogHead,
  after: TicketLogHead,
  path: Type.Array(Hash, { maxItems: 64 })
})
export type ConsistencyProof = Static<typeof ConsistencyProof>
