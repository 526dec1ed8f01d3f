// /v1/phone-codes and /v1/phone-sessions: a passenger signs in with the phone in his hand.
import { Type } from 'typebox'
import type { App, Parts } from '../../parts.ts'
import { problems } from '../../problem.ts'
import { refuse } from '../../refusals.ts'
import { isOnThisMachine, sessionAnswer } from '../access-routes.ts'
import { OpenedSession } from '../access-schemas.ts'
import { PhoneCodeRequest, PhoneSignIn, SentPhoneCode } from './phone-schemas.ts'
import { sendPhoneCode, signInByPhone } from './sign-in-by-phone.ts'
import { simulatedSms } from './simulated-sms.ts'
import { latestText } from './simulated-sms-queries.ts'

const tags = ['登录 Access']

export function phoneRoutes(app: App, { sql, keys, clock, config }: Parts): void {
  // Where tickets are real no provider is connected yet, and nobody can sign in by phone.
  if (!config.sample) return
  const rateLimit = { max: config.signInsPerMinute, timeWindow: 60_000 }
  const sms = simulatedSms(sql)

  app.post(
    '/v1/phone-codes',
    {
      config: { permit: 'anyone', rateLimit },
      schema: {
        tags,
        summary: '发送短信验证码 Send a sign-in code to a phone',
        description: '同一号码每分钟一条、每天十条；无论该号码有无账号，应答相同。',
        body: PhoneCodeRequest,
        response: {
          202: SentPhoneCode,
          ...problems('account-locked', 'phone-code-not-sent', 'phone-code-too-many', 'phone-code-too-soon')
        }
      }
    },
    async (request, reply) => reply.code(202).send(await sendPhoneCode({ sql, keys, sms }, request.body.phone, clock()))
  )

  app.post(
    '/v1/phone-sessions',
    {
      config: { permit: 'anyone', rateLimit },
      schema: {
        tags,
        summary: '手机号登录 Sign in by phone',
        description: '首次登录即开户；订单记在该手机号的账号下。',
        body: PhoneSignIn,
        response: { 201: OpenedSession, ...problems('account-locked', 'sign-in-failed') }
      }
    },
    async (request, reply) => {
      const session = await signInByPhone({ sql, keys }, request.body, request.ip, clock())
      return reply.code(201).send({ ...sessionAnswer(session), token: session.token })
    }
  )

  app.get(
    '/v1/sample/text-message',
    {
      config: { permit: 'anyone' },
      schema: {
        tags,
        summary: '示例环境：手机收到的短信 What the phone shows (sample mode, this machine only)',
        querystring: Type.Pick(PhoneCodeRequest, ['phone']),
        response: { 200: Type.Object({ text: Type.String() }), ...problems('sample-mode-only') }
      }
    },
    async (request) => {
      const text = isOnThisMachine(request) ? await latestText(sql, request.query.phone) : null
      if (text === null) throw refuse('sample-mode-only')
      return { text }
    }
  )
}
