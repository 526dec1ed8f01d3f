// Disruptions as the API takes and shows them: one command, its preview, and how far it is.
import { Type } from 'typebox'
import { FenSchema } from '../../../clearing/money.ts'
import { Id, PlaceCode } from '../../network/network-schemas.ts'
import { overruleCodes } from '../../ticketing/changes/overrule-rules.ts'
import { TicketNo } from '../../ticketing/ticketing-schemas.ts'
import { departureStates, Instant } from '../../timetable/timetable-schemas.ts'
import { closed, Uuid } from '../station-schemas.ts'

export const disruptionKinds = [
  'DELAY',
  'CANCEL',
  'MERGE',
  'UNDO_MERGE',
  'REPLACE',
  'SUSPEND',
  'RESUME',
  'MISS'
] as const
export const DisruptionKind = Type.Enum([...disruptionKinds], {
  description:
    'DELAY 晚点，CANCEL 停班，MERGE 并班，UNDO_MERGE 撤销并班，REPLACE 换车（小车），SUSPEND 停航（可恢复），RESUME 复航，MISS 脱班'
})
export type DisruptionKind = Type.Static<typeof DisruptionKind>

export const departuresMax = 1000

export const DisruptionRequest = Type.Object(
  {
    kind: DisruptionKind,
    departures: Type.Array(Id, { minItems: 1, maxItems: departuresMax, uniqueItems: true }),
    minutes: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 2880, description: '晚点：比原定时间晚多少分钟；0 为恢复正点' })
    ),
    target: Type.Optional(Type.Unsafe<number>({ ...Id, description: '并班：并入的班次' })),
    places: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: '换车：座位数' })),
    refund: Type.Optional(
      Type.Enum(['at-once', 'on-request'], {
        description: 'at-once 立即全额退回原支付渠道；on-request（默认）客票保留，由旅客选择改乘或退票'
      })
    ),
    cause: Type.Enum([...overruleCodes], { description: '原因' }),
    note: Type.String({
      maxLength: 200,
      pattern: '^[^\\p{Cc}]*$',
      description: '事由；涉及多个班次时必填。勿写证件号码'
    })
  },
  closed
)
export type DisruptionRequest = Type.Static<typeof DisruptionRequest>

const Alternative = Type.Object({
  departure: Type.Integer(),
  number: Type.String(),
  departsAt: Instant,
  placesLeft: Type.Integer()
})

export const DisruptionPreview = Type.Object({
  departures: Type.Array(
    Type.Object({
      departure: Type.Integer(),
      number: Type.String(),
      toName: Type.String(),
      departsAt: Instant,
      state: Type.Enum([...departureStates]),
      touched: Type.Boolean({ description: '当前状态能否这样处置' }),
      tickets: Type.Integer(),
      alternatives: Type.Array(Alternative, { description: '建议改乘' })
    })
  ),
  tickets: Type.Integer(),
  vehicles: Type.Integer(),
  orders: Type.Integer(),
  unpaid: Type.Integer({ description: '将放弃的未付订单' }),
  journeys: Type.Integer({ description: '受影响的联程' }),
  money: Type.Object({
    amount: FenSchema,
    byItself: Type.Unsafe<number>({ ...FenSchema, description: '可自动原路退回' }),
    atCounter: Type.Unsafe<number>({ ...FenSchema, description: '现金购票，须到窗口退' })
  }),
  reach: Type.Object({ app: Type.Integer(), sms: Type.Integer(), channel: Type.Integer(), none: Type.Integer() }),
  needsManager: Type.Boolean()
})
export type DisruptionPreview = Type.Static<typeof DisruptionPreview>

const Count = Type.Integer()
export const Disruption = Type.Object({
  id: Uuid,
  kind: DisruptionKind,
  cause: Type.Enum([...overruleCodes]),
  note: Type.String(),
  minutes: Type.Union([Type.Integer(), Type.Null()]),
  refund: Type.Enum(['none', 'at-once', 'on-request']),
  orderedAt: Instant,
  state: Type.Enum(['RUNNING', 'DONE']),
  departures: Type.Object({ total: Count, done: Count, passedOver: Count }),
  tickets: Type.Object({ total: Count, suspended: Count, moved: Count, resumed: Count, told: Count }),
  refunds: Type.Object({
    tickets: Type.Unsafe<number>({ ...Count, description: '自动退款的客票' }),
    asked: Count,
    paid: Count,
    amount: FenSchema,
    atCounter: Type.Unsafe<number>({ ...Count, description: '现金购票，尚待窗口退款的客票' }),
    paidAtCounter: Type.Unsafe<number>({ ...Count, description: '已在窗口退款的' }),
    byChoice: Count
  }),
  notices: Type.Object({ total: Count, sent: Count, givenUp: Count, handedOver: Count, noAddress: Count })
})
export type Disruption = Type.Static<typeof Disruption>

export const TouchedTicket = Type.Object({
  ticketNo: TicketNo,
  departure: Type.Integer(),
  outcome: Type.Enum(['NOTIFIED', 'SUSPENDED', 'MOVED', 'RESEATED', 'RESUMED']),
  seatBefore: Type.Union([Type.Integer(), Type.Null()]),
  seatAfter: Type.Union([Type.Integer(), Type.Null()]),
  money: Type.Enum(['NONE', 'DUE', 'ASKED', 'AT_COUNTER', 'BY_CHOICE']),
  passenger: Type.String({ description: '脱敏姓名' })
})
export type TouchedTicket = Type.Static<typeof TouchedTicket>

export const DisruptionList = Type.Object({ place: PlaceCode })
