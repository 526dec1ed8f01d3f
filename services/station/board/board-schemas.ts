// The departures board, and the day as the station's staff see it.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../../clearing/business-day.ts'
import { Mode, PlaceCode } from '../../network/network-schemas.ts'
import { DepartureKind, departureStates, Instant } from '../../timetable/timetable-schemas.ts'
import { Dispatch } from '../dispatch/dispatch-schemas.ts'
import { Report } from '../report/report-schemas.ts'

const State = Type.Enum([...departureStates], { description: '在本站的状态' })

export const BoardRow = Type.Object({
  departure: Type.Integer(),
  number: Type.String(),
  mode: Mode,
  kind: DepartureKind,
  toName: Type.String(),
  via: Type.Array(Type.String(), { description: '途经' }),
  departsAt: Instant,
  plannedAt: Type.Union([Instant, Type.Null()], { description: '原定时间；未晚点为空' }),
  gate: Type.Union([Type.Integer(), Type.Null()]),
  bay: Type.Union([Type.String(), Type.Null()]),
  state: State,
  movedTo: Type.Union([Type.String(), Type.Null()], { description: '被并入的班次号' })
})
export type BoardRow = Type.Static<typeof BoardRow>

export const Board = Type.Object({ place: PlaceCode, name: Type.String(), rows: Type.Array(BoardRow) })
export type Board = Type.Static<typeof Board>

export const DayRow = Type.Object({
  ...BoardRow.properties,
  places: Type.Integer({ description: '计划座位或定额' }),
  sold: Type.Integer({ description: '本站上车（船）的有效客票' }),
  checked: Type.Integer({ description: '其中已检' }),
  suspended: Type.Integer(),
  report: Type.Union([Report, Type.Null()]),
  dispatch: Type.Union([Dispatch, Type.Null()]),
  differing: Type.Integer({ description: '人数有差异待查的方数' }),
  checkInOpensAt: Instant
})
export type DayRow = Type.Static<typeof DayRow>

export const DayQuery = Type.Object({ place: PlaceCode, day: BusinessDaySchema })
