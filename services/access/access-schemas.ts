// What signing in, registering and the audit look like from outside.
import { Type } from 'typebox'
import { roles } from './permit-rules.ts'

const closed = { additionalProperties: false } as const
const AccountName = Type.String({ minLength: 2, maxLength: 64, pattern: '^\\S(.*\\S)?$', description: '登录名' })
const Password = Type.String({ minLength: 8, maxLength: 128, description: '密码' })
export const RoleSchema = Type.Enum([...roles], { description: '角色' })

export const SignIn = Type.Object(
  {
    name: AccountName,
    password: Type.String({ minLength: 1, maxLength: 128 }),
    oneTimeCode: Type.Optional(Type.String({ pattern: '^\\d{6}$', description: '动态口令；工作人员必填' }))
  },
  closed
)
export type SignIn = Type.Static<typeof SignIn>

export const Registration = Type.Object(
  {
    name: AccountName,
    password: Password,
    phone: Type.Optional(Type.String({ pattern: '^1[3-9]\\d{9}$', description: '手机号，加密存放' }))
  },
  closed
)
export type Registration = Type.Static<typeof Registration>

export const Account = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  role: RoleSchema
})
export type Account = Type.Static<typeof Account>

export const SessionAnswer = Type.Object({
  account: Account,
  permits: Type.Array(Type.String(), { description: '本会话可用的权限' }),
  expiresAt: Type.String({ format: 'date-time' })
})

export type SessionAnswer = Type.Static<typeof SessionAnswer>

export const OpenedSession = Type.Object({
  ...SessionAnswer.properties,
  token: Type.String({ description: '放入 Authorization: Bearer <token>；只出示一次' })
})

export const SignInEvent = Type.Object({
  at: Type.String({ format: 'date-time' }),
  event: Type.String(),
  name: Type.Union([Type.String(), Type.Null()]),
  role: Type.Union([RoleSchema, Type.Null()]),
  address: Type.String()
})
