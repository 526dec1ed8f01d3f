// A broken connection as an order and a journey show it, and what a passenger may choose.
import { Type } from 'typebox'
import { FenSchema } from '../../../clearing/money.ts'
import { Id, PlaceCode } from '../../network/network-schemas.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'

export const connectionStates = ['OPEN', 'RESUMED', 'REBOOKED', 'REFUNDED', 'CLOSED'] as const
export type ConnectionState = (typeof connectionStates)[number]

export const ConnectionChoice = Type.Object({
  arrivesAt: Instant,
  legs: Type.Array(
    Type.Object({
      leg: Type.Integer(),
      departure: Type.Integer(),
      number: Type.String(),
      from: PlaceCode,
      fromName: Type.String(),
      to: PlaceCode,
      toName: Type.String(),
      departsAt: Instant,
      arrivesAt: Instant
    })
  )
})
export type ConnectionChoice = Type.Static<typeof ConnectionChoice>

const TicketNumbers = Type.Array(Type.String({ description: '客票号' }))

export const BrokenConnectionSchema = Type.Object({
  id: Type.String({ format: 'uuid' }),
  state: Type.Enum([...connectionStates], {
    description: 'OPEN 待选择；RESUMED 已恢复，原票照用；REBOOKED 已改签；REFUNDED 已退；CLOSED 已另行处理'
  }),
  leg: Type.Integer({ description: '不能按原计划乘坐的第一程，从0起' }),
  cause: Type.Enum(['delayed', 'cancelled'], { description: 'delayed 前程晚点，衔接不上；cancelled 班次停运' }),
  minutesShort: Type.Union([Type.Integer(), Type.Null()], { description: '差多少分钟' }),
  passengers: Type.Array(Type.Integer()),
  tickets: { ...TicketNumbers, description: '受影响而暂停使用的客票' },
  brokenAt: Instant,
  choices: Type.Array(ConnectionChoice, { description: '可免费改签的后续班次，先到者在前' })
})
export type BrokenConnection = Type.Static<typeof BrokenConnectionSchema>

export const ShownConnection = Type.Object({
  ...BrokenConnectionSchema.properties,
  refund: Type.Union([Type.Object({ tickets: TicketNumbers, fee: FenSchema, amount: FenSchema }), Type.Null()], {
    description: '现在退票可得：全程合同（THROUGH）退全部未乘各程，不收手续费；分程合同（COMBINED）按各承运人规定'
  })
})
export type ShownConnection = Type.Static<typeof ShownConnection>

export const ConnectionDecision = Type.Union(
  [
    Type.Object(
      {
        rebook: Type.Array(Type.Integer({ ...Id }), {
          minItems: 1,
          maxItems: 4,
          description: '所选方案各程的班次，依次为 choices[].legs[].departure'
        })
      },
      { additionalProperties: false }
    ),
    Type.Object(
      { refund: Type.Unsafe<number>({ ...FenSchema, description: '所见退款总额（分）；与现值不符则拒绝' }) },
      { additionalProperties: false }
    )
  ],
  { description: '改签到所列方案之一，或退票' }
)
export type ConnectionDecision = Type.Static<typeof ConnectionDecision>
