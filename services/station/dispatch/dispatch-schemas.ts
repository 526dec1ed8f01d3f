// Bays, check-in, dispatch, exchanged counts and admissions as the API takes and shows them.
import { Type } from 'typebox'
import { Id, PlaceCode } from '../../network/network-schemas.ts'
import { TicketNo } from '../../ticketing/ticketing-schemas.ts'
import { departureStates, Instant } from '../../timetable/timetable-schemas.ts'
import { closed, CountsByClass, Uuid } from '../station-schemas.ts'

export const BayRequest = Type.Object(
  {
    gate: Type.Union([Type.Integer({ minimum: 1, maximum: 999 }), Type.Null()], { description: '检票口' }),
    bay: Type.Union([Type.String({ minLength: 1, maxLength: 12, pattern: '^[^\\p{Cc}]+$' }), Type.Null()], {
      description: '发车位、泊位'
    })
  },
  closed
)
export type BayRequest = Type.Static<typeof BayRequest>

export const PlaceState = Type.Object({
  departure: Type.Integer(),
  place: PlaceCode,
  state: Type.Enum([...departureStates], { description: '在本站的状态' }),
  gate: Type.Union([Type.Integer(), Type.Null()]),
  bay: Type.Union([Type.String(), Type.Null()]),
  departsAt: Instant
})
export type PlaceState = Type.Static<typeof PlaceState>

export const Dispatch = Type.Object({
  departure: Type.Integer(),
  place: PlaceCode,
  dispatchedAt: Instant,
  counts: CountsByClass,
  missed: Type.Integer({ description: '误班、漏乘人数' }),
  digest: Type.String({ description: '舱单（乘客清单）SM3 摘要，十六进制' }),
  signature: Type.String({ description: '对舱单的 SM2 签名 r‖s，十六进制；公钥见 /v1/station/manifest-key' })
})
export type Dispatch = Type.Static<typeof Dispatch>

export const ManifestKey = Type.Object({ publicKey: Type.String({ description: 'SM2 公钥 x‖y，十六进制' }) })

export const CountExchange = Type.Object({
  departure: Type.Integer(),
  place: PlaceCode,
  number: Type.String(),
  departsAt: Instant,
  party: Type.Enum(['port', 'carrier']),
  state: Type.Enum(['WAITING', 'AGREED', 'DIFFERS', 'SETTLED'], {
    description: 'WAITING 待对方回复，AGREED 一致，DIFFERS 有差异待查，SETTLED 已查明'
  }),
  ours: CountsByClass,
  theirs: Type.Union([CountsByClass, Type.Null()]),
  settlement: Type.Union([Type.String(), Type.Null()])
})
export type CountExchange = Type.Static<typeof CountExchange>

export const SettlementRequest = Type.Union([
  Type.Object({ again: Type.Literal(true, { description: '请对方重新清点' }) }, closed),
  Type.Object(
    {
      settlement: Type.String({
        minLength: 4,
        maxLength: 200,
        pattern: '\\S',
        description: '查明的原因；勿写证件号码'
      })
    },
    closed
  )
])
export type SettlementRequest = Type.Static<typeof SettlementRequest>

export const AdmissionRequest = Type.Object({ ticketNo: TicketNo, departure: Id, place: PlaceCode }, closed)
export type AdmissionRequest = Type.Static<typeof AdmissionRequest>

export const Admission = Type.Object({
  id: Uuid,
  ticketNo: TicketNo,
  kind: Type.Enum(['late', 'mixed'], { description: 'late 补检，mixed 混检到另一班次' }),
  fromDeparture: Type.Integer(),
  departure: Type.Integer(),
  seat: Type.Union([Type.Integer(), Type.Null()]),
  admittedAt: Instant
})
export type Admission = Type.Static<typeof Admission>
