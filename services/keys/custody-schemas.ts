// Custody as the API speaks of it. Keys are named, never shown; a passphrase or a part of a key is taken and passed on to the key process.
import { Type, type Static } from 'typebox'
import { keyStates } from '../../card-crypto/key-custody/key-states.ts'
import { Instant } from '../timetable/timetable-schemas.ts'

const name = Type.String({ minLength: 1, maxLength: 40 })
const credentials = {
  custodian: Type.String({ minLength: 1, maxLength: 40, description: '保管员' }),
  passphrase: Type.String({ minLength: 1, maxLength: 200, description: '保管员口令，由密钥进程核对，不保存' })
}
const KeyName = Type.String({
  pattern: '^[a-z-]+/[\\w.-]{0,32}/\\d{1,3}/\\d{1,3}/[a-z0-9-]+$',
  description: '用途/机构/版本/索引/算法，如 tac//2/1/sm4'
})
const State = Type.Enum([...keyStates])
const closed = { additionalProperties: false } as const

export const Credentials = Type.Object(credentials, closed)
export const NewCustodian = Type.Object(
  { ...credentials, vouchers: Type.Optional(Type.Array(Credentials, { maxItems: 5 })) },
  closed
)
export const NewCeremony = Type.Object(
  {
    ...credentials,
    key: KeyName,
    origin: Type.Enum(['entered', 'drawn'], { description: 'entered 录入分量；drawn 内部产生后分发' }),
    splitting: Type.Object(
      {
        kind: Type.Enum(['xor', 'shamir']),
        parts: Type.Integer({ minimum: 2, maximum: 16 }),
        needed: Type.Integer({ minimum: 2, maximum: 16 })
      },
      closed
    ),
    custodians: Type.Array(name, { minItems: 2, maxItems: 16 }),
    checkValue: Type.Optional(Type.String({ pattern: '^[0-9A-Fa-f]{6,16}$', description: '纸面上的校验值' }))
  },
  closed
)
export const NewComponent = Type.Object(
  { ...credentials, component: Type.String({ pattern: '^([0-9A-Fa-f]{2}){16,65}$' }) },
  closed
)
export const NewChange = Type.Object(
  {
    ...credentials,
    key: KeyName,
    to: State,
    from: Type.String({ minLength: 10, maxLength: 30, description: '生效日' })
  },
  closed
)

/** What the key process answers a step with: ids, check values, states; a part only to the custodian who takes it. */
export const StepAnswer = Type.Record(Type.String(), Type.Unknown())

export const KeyInventory = Type.Object({
  keys: Type.Array(
    Type.Object({
      name: Type.String(),
      state: State,
      checkValue: Type.String(),
      uses: Type.Record(Type.String(), Type.Integer())
    })
  ),
  custodians: Type.Array(Type.String()),
  ceremonies: Type.Array(
    Type.Object({
      id: Type.String(),
      key: Type.String(),
      origin: Type.String(),
      splitting: Type.Object({ kind: Type.String(), parts: Type.Integer(), needed: Type.Integer() }),
      custodians: Type.Array(Type.String()),
      state: Type.String(),
      begunBy: Type.String(),
      begunAt: Instant,
      parts: Type.Array(Type.Object({ custodian: Type.String(), checkValue: Type.String(), at: Type.String() }))
    })
  ),
  plans: Type.Array(
    Type.Object({
      id: Type.String(),
      key: Type.String(),
      to: Type.String(),
      from: Instant,
      askedBy: Type.String(),
      approvedBy: Type.Optional(Type.String()),
      doneAt: Type.Optional(Instant),
      refused: Type.Optional(Type.String())
    })
  )
})
export type KeyInventory = Static<typeof KeyInventory>

export const KeyRecords = Type.Object({
  publicKey: Type.Union([Type.String(), Type.Null()], { description: '验证记录签名的 SM2 公钥 PEM' }),
  records: Type.Array(Type.Record(Type.String(), Type.Unknown()))
})
