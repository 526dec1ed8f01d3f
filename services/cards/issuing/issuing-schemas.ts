// Products, orders and cards as the API takes and shows them. A card number is in bodies only, never in an address.
import { Type, type Static } from 'typebox'
import { hex } from '../../../card-crypto/bytes.ts'
import { FenSchema } from '../../../clearing/money.ts'
import { DocumentSchema } from '../../identity/identity-schemas.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { CardNumber } from '../loading/load-schemas.ts'
import type { CardOrder, CardRow } from './issuing-queries.ts'
import type { Product } from './issuing-rules.ts'

const closed = { additionalProperties: false } as const
const nullable = <const Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])
const Issuer = Type.String({ pattern: '^[0-9]{8}$', description: '发卡机构' })
const ProductCode = Type.String({ pattern: '^[A-Z0-9-]{2,16}$' })

export const CardProduct = Type.Object({
  code: ProductCode,
  name: Type.String(),
  holderKind: Type.Integer({ description: '1 普通 2 学生 3 老人 4 测试 5 军人' }),
  form: Type.Enum(['deposit', 'sale', 'virtual']),
  priceFen: FenSchema,
  validYears: Type.Integer(),
  named: Type.Boolean({ description: '须实名' }),
  algorithm: Type.Enum(['3des', 'sm4'])
})

export const CardOrderRequest = Type.Object(
  {
    issuer: Issuer,
    product: ProductCode,
    quantity: Type.Integer({ minimum: 1, maximum: 100_000 }),
    personaliser: Type.String({ pattern: '^[\\w.-]{1,32}$', description: '个人化厂商：其传输密钥保护卡片密钥' })
  },
  closed
)

export const ShownOrder = Type.Object({
  id: Type.String(),
  issuer: Issuer,
  product: ProductCode,
  quantity: Type.Integer(),
  firstNumber: Type.String(),
  personaliser: Type.String(),
  batch: Type.Integer(),
  state: Type.Enum(['ORDERED', 'MADE', 'REPORTED']),
  madeBy: Type.String(),
  madeAt: Instant,
  personalisedAt: nullable(Instant),
  fileDigest: nullable(Type.String({ description: '制卡文件 SM3' })),
  good: nullable(Type.Integer()),
  spoilt: nullable(Type.Integer())
})

export const ReportRequest = Type.Object(
  { spoilt: Type.Array(CardNumber, { maxItems: 10_000, uniqueItems: true, description: '废卡' }) },
  closed
)

const HolderSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60 }),
    document: DocumentSchema,
    consent: Type.Boolean({ description: '持卡人同意记名并保存其证件' })
  },
  closed
)

export const IssueRequest = Type.Object({ cardNumber: CardNumber, holder: Type.Optional(HolderSchema) }, closed)
export const VirtualIssueRequest = Type.Object(
  { issuer: Issuer, product: ProductCode, holder: Type.Optional(HolderSchema) },
  closed
)
export const NameRequest = Type.Object({ cardNumber: CardNumber, holder: nullable(HolderSchema) }, closed)
export const BlockRequest = Type.Object({ cardNumber: CardNumber, blocked: Type.Boolean() }, closed)
export const ReplaceRequest = Type.Object(
  { cardNumber: CardNumber, by: CardNumber, holder: Type.Optional(HolderSchema) },
  closed
)

export const ShownCard = Type.Object({
  cardNumber: CardNumber,
  issuer: Issuer,
  issuerName: Type.String(),
  product: ProductCode,
  state: Type.Enum(['ORDERED', 'STOCK', 'ACTIVE', 'BLOCKED', 'REPLACED', 'RETURNED', 'SPOILT']),
  validFrom: Type.String(),
  validTo: Type.String(),
  issuedAt: nullable(Instant),
  paidFen: FenSchema,
  named: Type.Boolean(),
  replacedBy: nullable(Type.String())
})
export type ShownCard = Static<typeof ShownCard>

export function shownProduct({ priceFen, ...product }: Product) {
  return { ...product, priceFen: priceFen as ShownCard['paidFen'] }
}

export function shownOrder({ fileDigest, ...order }: CardOrder) {
  return { ...order, fileDigest: fileDigest && hex(fileDigest) }
}

export function shownCard(card: CardRow): ShownCard {
  const { number, issuer, issuerName, product, state, validFrom, validTo, issuedAt, paidFen, named, replacedBy } = card
  const dates = { validFrom, validTo, issuedAt }
  return {
    cardNumber: number,
    issuer,
    issuerName,
    product,
    state,
    ...dates,
    paidFen: paidFen as ShownCard['paidFen'],
    named,
    replacedBy
  }
}
