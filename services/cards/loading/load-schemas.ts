// Card loads as the API takes and shows them. A card number is in bodies only, never in an address.
import { Type, type Static } from 'typebox'
import { FenSchema, SignedFenSchema } from '../../../clearing/money.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import type { LoadRow } from './load-queries.ts'

const closed = { additionalProperties: false } as const
const nullable = <const Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])
const byte = Type.Integer({ minimum: 0, maximum: 255 })
const Amount = Type.Unsafe<number>({ ...FenSchema, minimum: 1, maximum: 10_000_000 })

export const CardNumber = Type.String({ pattern: '^310[0-9]{16}$', description: '19 位卡号，交通联合' })
export const FourBytes = Type.String({ pattern: '^[0-9A-F]{8}$' })
export const AgentCode = Type.String({ pattern: '^[0-9A-Z]{2,16}$' })

export const CardAnswerBody = Type.Object(
  {
    terminal: Type.String({ pattern: '^[0-9]{12}$' }),
    balance: Type.Integer({ minimum: 0, maximum: 0x7fff_ffff, description: '圈存前余额（分）' }),
    counter: Type.Integer({ minimum: 0, maximum: 0xffff, description: '联机交易序号' }),
    keyVersion: byte,
    keyIndex: byte,
    algorithmId: Type.Integer({ minimum: 0, maximum: 255, description: '算法标识：00/01 3DES，04 SM4' }),
    random: FourBytes,
    mac1: FourBytes
  },
  { ...closed, description: '卡片对 INITIALIZE FOR LOAD 的应答 the card’s answer to INITIALIZE FOR LOAD' }
)

export const LoadRequest = Type.Object(
  {
    cardNumber: CardNumber,
    amount: Amount,
    agent: Type.Optional(AgentCode),
    credit: Type.Optional(
      Type.String({ format: 'uuid', description: '补登：原充值编号 the load whose owed money is loaded' })
    ),
    card: CardAnswerBody
  },
  closed
)
export type LoadRequest = Static<typeof LoadRequest>

export const BegunLoadAnswer = Type.Object({
  id: Type.String(),
  dateTime: Type.String({ description: 'CREDIT FOR LOAD 所用日期时间' }),
  mac2: FourBytes
})

export const FundingRequest = Type.Object(
  { cardNumber: CardNumber, amount: Amount, operator: Type.String({ pattern: '^[0-9]{8}$', description: '收单机构' }) },
  closed
)

export const FundingAnswer = Type.Object({ payAt: nullable(Type.String()) })
export const Confirmation = Type.Object({ tac: FourBytes }, closed)
export const OfCard = Type.Object({ cardNumber: CardNumber }, closed)

export const CardLoad = Type.Object({
  id: Type.String(),
  cardNumber: Type.String(),
  issuer: Type.String(),
  operator: Type.String(),
  agent: nullable(Type.String()),
  amount: FenSchema,
  money: Type.Enum(['agent', 'payment', 'credit', 'moved', 'fare']),
  state: Type.Enum(['FUNDING', 'FUNDED', 'AUTHORISED', 'RETURNING', 'LOADED', 'RETURNED', 'CREDITED', 'FAILED']),
  evidence: nullable(Type.String()),
  balanceBefore: nullable(Type.Integer()),
  requestedAt: Instant,
  decidedAt: nullable(Instant),
  alarmedAt: nullable(Instant)
})
export type CardLoad = Static<typeof CardLoad>

export const LoadsOfCard = Type.Object({
  loads: Type.Array(CardLoad),
  owed: Type.Array(Type.Object({ load: Type.String(), amount: FenSchema, madeAt: Instant }))
})

export const AgentBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 80 }),
    operator: Type.String({ pattern: '^[0-9]{8}$' }),
    keeper: Type.String({
      pattern: '^(clerk|channel)(:[\\w-]{1,64})?$',
      description: '可代其充值的会话：角色或角色:账号'
    }),
    state: Type.Enum(['active', 'suspended']),
    creditFen: Type.Unsafe<number>({ ...FenSchema, minimum: 0 })
  },
  closed
)

export const Agent = Type.Object({
  code: AgentCode,
  name: Type.String(),
  operator: Type.String(),
  keeper: Type.String(),
  state: Type.Enum(['active', 'suspended']),
  floatFen: SignedFenSchema,
  creditFen: FenSchema
})

export const FloatBody = Type.Object({ amount: Type.Unsafe<number>({ ...FenSchema, minimum: 1 }) }, closed)

export function shownLoad(load: LoadRow): CardLoad {
  const { id, cardNumber, issuer, operator, agent, amount, money, state, evidence, balanceBefore } = load
  return {
    id,
    cardNumber,
    issuer,
    operator,
    agent,
    amount: amount as CardLoad['amount'],
    money,
    state,
    evidence,
    balanceBefore,
    requestedAt: load.requestedAt,
    decidedAt: load.decidedAt,
    alarmedAt: load.alarmedAt
  }
}
