// Channels, their accounts and their API clients as the API takes and shows them.
import { Type } from 'typebox'
import { FenSchema, SignedFenSchema } from '../../clearing/money.ts'
import { permits, type Permit } from '../access/permit-rules.ts'
import { Instant } from '../timetable/timetable-schemas.ts'

const closed = { additionalProperties: false } as const

export const ChannelCode = Type.String({ pattern: '^[A-Z][A-Z0-9]{1,15}$', description: '渠道代码' })

export const ChannelTerms = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' }),
    kind: Type.Enum(['window', 'kiosk', 'web', 'phone', 'agent', 'platform'], {
      description: '窗口、自助机、网站、电话、代售点、平台'
    }),
    state: Type.Enum(['active', 'suspended']),
    opensMinute: Type.Integer({ minimum: 0, maximum: 1439, description: '北京时间零点后的分钟' }),
    closesMinute: Type.Integer({ minimum: 1, maximum: 1440 }),
    ticketsPerDay: Type.Union([Type.Integer({ minimum: 0, maximum: 10_000_000 }), Type.Null()], {
      description: '每日配额（张），自占座起计；空为不限'
    }),
    refundsFreeQuota: Type.Boolean({ description: '当日售出又退的票是否退还配额；占座超时、取消、废票总是退还' }),
    commissionRate: Type.String({ pattern: '^(0(\\.\\d{1,4})?|1)$', description: '佣金率，占票价' }),
    ticketCharge: Type.Unsafe<number>({ ...FenSchema, description: '平台向渠道按张收取的服务费（分）' }),
    creditLimit: Type.Unsafe<number>({ ...FenSchema, description: '信用额度（分）：账户余额不得低于其负值' })
  },
  closed
)
export type ChannelTerms = Type.Static<typeof ChannelTerms>

export const Channel = Type.Object({
  code: ChannelCode,
  ...ChannelTerms.properties,
  balance: Type.Unsafe<number>({ ...SignedFenSchema, description: '账户余额（分）' }),
  soldToday: Type.Union([Type.Integer(), Type.Null()], { description: '今日占用配额的张数，含占座；不限配额的不计' })
})
export type Channel = Type.Static<typeof Channel>

export const Movement = Type.Object({
  id: Type.Integer(),
  kind: Type.Enum(['top-up', 'sale', 'refund']),
  key: Type.String({ description: '充值单号、支付流水号或退票单号' }),
  amount: SignedFenSchema,
  balance: SignedFenSchema,
  at: Instant
})
export type Movement = Type.Static<typeof Movement>

const channelPermits = (Object.keys(permits) as Permit[]).filter((permit) =>
  (permits[permit] as readonly string[]).includes('channel')
)
const Scope = Type.Enum(channelPermits, { description: '权限' })

export const ClientRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' }),
    scopes: Type.Array(Scope, { minItems: 1, maxItems: channelPermits.length, uniqueItems: true }),
    secret: Type.Optional(Type.Boolean({ description: '是否发放密钥（用于换取令牌）' })),
    publicKey: Type.Optional(Type.String({ pattern: '^[0-9A-Fa-f]{128}$', description: 'SM2 公钥 x‖y，用于请求签名' }))
  },
  closed
)
export type ClientRequest = Type.Static<typeof ClientRequest>

export const Client = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  scopes: Type.Array(Scope),
  publicKey: Type.Union([Type.String(), Type.Null()]),
  hasSecret: Type.Boolean(),
  createdAt: Instant,
  revokedAt: Type.Union([Instant, Type.Null()])
})
export type Client = Type.Static<typeof Client>

export const NewClient = Type.Object({
  ...Client.properties,
  secret: Type.Union([Type.String(), Type.Null()], { description: '只出示一次' })
})

export const TokenRequest = Type.Object(
  {
    clientId: Type.String({ format: 'uuid' }),
    clientSecret: Type.String({ minLength: 1, maxLength: 128 })
  },
  closed
)

export const Token = Type.Object({
  token: Type.String({ description: '放入 Authorization: Bearer <token>' }),
  expiresAt: Instant
})
