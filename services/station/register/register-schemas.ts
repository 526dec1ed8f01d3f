// The register of vehicles, vessels and crew as the API takes and shows it.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../../clearing/business-day.ts'
import { Mode, PlaceCode } from '../../network/network-schemas.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { closed, PaperKind, RegisterCode } from '../station-schemas.ts'

const Text = { pattern: '^\\P{Cc}*\\S\\P{Cc}*$' } as const

export const Paper = Type.Object({
  kind: PaperKind,
  number: Type.String(),
  validTo: BusinessDaySchema
})
export type Paper = Type.Static<typeof Paper>

export const Inspection = Type.Object({
  passed: Type.Boolean(),
  failedItems: Type.Array(Type.String()),
  inspector: Type.String(),
  inspectedAt: Instant
})

export const Conveyance = Type.Object({
  code: RegisterCode,
  mode: Mode,
  carrier: Type.String({ description: '承运人代码' }),
  places: Type.Integer({ description: '核定载客' }),
  withdrawn: Type.Boolean(),
  papers: Type.Array(Paper),
  inspection: Type.Union([Inspection, Type.Null()], { description: '最近一次安检' })
})
export type Conveyance = Type.Static<typeof Conveyance>

export const CrewMember = Type.Object({
  code: RegisterCode,
  name: Type.String(),
  mode: Mode,
  carrier: Type.String(),
  withdrawn: Type.Boolean(),
  papers: Type.Array(Paper)
})
export type CrewMember = Type.Static<typeof CrewMember>

const carrier = Type.String({ minLength: 1, maxLength: 20, pattern: '^[0-9A-Z]+$' })

export const ConveyanceEntry = Type.Object(
  {
    mode: Mode,
    carrier,
    places: Type.Integer({ minimum: 1, maximum: 5000 }),
    withdrawn: Type.Optional(Type.Boolean())
  },
  closed
)
export type ConveyanceEntry = Type.Static<typeof ConveyanceEntry>

export const CrewEntry = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 40, ...Text }),
    mode: Mode,
    carrier,
    withdrawn: Type.Optional(Type.Boolean())
  },
  closed
)
export type CrewEntry = Type.Static<typeof CrewEntry>

export const PaperEntry = Type.Object(
  { number: Type.String({ minLength: 1, maxLength: 60, ...Text }), validTo: BusinessDaySchema },
  closed
)
export type PaperEntry = Type.Static<typeof PaperEntry>

export const InspectionEntry = Type.Object(
  {
    conveyance: RegisterCode,
    place: PlaceCode,
    failedItems: Type.Array(Type.String({ minLength: 1, maxLength: 40, ...Text }), {
      maxItems: 40,
      description: '不合格项；合格为空'
    }),
    inspector: Type.String({ minLength: 1, maxLength: 40, ...Text })
  },
  closed
)
export type InspectionEntry = Type.Static<typeof InspectionEntry>
