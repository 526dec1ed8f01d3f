// Reports (报班) as the API takes and shows them.
import { Type } from 'typebox'
import { Id, PlaceCode } from '../../network/network-schemas.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { closed, RegisterCode, Uuid } from '../station-schemas.ts'

export const ReportRequest = Type.Object(
  {
    departure: Id,
    place: PlaceCode,
    conveyance: RegisterCode,
    crew: Type.Array(RegisterCode, { minItems: 1, maxItems: 12, uniqueItems: true })
  },
  closed
)
export type ReportRequest = Type.Static<typeof ReportRequest>

export const Report = Type.Object({
  id: Uuid,
  conveyance: RegisterCode,
  places: Type.Integer({ description: '核定载客' }),
  crew: Type.Array(Type.Object({ code: RegisterCode, name: Type.String() })),
  reportedAt: Instant,
  withdrawnAt: Type.Union([Instant, Type.Null()])
})
export type Report = Type.Static<typeof Report>

const Fault = Type.Union([Type.String(), Type.Null()], { description: '不能报班的原因代码；可报为空' })

/** Who and what could be reported, each with why not. */
export const Candidates = Type.Object({
  conveyances: Type.Array(Type.Object({ code: RegisterCode, places: Type.Integer(), fault: Fault })),
  crew: Type.Array(Type.Object({ code: RegisterCode, name: Type.String(), fault: Fault })),
  placesNeeded: Type.Integer({ description: '已售所需座位或定额' }),
  crewMin: Type.Integer()
})
export type Candidates = Type.Static<typeof Candidates>
