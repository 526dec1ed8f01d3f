// Enrolment codes and devices as the API takes and shows them.
import { Type } from 'typebox'
import { Id, PlaceCode } from '../../../network/network-schemas.ts'
import { Instant } from '../../../timetable/timetable-schemas.ts'

const closed = { additionalProperties: false } as const
const orNull = <Schema extends Parameters<typeof Type.Array>[0]>(schema: Schema) => Type.Union([schema, Type.Null()])

export const EnrolmentCode = Type.Object({
  code: Type.String({ description: '一次性登记码；只在此处显示一次' }),
  gate: Type.Integer(),
  expiresAt: Instant
})
export type EnrolmentCode = Type.Static<typeof EnrolmentCode>

export const EnrolmentRequest = Type.Object(
  {
    code: Type.String({ minLength: 14, maxLength: 14, description: '车站工作人员给出的登记码' }),
    name: Type.String({ minLength: 1, maxLength: 64, pattern: '\\S' }),
    request: Type.String({ maxLength: 4000, description: 'PKCS#10 证书请求（PEM），以本机 SM2 密钥签名' })
  },
  closed
)
export type EnrolmentRequest = Type.Static<typeof EnrolmentRequest>

export const Enrolment = Type.Object({
  device: Type.String({ format: 'uuid' }),
  gate: Type.Integer(),
  certificate: Type.String({ description: 'X.509（PEM，SM2）' }),
  authority: Type.String({ description: '签发者证书（PEM）' }),
  notAfter: Instant,
  serverTime: Instant
})
export type Enrolment = Type.Static<typeof Enrolment>

/** What stands behind a gate: enrolled devices, and accounts at a gate page, which have no certificate. */
export const GateSource = Type.Object({
  gate: Type.Integer(),
  place: PlaceCode,
  placeName: Type.String(),
  number: Type.Integer(),
  device: orNull(Type.String({ format: 'uuid' })),
  name: Type.String(),
  notAfter: orNull(Instant),
  revokedAt: orNull(Instant),
  revokedReason: orNull(Type.String()),
  seenAt: orNull(Instant),
  clockOffsetMs: orNull(Type.Integer({ description: '平台时钟减本机时钟，上次上传时' })),
  listsAgeSeconds: orNull(Type.Integer({ description: '名单之龄' })),
  listsBehind: orNull(Type.Integer({ description: '名单之后本站又变动的票数' })),
  freshness: Type.Enum(['fresh', 'warn', 'document', 'stopped', 'never'], {
    description: '此刻若断网，该口按规定：照常、提示、须核验证件、停止；never 从未取过名单'
  })
})
export type GateSource = Type.Static<typeof GateSource>

export const RevocationRequest = Type.Object(
  {
    reason: Type.Enum(['lost', 'stolen', 'replaced', 'compromised']),
    note: Type.Optional(Type.String({ maxLength: 200 }))
  },
  closed
)

export const byGate = Type.Object({ gate: Id })
