// Timetable versions as the API shows them.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../../clearing/business-day.ts'
import { Instant } from '../timetable-schemas.ts'

const Count = Type.Integer({ minimum: 0 })

export const TimetableVersion = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  replaces: Type.Enum(['departures', 'lines'], {
    description: 'departures：只替换所列班次；lines：所列线路上未列出的班次停开'
  }),
  effective: BusinessDaySchema,
  state: Type.Enum(['DRAFT', 'PUBLISHED']),
  createdAt: Instant,
  createdBy: Type.String(),
  publishedAt: Type.Union([Instant, Type.Null()]),
  publishedBy: Type.Union([Type.String(), Type.Null()]),
  plans: Type.Integer({ minimum: 0, description: '班次计划数' }),
  changed: Type.Integer({ minimum: 0, description: '发布时按新版重排的未售班次' }),
  withdrawn: Type.Integer({ minimum: 0, description: '发布时撤下的未售班次' }),
  kept: Type.Integer({ minimum: 0, description: '已有人购票、按原计划保留的班次' })
})
export type TimetableVersion = Type.Static<typeof TimetableVersion>

export const Publication = Type.Object({
  version: TimetableVersion,
  generated: Type.Integer({ minimum: 0, description: '本次新生成的班次' })
})
export type Publication = Type.Static<typeof Publication>

export const KeptDeparture = Type.Object({
  departure: Type.Integer(),
  line: Type.String(),
  number: Type.String(),
  day: BusinessDaySchema,
  departsAt: Instant,
  wanted: Type.Enum(['changed', 'withdrawn'], { description: '新版本要改动或撤下它' }),
  ticketsHeld: Count
})
export type KeptDeparture = Type.Static<typeof KeptDeparture>
