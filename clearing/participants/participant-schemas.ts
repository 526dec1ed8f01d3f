// Organisations that clear with us, the BINs of their cards and the agreements on fees (card.md §2.1, §2.10, §4.3).
import { Type } from 'typebox'
import { BusinessDaySchema } from '../business-day.ts'

export const ParticipantRole = Type.Union(
  [Type.Literal('issuer'), Type.Literal('acquirer'), Type.Literal('clearing-centre'), Type.Literal('national-centre')],
  { description: '角色：发卡机构、收单机构、清分结算机构、部级清分结算机构' }
)
export type ParticipantRole = Type.Static<typeof ParticipantRole>

export const Participant = Type.Object(
  {
    id: Type.Integer(),
    code: Type.String({ pattern: '^[0-9]{8}$', description: '机构代码' }),
    name: Type.String(),
    role: ParticipantRole,
    company: Type.String({ description: '同一公司的发卡与收单机构共用' }),
    cityCode: Type.String({ pattern: '^[0-9]{4}$', description: 'GB/T 13497 城市代码' }),
    state: Type.Union([Type.Literal('active'), Type.Literal('suspended')]),
    fileProfile: Type.String(),
    /** Whose account it settles by, when it does not settle with us itself: parties of other provinces by the national centre's. */
    settlesThrough: Type.Union([Type.Integer(), Type.Null()]),
    /** A labelled sample, not a published code or name. */
    sample: Type.Boolean()
  },
  { additionalProperties: false }
)
export type Participant = Type.Static<typeof Participant>

export const Bin = Type.Object(
  {
    bin: Type.String({ pattern: '^[0-9]{6,10}$' }),
    issuer: Type.Integer(),
    validFrom: BusinessDaySchema,
    validTo: Type.Union([BusinessDaySchema, Type.Null()])
  },
  { additionalProperties: false }
)
export type Bin = Type.Static<typeof Bin>

/** Rates are decimal text, as the database keeps them; null means any service, acquirer or issuer. */
export const Agreement = Type.Object(
  {
    id: Type.Integer(),
    service: Type.Union([Type.Integer(), Type.Null()]),
    acquirer: Type.Union([Type.Integer(), Type.Null()]),
    issuer: Type.Union([Type.Integer(), Type.Null()]),
    chargeRate: Type.String(),
    acquirerShare: Type.String(),
    issuerShare: Type.String(),
    validFrom: BusinessDaySchema,
    validTo: Type.Union([BusinessDaySchema, Type.Null()]),
    sample: Type.Boolean()
  },
  { additionalProperties: false }
)
export type Agreement = Type.Static<typeof Agreement>
