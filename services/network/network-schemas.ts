// Stations, ports and lines as the API shows them.
import { Type } from 'typebox'

export const PlaceCode = Type.String({
  pattern: '^[0-9]{6}([0-9]{3}|P[0-9]{2})$',
  description: '站点代码：六位行政区划 + 三位车站号，或 P 加两位港口号'
})
/** Something a person typed to search by; control characters have no place in it, and PostgreSQL takes no NUL. */
export const searchText = { maxLength: 40, pattern: '^\\P{Cc}*$' } as const

/** Ids are PostgreSQL integers. */
export const Id = Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })

export const Mode = Type.Enum(['coach', 'ferry'], { description: 'coach 班车，ferry 船班' })
export type Mode = Type.Static<typeof Mode>

export const Place = Type.Object({
  code: PlaceCode,
  kind: Type.Enum(['station', 'port'], { description: 'station 客运站，port 港口' }),
  name: Type.String(),
  city: Type.String(),
  address: Type.String(),
  sample: Type.Boolean({ description: '示例数据' })
})
export type Place = Type.Static<typeof Place>

export const Line = Type.Object({
  code: Type.String(),
  name: Type.String(),
  mode: Mode,
  class: Type.Union([Type.Integer(), Type.Null()], { description: '客运班线类别 1–4；水路为空' }),
  carrier: Type.String(),
  realName: Type.Boolean({ description: '是否实名制' }),
  stops: Type.Array(
    Type.Object({ place: PlaceCode, name: Type.String(), minutes: Type.Integer(), kilometres: Type.Integer() })
  )
})
export type Line = Type.Static<typeof Line>

export const Gate = Type.Object({
  id: Type.Integer(),
  place: PlaceCode,
  placeName: Type.String(),
  number: Type.Integer(),
  name: Type.String(),
  passage: Type.String({ description: 'boarding 检票口；另有 security、hall、transfer、deck、parking' })
})
export type Gate = Type.Static<typeof Gate>

export const GateEntry = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 40, pattern: '^\\P{Cc}*\\S\\P{Cc}*$' }),
    passage: Type.Enum(['security', 'hall', 'boarding', 'transfer', 'deck', 'parking'], {
      description: 'security 安检，hall 候车厅，boarding 检票，transfer 换乘，deck 车辆甲板，parking 停车场'
    })
  },
  { additionalProperties: false }
)
export type GateEntry = Type.Static<typeof GateEntry>
