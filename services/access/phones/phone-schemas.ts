// A phone number and the code that was sent to it, as the API takes them.
import { Type } from 'typebox'

const closed = { additionalProperties: false } as const
const Phone = Type.String({ pattern: '^1[3-9]\\d{9}$', description: '手机号' })
const Instant = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))

export const PhoneCodeRequest = Type.Object({ phone: Phone }, closed)
export type PhoneCodeRequest = Type.Static<typeof PhoneCodeRequest>

export const SentPhoneCode = Type.Object({
  expiresAt: Type.Unsafe<Date>({ ...Instant, description: '验证码在此之前有效' }),
  againAt: Type.Unsafe<Date>({ ...Instant, description: '此后可再发一次' })
})
export type SentPhoneCode = Type.Static<typeof SentPhoneCode>

export const PhoneSignIn = Type.Object(
  { phone: Phone, code: Type.String({ pattern: '^\\d{6}$', description: '短信验证码' }) },
  closed
)
export type PhoneSignIn = Type.Static<typeof PhoneSignIn>
