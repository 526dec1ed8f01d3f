// Security modules as the register shows them.
import { Type, type Static } from 'typebox'
import { Instant } from '../timetable/timetable-schemas.ts'
import { samStates } from './sam-rules.ts'

const text = (most: number, description: string) => Type.String({ minLength: 1, maxLength: most, description })

export const SamNumber = Type.String({
  pattern: '^[0-9A-Z-]{4,20}$',
  description: '编号；PSAM、ISAM 为 12 位终端机编号'
})
const State = Type.Enum([...samStates], { description: '状态' })
const holder = text(60, '责任单位')
const place = text(60, '所在：场站、车辆、保险柜')
const words = Type.String({ maxLength: 500, description: '说明' })

export const SamEntry = Type.Object(
  {
    kind: Type.Enum(['psam', 'isam', 'mother-card']),
    keyNames: Type.Array(Type.String({ pattern: '^[a-z-]+/[\\w.-]{0,32}/\\d{1,3}/\\d{1,3}/[a-z0-9-]+$' }), {
      maxItems: 50,
      description: '内含密钥的名称'
    }),
    holder,
    place
  },
  { additionalProperties: false }
)
export type SamEntry = Static<typeof SamEntry>

export const SamMove = Type.Object(
  { state: Type.Enum(['in-stock', 'in-transit', 'in-service', 'destroyed']), holder, place, words },
  { additionalProperties: false }
)
export type SamMove = Static<typeof SamMove>

export const SamLoss = Type.Object({ lostSince: Instant, words }, { additionalProperties: false })
export type SamLoss = Static<typeof SamLoss>

export const SamFinding = Type.Object({ place, words }, { additionalProperties: false })
export type SamFinding = Static<typeof SamFinding>

export const Sam = Type.Object({
  number: SamNumber,
  kind: Type.String(),
  keyNames: Type.Array(Type.String()),
  state: State,
  holder: Type.String(),
  place: Type.String(),
  lostSince: Type.Union([Instant, Type.Null()]),
  heldBack: Type.Integer({ description: '挂失后被暂停清算的交易行数' })
})
export type Sam = Static<typeof Sam>

export const SamStory = Type.Object({
  ...Sam.properties,
  events: Type.Array(
    Type.Object({
      at: Instant,
      actor: Type.String(),
      state: Type.String(),
      holder: Type.String(),
      place: Type.String(),
      words: Type.String()
    })
  ),
  heldBackLines: Type.Array(Type.String({ description: '文件:行，可在清算台追溯' })),
  acceptedAfterLoss: Type.Object(
    { transactions: Type.Integer(), amount: Type.Integer() },
    { description: '挂失登记之前已接收、发生在丢失之后的交易（分）；需按调账处理' }
  )
})
export type SamStory = Static<typeof SamStory>
