// A passenger as a request names one, and as an answer shows one.
import { Type } from 'typebox'
import { BusinessDaySchema } from '../../clearing/business-day.ts'
import { certificates } from '../fares/policy-schemas.ts'
import { Instant } from '../timetable/timetable-schemas.ts'
import { documentKinds, type DocumentKind } from './document-rules.ts'

const closed = { additionalProperties: false } as const
const kindText = Object.entries(documentKinds).map(([code, [chinese]]) => `${code} ${chinese}`)

export const DocumentKindSchema = Type.Enum(Object.keys(documentKinds) as DocumentKind[], {
  description: `证件类型：${kindText.join('、')}`
})

export const DocumentSchema = Type.Object(
  {
    kind: DocumentKindSchema,
    number: Type.String({
      minLength: 4,
      maxLength: 44,
      description: '证件号码，或护照机读码第二行；加密存放，从不原样返回'
    })
  },
  closed
)
export type Document = Type.Static<typeof DocumentSchema>

export const CertificateKind = Type.Enum([...certificates], {
  description: 'disabled-serviceman 残疾军人证，disabled-police 伤残人民警察证，senior-card 老年证，student 学生证'
})

export const CertificateSchema = Type.Object(
  { kind: CertificateKind, number: Type.String({ minLength: 2, maxLength: 40, pattern: '\\S' }) },
  { ...closed, description: '优待证件；加密存放，乘车时查验' }
)

export const DocumentCheck = Type.Object({
  acceptable: Type.Boolean(),
  fault: Type.Optional(Type.String({ description: '不可接受的原因代码' })),
  message: Type.Optional(Type.String()),
  birthDay: Type.Optional(Type.String({ format: 'date', description: '证件号码所含的出生日期' })),
  masked: Type.String()
})

export const ShownIdentity = Type.Object({
  name: Type.String({ description: '脱敏姓名' }),
  documentKind: Type.Union([DocumentKindSchema, Type.Null()]),
  documentNumber: Type.Union([Type.String(), Type.Null()], { description: '脱敏证件号码' }),
  certificate: Type.Optional(CertificateKind)
})
export type ShownIdentity = Type.Static<typeof ShownIdentity>

export const accessReasons = ['police', 'passenger-request', 'lost-property', 'emergency', 'correction'] as const

const Reasoned = {
  reason: Type.Enum([...accessReasons], {
    description: 'police 公安机关，passenger-request 旅客本人，lost-property 失物，emergency 应急，correction 更正'
  }),
  note: Type.String({ minLength: 4, maxLength: 200, pattern: '\\S', description: '事由、文号；记入审计，勿写证件号码' })
}
export const AccessRequest = Type.Object(Reasoned, closed)
export type AccessRequest = Type.Static<typeof AccessRequest>

export const SearchRequest = Type.Object({ ...Reasoned, document: DocumentSchema }, closed)
export type SearchRequest = Type.Static<typeof SearchRequest>

export const RevealedIdentity = Type.Object({
  ticketNo: Type.String(),
  name: Type.String(),
  document: Type.Union([DocumentSchema, Type.Null()]),
  certificate: Type.Optional(CertificateSchema)
})
export type RevealedIdentity = Type.Static<typeof RevealedIdentity>

export const FoundTicket = Type.Object({
  ticketNo: Type.String(),
  state: Type.String(),
  line: Type.String(),
  number: Type.String(),
  day: BusinessDaySchema,
  fromName: Type.String(),
  toName: Type.String()
})
export type FoundTicket = Type.Static<typeof FoundTicket>

export const IdentityAccess = Type.Object({
  id: Type.Integer(),
  at: Instant,
  actor: Type.String(),
  kind: Type.Enum(['reveal', 'search']),
  reason: Type.Enum([...accessReasons]),
  note: Type.String(),
  tickets: Type.Array(Type.String())
})
export type IdentityAccess = Type.Static<typeof IdentityAccess>

export const IdentityVerdict = Type.Object({
  orderId: Type.String({ format: 'uuid' }),
  documentKind: DocumentKindSchema,
  verdict: Type.Enum(['match', 'mismatch', 'no-answer'], {
    description: 'match 相符，mismatch 不符，no-answer 无应答'
  }),
  decision: Type.Enum(['sold', 'sold-unverified', 'refused']),
  answeredInMs: Type.Integer(),
  askedAt: Instant
})
export type IdentityVerdict = Type.Static<typeof IdentityVerdict>

export const RetentionClock = Type.Object({
  subject: Type.Enum([
    'identity',
    'video',
    'orders',
    'invoices',
    'security-log',
    'sharing-records',
    'idempotency-keys'
  ]),
  validFrom: BusinessDaySchema,
  days: Type.Integer({ minimum: 0, maximum: 36_500 }),
  floorDays: Type.Integer({ description: '法定最少天数' }),
  source: Type.String(),
  publishedAt: Instant,
  publishedBy: Type.String()
})
export type RetentionClock = Type.Static<typeof RetentionClock>

export const ClockRequest = Type.Object(
  {
    ...Type.Pick(RetentionClock, ['subject', 'validFrom', 'days']).properties,
    source: Type.String({ minLength: 1, maxLength: 200 })
  },
  closed
)
export type ClockRequest = Type.Static<typeof ClockRequest>
