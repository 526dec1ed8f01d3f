// Ticket codes, gate checks and their answers as the API shows them.
import { Type } from 'typebox'
import { DocumentSchema, ShownIdentity } from '../identity/identity-schemas.ts'
import { Id } from '../network/network-schemas.ts'
import { CouponKindSchema, TicketNo } from '../ticketing/ticketing-schemas.ts'
import { Instant } from '../timetable/timetable-schemas.ts'
import { gateRefusals, type GateRefusal } from './gate-refusals.ts'
import { passageKinds } from './passages/passage-rules.ts'

const closed = { additionalProperties: false } as const

export const CheckRequest = Type.Object(
  {
    gate: Type.Integer({ ...Id, description: '检票口标识' }),
    nonce: Type.String({ format: 'uuid', description: '每次扫描一个；重发同一次扫描得到同一结果' }),
    passage: Type.Optional(
      Type.Enum([...passageKinds], {
        description:
          '一码通行：security 安检，hall 候车厅，boarding 检票上车，transfer 换乘，deck 车辆甲板，parking 停车场；不填则按检票口'
      })
    ),
    departure: Type.Optional(Type.Integer({ ...Id, description: '本口正在检的班次；不填则检本站所有班次' })),
    code: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description: '扫到的二维码内容' })),
    documentNumber: Type.Optional(
      Type.String({ minLength: 4, maxLength: 44, description: '与二维码一同出示的证件号码' })
    ),
    document: Type.Optional(DocumentSchema)
  },
  { ...closed, description: '刷码检票：code（凭条加 documentNumber）；刷证检票：document' }
)
export type CheckRequest = Type.Static<typeof CheckRequest>

export const CheckAnswer = Type.Object({
  id: Type.Integer(),
  result: Type.Enum(['OPEN', 'REFUSED'], { description: 'OPEN 放行' }),
  code: Type.Union([Type.Enum(Object.keys(gateRefusals) as GateRefusal[]), Type.Null()]),
  number: Type.Union([Type.Integer(), Type.Null()], { description: '站务系统代码' }),
  message: Type.String({ description: '给旅客看的话' }),
  english: Type.String(),
  checkedAt: Instant,
  ticket: Type.Union([
    Type.Object({
      ticketNo: TicketNo,
      seat: Type.Union([Type.Integer(), Type.Null()]),
      fareKind: CouponKindSchema,
      departure: Type.Integer(),
      departsAt: Instant,
      fromName: Type.String(),
      toName: Type.String(),
      passenger: ShownIdentity
    }),
    Type.Null()
  ])
})
export type CheckAnswer = Type.Static<typeof CheckAnswer>
