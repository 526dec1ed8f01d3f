import { beforeEach, describe, expect, it } from 'vitest'
import { createTestApp } from '../../test-app.ts'

const { parts, time, call } = await createTestApp()
const minutes = (count: number) => (time.now = new Date(time.now.getTime() + count * 60_000))

let phones = 0
/** None of those with which the simulator does something else. */
const newPhone = () => `13900${String(123_450 + ++phones)}`
const ask = async (phone: string) => await call({ method: 'POST', url: '/v1/phone-codes', payload: { phone } })
const read = async (phone: string): Promise<string> => {
  const { body } = await call({ url: `/v1/sample/text-message?phone=${phone}` })
  return /验证码 (\d{6})/.exec(body.text)![1]!
}
const enter = async (phone: string, code: string) =>
  await call({ method: 'POST', url: '/v1/phone-sessions', payload: { phone, code } })
const wrongFor = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

beforeEach(() => minutes(60 * 24))

describe('signing in by phone', () => {
  it('opens an account at the first time and finds it again from anywhere, with nothing of the number in the clear', async () => {
    const phone = newPhone()
    const sent = await ask(phone)
    expect(sent.status).toBe(202)
    expect(Date.parse(sent.body.expiresAt) - time.now.getTime()).toBe(5 * 60_000)
    const first = await enter(phone, await read(phone))
    expect(first.status).toBe(201)
    expect(first.body.account).toMatchObject({
      role: 'passenger',
      name: expect.stringMatching(/^139\*{4}\d{4} #/) as string
    })
    expect(first.body.permits).toContain('buy-ticket')
    minutes(2)
    await ask(phone)
    const second = await enter(phone, await read(phone))
    expect(second.body.account).toEqual(first.body.account)
    const headers = { authorization: `Bearer ${second.body.token}` }
    expect((await call({ url: '/v1/orders', headers })).body).toEqual([])
    const [kept] = await parts.sql<{ all: string }[]>`
      select (select json_agg(a)::text from sign_in_account a) || (select json_agg(c)::text from phone_code c) as all`
    expect(kept!.all).not.toContain(phone)
    expect(kept!.all).not.toContain(Buffer.from(phone).toString('hex'))
  })

  it('takes a code once, in its five minutes, from its own number', async () => {
    const [phone, other] = [newPhone(), newPhone()]
    await ask(phone)
    await ask(other)
    const code = await read(phone)
    expect((await enter(other, code)).body.code).toBe('sign-in-failed')
    expect((await enter(phone, code)).status).toBe(201)
    expect((await enter(phone, code)).body.code).toBe('sign-in-failed')
    minutes(2)
    await ask(phone)
    const late = await read(phone)
    minutes(5)
    expect((await enter(phone, late)).body.code).toBe('sign-in-failed')
    expect((await enter(newPhone(), late)).body.code).toBe('sign-in-failed')
  })

  it('lets one code open one session when it is used twice at once', async () => {
    const phone = newPhone()
    await ask(phone)
    const code = await read(phone)
    const both = await Promise.all([enter(phone, code), enter(phone, code)])
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([201, 401]))
  })

  it('locks a number after five wrong answers, the right one included, however many codes it was sent between', async () => {
    const phone = newPhone()
    await ask(phone)
    const wrong = wrongFor(await read(phone))
    for (let n = 0; n < 3; n++) expect((await enter(phone, wrong)).body.code).toBe('sign-in-failed')
    minutes(1)
    await ask(phone)
    const code = await read(phone)
    expect((await enter(phone, wrongFor(code))).body.code).toBe('sign-in-failed')
    expect((await enter(phone, wrongFor(code))).body.code).toBe('account-locked')
    expect((await enter(phone, code)).body.code).toBe('account-locked')
    expect((await ask(phone)).body.code).toBe('account-locked')
    minutes(15)
    expect((await ask(phone)).status).toBe(202)
    expect((await enter(phone, await read(phone))).status).toBe(201)
  })

  it('sends one code a minute and ten a day to a number', async () => {
    const phone = newPhone()
    expect((await ask(phone)).status).toBe(202)
    expect((await ask(phone)).body).toMatchObject({ code: 'phone-code-too-soon' })
    for (let n = 2; n <= 10; n++) {
      minutes(1)
      expect((await ask(phone)).status).toBe(202)
    }
    minutes(1)
    expect((await ask(phone)).body.code).toBe('phone-code-too-many')
    minutes(24 * 60)
    expect((await ask(phone)).status).toBe(202)
  })

  it('says when a message did not leave; the number may be tried again at once', async () => {
    expect((await ask('13912340000')).body.code).toBe('phone-code-not-sent')
    expect((await ask('13912340001')).body.code).toBe('phone-code-not-sent')
    expect((await ask('13912340001')).status).toBe(202)
    expect((await ask('12912345678')).status).toBe(400)
  })

  it('writes down what was tried, by no number', async () => {
    const events = await parts.sql<{ event: string }[]>`select distinct event from sign_in_audit order by event`
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['locked', 'refused-while-locked', 'registered', 'signed-in', 'wrong-code'])
    )
  })

  it('shows what the phone shows to this machine alone', async () => {
    const phone = newPhone()
    await ask(phone)
    const url = `/v1/sample/text-message?phone=${phone}`
    expect((await call({ url, remoteAddress: '192.0.2.7' })).body.code).toBe('sample-mode-only')
  })
})
