// Every door a journey's tickets were shown at, as one history.
import { Type } from 'typebox'
import { PlaceCode } from '../../network/network-schemas.ts'
import { TicketNo } from '../../ticketing/ticketing-schemas.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { passageKinds } from './passage-rules.ts'

export const Passage = Type.Object({
  ticketNo: TicketNo,
  leg: Type.Integer({ description: '旅程中的第几程，自 1 起' }),
  passage: Type.Enum([...passageKinds], {
    description: 'security 安检，hall 候车厅，boarding 检票上车，transfer 换乘，deck 车辆甲板，parking 停车场'
  }),
  at: Instant,
  place: PlaceCode,
  placeName: Type.String(),
  gate: Type.Integer({ description: '几号口' }),
  means: Type.Enum(['code', 'slip', 'document'], { description: 'code 动态码，slip 凭条，document 刷证' }),
  result: Type.Enum(['OPEN', 'REFUSED']),
  refusal: Type.String({ description: '拒绝原因代码；放行为空' }),
  offline: Type.Boolean({ description: '检票口断网时自行放行或拒绝，后来上传' }),
  conflict: Type.String({ description: '与平台所知不符的种类；没有为空' }),
  undoneAt: Type.Union([Instant, Type.Null()], { description: '取消检票的时间' })
})
export type Passage = Type.Static<typeof Passage>
