// Imports of timetables as the API shows them.
import { Type } from 'typebox'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { searchText } from '../../network/network-schemas.ts'
import { Instant } from '../timetable-schemas.ts'

const csvTable = [
  'carriers',
  'places',
  'lines',
  'stops',
  'fares',
  'calendars',
  'exceptions',
  'departures',
  'loadings',
  'cabins'
] as const

export const ImportRequest = Type.Object({
  name: Type.String({ ...searchText, minLength: 1, description: '版本名称' }),
  format: Type.Enum(['csv', 'gtfs']),
  effective: Type.Unsafe<BusinessDay>(Type.String({ format: 'date', description: '生效日' })),
  replaces: Type.Enum(['departures', 'lines'], {
    default: 'departures',
    description: 'departures：只替换所列班次；lines：所列线路上未列出的班次停开'
  }),
  table: Type.Optional(Type.Enum([...csvTable], { description: '请求体为单个 CSV 文件（不是 zip）时，它是哪张表' })),
  coachPlaces: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, description: 'GTFS 不含座位数：班车的核定座位数' })
  ),
  ferryPlaces: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 5000, description: 'GTFS 不含载客定额：船舶的载客定额' })
  )
})
export type ImportRequest = Type.Static<typeof ImportRequest>

export const TimetableImport = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  format: Type.Enum(['csv', 'gtfs']),
  digest: Type.String({ description: '所收字节的 SM3' }),
  version: Type.Union([Type.Integer(), Type.Null()], { description: '生成的草稿版本；没有班次、票价或日历时为空' }),
  rows: Type.Integer({ description: '数据行数' }),
  taken: Type.Integer({ description: '采纳的行数' }),
  refused: Type.Integer({ description: '拒绝的行数，逐行见 refusals' }),
  ignored: Type.Array(Type.String(), { description: '压缩包中与我们无关的文件' }),
  receivedAt: Instant,
  receivedBy: Type.String()
})
export type TimetableImport = Type.Static<typeof TimetableImport>

export const RefusedRow = Type.Object({
  file: Type.String(),
  line: Type.Integer({ description: '该行起始的物理行号，表头为第 1 行' }),
  reason: Type.String(),
  detail: Type.String()
})
export type RefusedRow = Type.Static<typeof RefusedRow>
