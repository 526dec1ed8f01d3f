// What a gate and the platform tell each other: the lists a gate fetches before it is on its own, and the scans it brings back.
// Bytes are base64. Every answer carries the platform's clock, by which a gate sets its own.
import { Type } from 'typebox'
import { ShownIdentity } from '../../identity/identity-schemas.ts'
import { Id, PlaceCode } from '../../network/network-schemas.ts'
import { couponStates } from '../../ticketing/coupon-rules.ts'
import { CouponKindSchema, TicketNo } from '../../ticketing/ticketing-schemas.ts'
import { DepartureKind, departureStates, Instant } from '../../timetable/timetable-schemas.ts'
import { passageKinds } from '../passages/passage-rules.ts'

const closed = { additionalProperties: false } as const
const orNull = <Schema extends Parameters<typeof Type.Array>[0]>(schema: Schema) => Type.Union([schema, Type.Null()])

export const PassageKindSchema = Type.Enum([...passageKinds], {
  description: 'security 安检，hall 候车厅，boarding 检票上车，transfer 换乘，deck 车辆甲板，parking 停车场'
})

// ---- What a gate fetches ----

const minutes = (description: string) => Type.Integer({ minimum: 0, maximum: 100_000, description })

/** The rules of a place's gates, above all how they behave as their lists and their clock grow old; published, and sent with the keys. */
export const GatePolicy = Type.Object(
  {
    mixedEarlierMinutes: minutes('混检：同线路、早于正检班次多少分钟以内的票也放行；0 不混检'),
    mixedLaterMinutes: minutes('混检：同线路、晚于正检班次多少分钟以内的票也放行；0 不混检'),
    documentAlways: Type.Boolean({ description: '无论何种凭证都核验证件（参数 3038）' }),
    onceBegun: Type.Optional(
      Type.Boolean({ description: '联网检票须班次已开检（车站开始检票以后）；不填为否，只看检票时段' })
    ),
    listsWarnMinutes: minutes('名单超过此龄：提示工作人员，照常检票'),
    listsAskDocumentMinutes: minutes('超过此龄：刷码须同时核验证件'),
    listsRefuseMinutes: minutes('超过此龄：停止离线检票'),
    clockOffSecondsMax: Type.Integer({
      minimum: 1,
      maximum: 3600,
      description: '本机时钟自上次同步以来的漂移超过此秒数：不得离线放行'
    })
  },
  closed
)
export type GatePolicy = Type.Static<typeof GatePolicy>

/** A key that signs ticket codes, now or until it was rotated out. */
export const IssuerKeyOnList = Type.Object({
  version: Type.Integer({ description: '码内的签发密钥号' }),
  publicKey: Type.String({ description: 'SM2 公钥 x‖y，base64' }),
  acceptedUntil: orNull(
    Type.Unsafe<Date>(Type.String({ format: 'date-time', description: '此前仍认其签名；正在签发的为空' }))
  ),
  revokedAt: orNull(Instant)
})
export type IssuerKeyOnList = Type.Static<typeof IssuerKeyOnList>

export const KeyList = Type.Object({
  serverTime: Instant,
  keys: Type.Array(IssuerKeyOnList),
  policy: GatePolicy
})
export type KeyList = Type.Static<typeof KeyList>

export const ManifestDeparture = Type.Object({
  id: Type.Integer(),
  line: Type.Integer({ description: '线路标识，混检以此相认' }),
  lineName: Type.String(),
  kind: DepartureKind,
  state: Type.Enum([...departureStates]),
  departsAt: Type.Unsafe<Date>(Type.String({ format: 'date-time', description: '在本站的开车时间' })),
  notBefore: Type.Unsafe<Date>(Type.String({ format: 'date-time', description: '开始检票' })),
  notAfter: Type.Unsafe<Date>(Type.String({ format: 'date-time', description: '停止检票' })),
  key: Type.String({
    description: '班次密钥（base64）：本机以此辨认动态码是否新鲜、所刷证件是否其人（credentials/moment.ts）'
  })
})
export type ManifestDeparture = Type.Static<typeof ManifestDeparture>

export const ManifestTicket = Type.Object({
  ticketNo: TicketNo,
  departure: Type.Integer(),
  leg: Type.Integer({ description: '旅程中的第几程，自 1 起' }),
  seat: orNull(Type.Integer()),
  fareKind: CouponKindSchema,
  state: Type.Enum([...couponStates]),
  edition: Type.Integer({ description: '当前凭证的版次；更早版次的码已作废' }),
  to: PlaceCode,
  toName: Type.String(),
  passenger: ShownIdentity,
  documentTag: orNull(
    Type.String({ description: '证件在本班次的标记（16 字节，base64）：本机以班次密钥从所刷证件算得同一值' })
  ),
  journey: orNull(Type.Object({ number: Type.String(), passenger: Type.Integer() })),
  checkedAt: orNull(Instant),
  checkedGate: orNull(Type.Integer())
})
export type ManifestTicket = Type.Static<typeof ManifestTicket>

export const ManifestQuery = Type.Object({
  since: Type.Optional(Type.Integer({ minimum: 0, description: '上次得到的 version：只要此后变动的票；不填要全部' })),
  listedUntil: Type.Optional(
    Type.Unsafe<string>(
      Type.String({ format: 'date-time', description: '上次得到的 until：此后新进入时段的班次，其票全部列出' })
    )
  ),
  hours: Type.Integer({ minimum: 1, maximum: 96, default: 24, description: '此后多少小时内发出的班次' })
})

/** Departures are always all of the window; tickets those that changed after `since`. Applying the same answer twice changes nothing. */
export const GateManifest = Type.Object({
  serverTime: Instant,
  gate: Type.Integer(),
  number: Type.Integer(),
  passage: PassageKindSchema,
  place: PlaceCode,
  placeName: Type.String(),
  version: Type.Integer({ description: '下次作为 since；同时是 ETag' }),
  full: Type.Boolean({ description: 'true：丢弃手头名单，以此为准' }),
  from: Instant,
  until: Instant,
  departures: Type.Array(ManifestDeparture),
  tickets: Type.Array(ManifestTicket)
})
export type GateManifest = Type.Static<typeof GateManifest>

/** The short form of what changed, for asking often: tickets that may not board, and re-issued ones with the edition that counts. */
export const Revocation = Type.Object({
  ticketNo: TicketNo,
  departure: Type.Integer(),
  state: Type.Enum([...couponStates]),
  edition: Type.Integer()
})
export type Revocation = Type.Static<typeof Revocation>

export const RevocationDelta = Type.Object({
  serverTime: Instant,
  version: Type.Integer(),
  full: Type.Boolean(),
  revocations: Type.Array(Revocation)
})
export type RevocationDelta = Type.Static<typeof RevocationDelta>

// ---- What a gate brings back ----

export const scanMeans = ['code', 'slip', 'document'] as const

/** One scan as the gate recorded it before it opened or refused. */
export const Scan = Type.Object(
  {
    sequence: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: '本日志内自 1 起连续编号' }),
    nonce: Type.String({ format: 'uuid', description: '每次扫描一个；重发得到同一结果' }),
    at: Type.String({ format: 'date-time', description: '本机时钟的扫描时刻' }),
    clockOffsetMs: Type.Integer({
      minimum: -86_400_000,
      maximum: 86_400_000,
      description: '本机所知的平台时钟减本机时钟'
    }),
    listsAgeSeconds: Type.Integer({ minimum: 0, maximum: 31_536_000, description: '扫描时名单之龄' }),
    passage: PassageKindSchema,
    departure: orNull(Type.Integer({ ...Id, description: '本口当时正在检的班次' })),
    means: Type.Enum([...scanMeans], { description: 'code 动态码，slip 凭条与证件，document 刷证' }),
    ticketNo: orNull(TicketNo),
    edition: orNull(Type.Integer({ minimum: 0, maximum: 127 })),
    issuerKey: orNull(Type.Integer({ minimum: 0, maximum: 65_535 })),
    documentChecked: Type.Boolean({ description: '扫描时核验了证件' }),
    code: Type.Optional(Type.String({ maxLength: 400, description: '扫到的内容，作为凭据' })),
    result: Type.Enum(['OPEN', 'REFUSED']),
    refusal: Type.String({ maxLength: 40, pattern: '^[a-z0-9-]*$', description: '拒绝原因代码；放行为空' })
  },
  closed
)
export type Scan = Type.Static<typeof Scan>

export const scansPerUpload = 500

/** A log is what one device has recorded since its storage was made; a new storage begins a new log at 1. */
export const ScanUpload = Type.Object(
  {
    log: Type.String({ format: 'uuid' }),
    sentAt: Type.String({ format: 'date-time', description: '本机时钟的发送时刻' }),
    scans: Type.Array(Scan, { maxItems: scansPerUpload, description: '按编号升序；可为空，仅询问进度' })
  },
  closed
)
export type ScanUpload = Type.Static<typeof ScanUpload>

/** kind → [中文, English]. Every kind is a recorded outcome of a scan that the platform, knowing more, would not have allowed. */
export const conflictKinds = {
  'double-use': ['同一张票在两处检过', 'opened at two gates'],
  'refunded-after-scan': ['检票后又退了票', 'refunded although it had been scanned before'],
  'boarded-refunded': ['退票后仍放行', 'let through although it had been refunded'],
  'boarded-changed': ['改签后以原票放行', 'let through on a ticket that had been changed'],
  'boarded-voided': ['废票后仍放行', 'let through although it had been voided'],
  'boarded-suspended': ['班次停运后仍放行', 'let through although the departure was cancelled or suspended'],
  'boarded-expired': ['车票已失效仍放行', 'let through on a ticket that was no longer valid'],
  'revoked-credential': ['补办后以旧码放行', 'let through on a code that a re-issue had ended'],
  'revoked-key': ['签发密钥吊销后仍认其码', 'let through on a code of an issuer key that was revoked'],
  'stale-list': ['名单过旧，未按规定放行', 'let through with lists older than the policy allows'],
  'clock-off': ['本机时钟偏差过大', 'the clock of the gate was off by more than the policy allows'],
  'outside-window': ['检票时间以外放行', 'let through outside the time of its check-in'],
  'moved-meanwhile': ['车票已移到其他班次', 'the ticket had been moved to another departure'],
  'wrong-place': ['不在本站上车的票', 'the ticket does not board at this place'],
  'unknown-ticket': ['系统中没有这张票', 'no such ticket'],
  unproven: ['凭据不足以证明此次扫描', 'what was sent along does not prove the scan']
} as const
export type ConflictKind = keyof typeof conflictKinds
const kinds = Object.keys(conflictKinds) as ConflictKind[]
export const ConflictKindSchema = Type.Enum(kinds, {
  description: kinds.map((kind) => `${kind} ${conflictKinds[kind][0]}`).join('；')
})

export const ScanOutcome = Type.Object({
  sequence: Type.Integer(),
  nonce: Type.String({ format: 'uuid' }),
  outcome: Type.Enum(['accepted', 'recorded', 'conflict'], {
    description: 'accepted 放行成立；recorded 已记录（拒绝、可重复的门）；conflict 已记录为冲突，由车站处理'
  }),
  conflict: orNull(ConflictKindSchema)
})
export type ScanOutcome = Type.Static<typeof ScanOutcome>

export const UploadAnswer = Type.Object({
  serverTime: Instant,
  acknowledged: Type.Integer({ description: '此号及以前全部收妥，本机可以删除' }),
  missing: Type.Array(Type.Object({ from: Type.Integer(), to: Type.Integer() }), {
    description: '此号以后还缺的编号段，请重发'
  }),
  outcomes: Type.Array(ScanOutcome)
})
export type UploadAnswer = Type.Static<typeof UploadAnswer>
