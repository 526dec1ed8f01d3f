// Claims as the API takes and shows them. A card number is in bodies only, never in an address.
import { Type } from 'typebox'
import { FenSchema, type Fen } from '../../../clearing/money.ts'
import { DocumentSchema } from '../../identity/identity-schemas.ts'
import { Instant } from '../../timetable/timetable-schemas.ts'
import { CardAnswerBody, CardNumber } from '../loading/load-schemas.ts'
import type { ClaimRow } from './claim-queries.ts'

const closed = { additionalProperties: false } as const
const nullable = <const Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])
const Kind = Type.Enum(['lost', 'unreadable', 'returned', 'replaced'], { description: '挂失、坏卡、退卡、换卡' })

export const ClaimRequest = Type.Object(
  {
    cardNumber: CardNumber,
    kind: Type.Enum(['lost', 'unreadable', 'returned']),
    toCard: Type.Optional(CardNumber),
    document: Type.Optional(DocumentSchema),
    card: Type.Optional(CardAnswerBody)
  },
  closed
)

export const VerdictRequest = Type.Object(
  {
    agreed: Type.Boolean(),
    balance: Type.Optional(Type.Unsafe<number>({ ...FenSchema, minimum: 0, maximum: 1_000_000 })),
    words: Type.String({ maxLength: 500 })
  },
  closed
)

export const Challenge = Type.Object({ challenge: Type.Integer({ description: '请作为金额放入 INITIALIZE FOR LOAD' }) })

export const ShownClaim = Type.Object({
  id: Type.String(),
  cardNumber: Type.String(),
  toCard: nullable(Type.String()),
  kind: Kind,
  state: Type.Enum(['WAITING', 'TO-APPROVE', 'PAID', 'REFUSED']),
  requestedAt: Instant,
  dueAt: Instant,
  decidedAt: nullable(Instant),
  balanceFen: nullable(FenSchema),
  depositFen: FenSchema,
  restsOn: nullable(Type.Enum(['chip', 'purse', 'gap'], { description: '卡片证明、影子钱包、有断点' })),
  words: Type.String()
})

export function shownClaim(claim: ClaimRow) {
  const { id, cardNumber, toCard, kind, state, requestedAt, dueAt, decidedAt, restsOn, words } = claim
  const [balanceFen, depositFen] = [claim.balanceFen as Fen | null, claim.depositFen as Fen]
  return { id, cardNumber, toCard, kind, state, requestedAt, dueAt, decidedAt, balanceFen, depositFen, restsOn, words }
}
