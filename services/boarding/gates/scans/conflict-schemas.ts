// Conflicts as the station's desk sees and resolves them.
import { Type } from 'typebox'
import { FenSchema } from '../../../../clearing/money.ts'
import { Id, PlaceCode } from '../../../network/network-schemas.ts'
import { couponStates } from '../../../ticketing/coupon-rules.ts'
import { TicketNo } from '../../../ticketing/ticketing-schemas.ts'
import { Instant } from '../../../timetable/timetable-schemas.ts'
import { ConflictKindSchema, scanMeans } from '../gate-schemas.ts'

const closed = { additionalProperties: false } as const
const orNull = <Schema extends Parameters<typeof Type.Array>[0]>(schema: Schema) => Type.Union([schema, Type.Null()])

/** code → 中文: how the desk settled it. */
export const resolutions = {
  collected: '已向旅客补收',
  waived: '免收',
  'same-passenger': '同一旅客重复扫描',
  'gate-fault': '检票口差错',
  'passenger-absent': '未乘车'
} as const
export type Resolution = keyof typeof resolutions
const ResolutionSchema = Type.Enum(Object.keys(resolutions) as Resolution[], {
  description: Object.entries(resolutions)
    .map(([code, text]) => `${code} ${text}`)
    .join('；')
})

export const Conflict = Type.Object({
  id: Type.Integer(),
  kind: ConflictKindSchema,
  kindName: Type.String(),
  kindEnglish: Type.String(),
  ticketNo: orNull(TicketNo),
  ticketState: orNull(Type.Enum([...couponStates])),
  place: PlaceCode,
  gate: Type.Integer({ description: '几号口' }),
  means: Type.Enum([...scanMeans]),
  scannedAt: Type.Unsafe<Date>(Type.String({ format: 'date-time', description: '按平台时钟' })),
  recordedAt: Instant,
  against: orNull(Type.Object({ place: PlaceCode, gate: Type.Integer(), scannedAt: Instant })),
  owed: FenSchema,
  proposed: orNull(
    Type.Object(
      { resolution: ResolutionSchema, note: orNull(Type.String()), at: Instant, by: Type.String() },
      { description: '有人提出不收，待站长同意' }
    )
  ),
  resolution: orNull(ResolutionSchema),
  note: orNull(Type.String()),
  resolvedAt: orNull(Instant),
  resolvedBy: orNull(Type.String())
})
export type Conflict = Type.Static<typeof Conflict>
/** As it stands in the tables. */
export type ConflictRow = Omit<Conflict, 'kindName' | 'kindEnglish'>

export const ConflictQuery = Type.Object({
  place: Type.Optional(PlaceCode),
  open: Type.Optional(Type.Boolean({ description: 'true 只要未处理的' })),
  before: Type.Optional(Type.Integer({ ...Id, description: '翻页：上一页最后的 id' }))
})

export const ResolutionRequest = Type.Object(
  { resolution: ResolutionSchema, note: Type.Optional(Type.String({ maxLength: 500 })) },
  closed
)

export const AgreementRequest = Type.Object(
  { agree: Type.Boolean({ description: 'true 同意不收；false 退回，仍须补收' }) },
  closed
)
