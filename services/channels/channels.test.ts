import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { sm2GenerateKeyPair } from '../../card-crypto/sm2-keys.ts'
import { payOrder } from '../ticketing/pay-order.ts'
import { at, createTestSale, person } from '../ticketing/test-sale.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { checkMaySell } from './channel-rules.ts'
import { laySampleChannels } from './sample-channels.ts'
import { readSignature } from '../access/signing/signature-rules.ts'
import { allScopes, openPartner, signatureOf, terms, type Partner } from './test-partner.ts'

const test = await createTestSale()
const { sql, call, time } = test
let coach: Departure
let partner: Partner
let other: Partner

beforeAll(async () => {
  coach = await anyCoach()
  partner = await openPartner(test, 'OTA1')
  other = await openPartner(test, 'OTA2')
})

async function anyCoach(): Promise<Departure> {
  const [line] = await sql<{ from: string; to: string }[]>`
    select a.code as "from", b.code as "to" from line
    join line_stop x on x.line = line.id and x.position = 0 join place a on a.id = x.place
    join line_stop y on y.line = line.id and y.position = 1 join place b on b.id = y.place
    where line.mode = 'coach' and line.class = 2 order by line.code limit 1`
  return (await test.find(line!.from, line!.to))[0]!
}

const order = (changes = {}) => test.request(coach, [person()], changes)
const place = async (by: Partner, id = randomUUID()) => {
  const placed = await by.ask({ method: 'PUT', url: `/v1/orders/${id}`, payload: order() })
  expect(placed.body).toMatchObject({ state: 'LOCKED' })
  return id
}
const pay = async (by: Partner, id: string, gateway = 'credit') =>
  await by.ask({ method: 'POST', url: `/v1/orders/${id}/payments`, payload: { gateway } })
const account = async (by: Partner) => (await by.ask({ url: '/v1/channel' })).body

describe('a channel', () => {
  it('sells, pays from its account, and has its money back with a refund', async () => {
    const before = await account(partner)
    const id = await place(partner)
    const { body } = await pay(partner, id)
    expect(body).toMatchObject({ state: 'SUCCEEDED', order: { state: 'ISSUED' } })
    expect(await account(partner)).toMatchObject({
      balance: before.balance - body.order.total,
      soldToday: null
    })
    expect((await pay(partner, id)).body.code).toBe('order-not-payable')
    const ticketNo = body.order.coupons[0].ticketNo
    const quote = await partner.ask({ method: 'POST', url: `/v1/tickets/${ticketNo}/refund-quote` })
    const payload = { tickets: [ticketNo], amount: quote.body.amount }
    const refund = await partner.ask({ method: 'PUT', url: `/v1/refunds/${randomUUID()}`, payload })
    expect(refund.body.state).toBe('PAID')
    expect((await account(partner)).balance).toBe(before.balance - quote.body.fee - body.order.coupons[0].serviceFee)
    const { body: movements } = await partner.ask({ url: '/v1/channel/movements?limit=2' })
    expect(movements.map((each: { kind: string }) => each.kind)).toEqual(['refund', 'sale'])
  })

  it('owns its orders alone', async () => {
    const id = await place(partner)
    expect((await other.ask({ url: `/v1/orders/${id}` })).body.code).toBe('order-not-found')
    expect((await pay(other, id)).body.code).toBe('order-not-found')
    expect((await other.ask({ method: 'DELETE', url: `/v1/orders/${id}` })).body.code).toBe('order-not-found')
    expect((await call({ url: `/v1/orders/${id}`, headers: await test.as('passenger') })).body.code).toBe(
      'order-not-found'
    )
    expect((await partner.ask({ url: `/v1/orders/${id}` })).body.id).toBe(id)
  })

  it('pays in no other way, and nobody else pays from an account', async () => {
    const id = await place(partner)
    for (const gateway of ['cash', 'simulated-cashier'])
      expect(['credit-only', 'not-permitted']).toContain((await pay(partner, id, gateway)).body.code)
    const held = await test.hold(coach)
    const passenger = await test.as('passenger')
    const asked = { method: 'POST', url: `/v1/orders/${held.id}/payments`, headers: passenger } as const
    expect((await call({ ...asked, payload: { gateway: 'credit' } })).body.code).toBe('credit-only')
  })

  it('never gets below its limit, however many buyers come at once', async () => {
    const price = order().total
    const poor = await openPartner(test, 'POOR', { creditLimit: price * 3 + 1 })
    const ids = []
    for (let n = 0; n < 10; n++) ids.push(await place(poor))
    const answers = await Promise.all(ids.map(async (id) => await pay(poor, id)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body.code))).toEqual(
      new Set(['credit-spent'])
    )
    expect(await account(poor)).toMatchObject({ balance: -3 * price })
    await expect(
      sql.begin(async (tx) => {
        await tx`select set_config('app.tx', 'test', true)`
        await tx`update channel_account set balance = balance - 10000000 where channel = (select id from channel where code = 'POOR')`
      })
    ).rejects.toThrow('channel_credit_limit')
    // Paid in, the refused ones go through on the charge that is still open.
    const url = `/v1/channels/POOR/top-ups/${randomUUID()}`
    const topUp = { method: 'PUT', url, headers: poor.operator } as const
    const late = ids[answers.findIndex(({ status }) => status !== 200)]!
    await call({ ...topUp, payload: { amount: price } })
    await call({ ...topUp, payload: { amount: price } })
    expect((await call({ ...topUp, payload: { amount: 1 } })).body.code).toBe('top-up-id-reused')
    expect((await account(poor)).balance).toBe(-2 * price)
    expect((await pay(poor, late)).body.state).toBe('SUCCEEDED')
    const [sum] = await sql`
      select sum(amount)::int as sum from channel_movement where channel = (select id from channel where code = 'POOR')`
    expect(sum!['sum']).toBe(-3 * price)
    const own = { url: '/v1/channels/POOR', headers: poor.operator } as const
    const { body: all } = await call({ url: '/v1/channels', headers: poor.operator })
    const {
      code: _code,
      balance: _balance,
      soldToday: _sold,
      ...now
    } = all.find((each: { code: string }) => each.code === 'POOR')
    expect((await call({ ...own, method: 'PUT', payload: { ...now, creditLimit: price } })).body.code).toBe(
      'credit-spent'
    )
  })

  it('sells nothing outside its hours or while suspended; what it holds by then may be paid', async () => {
    const late = await place(partner)
    const night = await openPartner(test, 'NIGHT', { opensMinute: 0, closesMinute: 60 })
    time.now = new Date(time.now.getTime() + 6_000)
    const closed = await night.ask({ method: 'PUT', url: `/v1/orders/${randomUUID()}`, payload: order() })
    expect(closed.body.code).toBe('channel-closed')
    const url = '/v1/channels/OTA1'
    const shut = { ...terms, opensMinute: 0, closesMinute: 1 }
    await call({ method: 'PUT', url, headers: partner.operator, payload: shut })
    time.now = new Date(time.now.getTime() + 6_000)
    const asked = await partner.ask({ method: 'PUT', url: `/v1/orders/${randomUUID()}`, payload: order() })
    expect(asked.body.code).toBe('channel-closed')
    expect((await pay(partner, late)).body.state).toBe('SUCCEEDED')
    await call({ method: 'PUT', url, headers: partner.operator, payload: terms })
    const gone = await openPartner(test, 'GONE')
    await openPartner(test, 'GONE', { state: 'suspended' })
    expect((await gone.ask({ url: '/v1/orders' })).body.code).toBe('channel-suspended')
    time.now = at(6)
  })

  it('that is suspended between the hold and the payment pays no more', async () => {
    const shut = await openPartner(test, 'SHUT')
    const id = await place(shut)
    await openPartner(test, 'SHUT', { state: 'suspended' })
    // Its requests are refused at the door; a payment that was under way gets no further.
    expect((await pay(shut, id)).body.code).toBe('channel-suspended')
    const paying = payOrder(test.paying, { orderId: id, gateway: 'credit', actor: 'channel:SHUT' }, time.now)
    await expect(paying).rejects.toMatchObject({ code: 'credit-suspended' })
  })

  it('that nobody opened is not found, nor is a client of nobody', async () => {
    const { operator: headers } = partner
    const topUp = { url: `/v1/channels/NOBODY/top-ups/${randomUUID()}`, payload: { amount: 100 } }
    expect((await call({ method: 'PUT', ...topUp, headers })).body.code).toBe('channel-not-found')
    const client = { url: '/v1/channels/NOBODY/clients', payload: { name: 'x', scopes: ['buy-ticket'], secret: true } }
    expect((await call({ method: 'POST', ...client, headers })).body.code).toBe('channel-not-found')
    const revoked = await call({ method: 'DELETE', url: `/v1/clients/${randomUUID()}`, headers })
    expect(revoked.body.code).toBe('client-not-found')
  })

  it.each([
    ['active', 360, 1320, at(6), null],
    ['active', 360, 1320, at(5, 59), 'channel-closed'],
    ['active', 360, 1320, at(22), 'channel-closed'],
    ['suspended', 0, 1440, at(12), 'channel-suspended']
  ] as const)('%s, open %i–%i, at %s: %s', (...row) => {
    const [state, opensMinute, closesMinute, now, answer] = row
    expect(checkMaySell({ state, opensMinute, closesMinute }, now)).toBe(answer)
  })
})

describe('the sample channels', () => {
  it('are laid once, one of every kind, and keep what was changed', async () => {
    await laySampleChannels(sql)
    await sql.begin(async (tx) => {
      await tx`select set_config('app.tx', 'test', true)`
      await tx`update channel set name = '改过' where code = 'AGENT'`
    })
    await laySampleChannels(sql)
    const { body } = await call({ url: '/v1/channels', headers: partner.operator })
    const kinds = new Set(body.map(({ kind }: { kind: string }) => kind))
    expect(kinds).toEqual(new Set(['window', 'kiosk', 'web', 'phone', 'agent', 'platform']))
    expect(body.find(({ code }: { code: string }) => code === 'AGENT').name).toBe('改过')
    const classes = await sql`select class, count(*)::int as places from place group by class order by class`
    expect(classes.map((row) => row['class'])).toEqual([1, 2, 3])
  })
})

describe('a client', () => {
  const ask = { method: 'GET', url: '/v1/channel?b=2&a=1', body: '' }
  const code = async (authorization: string, url = ask.url) =>
    (await call({ url, headers: { authorization } })).body.code
  const by = (changes = {}) => ({ client: partner.client.id as string, pair: partner.pair, at: time.now, ...changes })

  it('has a token for its secret, until it is revoked', async () => {
    const { body: client } = await call({
      method: 'POST',
      url: '/v1/channels/OTA1/clients',
      headers: partner.operator,
      payload: { name: 'second', scopes: ['read-channel-account'], secret: true }
    })
    const asToken = async (clientSecret: string) =>
      await call({ method: 'POST', url: '/v1/client-tokens', payload: { clientId: client.id, clientSecret } })
    expect((await asToken('wrong')).body.code).toBe('sign-in-failed')
    const { token } = (await asToken(client.secret)).body
    const headers = { authorization: `Bearer ${token}` }
    expect((await call({ url: '/v1/channel', headers })).body.code).toBe('OTA1')
    // A scope it does not have, and a permit no channel has.
    expect((await call({ url: '/v1/orders', headers })).body.code).toBe('not-permitted')
    expect((await call({ url: '/v1/channels', headers })).body.code).toBe('not-permitted')
    const revoked = await call({ method: 'DELETE', url: `/v1/clients/${client.id}`, headers: partner.operator })
    expect(revoked.status).toBe(204)
    expect((await call({ url: '/v1/channel', headers })).body.code).toBe('session-required')
    expect((await asToken(client.secret)).body.code).toBe('sign-in-failed')
    const kept = await sql`select row_to_json(c)::text as row from api_client c where id = ${client.id}`
    expect(kept[0]!['row']).not.toContain(client.secret)
  })

  it('gets no scope beyond those of a channel', async () => {
    const payload = { name: 'x', scopes: [...allScopes, 'run-channels'], secret: true }
    const asked = { method: 'POST', url: '/v1/channels/OTA1/clients', headers: partner.operator } as const
    expect((await call({ ...asked, payload })).body.code).toBe('request-invalid')
    expect((await call({ ...asked, payload: { name: 'x', scopes: allScopes } })).body.code).toBe(
      'client-credential-required'
    )
    const publicKey = '0'.repeat(128)
    expect((await call({ ...asked, payload: { name: 'x', scopes: allScopes, publicKey } })).body.code).toBe(
      'public-key-malformed'
    )
  })

  it('signs its requests: whatever was changed, replayed, too early or too late is refused', async () => {
    const good = signatureOf(ask, by())
    expect((await call({ url: ask.url, headers: { authorization: good } })).status).toBe(200)
    expect(await code(good)).toBe('request-replayed')
    expect(await code(signatureOf(ask, by()), '/v1/channel?a=1&b=2')).toBe('OTA1')
    expect(await code(signatureOf(ask, by()), '/v1/channel?a=1&b=3')).toBe('signature-invalid')
    expect(await code(signatureOf(ask, by()), '/v1/channel/movements')).toBe('signature-invalid')
    expect(await code(signatureOf({ ...ask, method: 'DELETE' }, by()))).toBe('signature-invalid')
    expect(await code(signatureOf({ ...ask, body: 'x' }, by()))).toBe('signature-invalid')
    expect(await code(signatureOf(ask, by({ client: other.client.id })))).toBe('signature-invalid')
    expect(await code(signatureOf(ask, by({ client: randomUUID() })))).toBe('signature-invalid')
    expect(await code(signatureOf(ask, by({ pair: sm2GenerateKeyPair() })))).toBe('signature-invalid')
    const day = 86_400_000
    for (const off of [day, -day, 301_000, -301_000])
      expect(await code(signatureOf(ask, by({ at: new Date(time.now.getTime() + off) })))).toBe('clock-off')
    for (const off of [299_000, -299_000])
      expect(await code(signatureOf(ask, by({ at: new Date(time.now.getTime() + off) })))).toBe('OTA1')
  })

  it('signs the body, and another body under the same signature is refused', async () => {
    const id = randomUUID()
    const signed = partner.sign({ method: 'PUT', url: `/v1/orders/${id}`, payload: order() })
    const forged = { ...signed, payload: (signed.payload as string).replace('测试', '另外') }
    expect((await call(forged)).body.code).toBe('signature-invalid')
    expect((await partner.ask({ url: `/v1/orders/${id}` })).body.code).toBe('order-not-found')
  })

  it('sends the same order and payment again under new signatures: held once, paid once', async () => {
    const id = randomUUID()
    const asked = { method: 'PUT', url: `/v1/orders/${id}`, payload: order() } as const
    const before = (await account(partner)).balance as number
    for (let sent = 0; sent < 3; sent++) expect((await partner.ask(asked)).body.state).toBe('LOCKED')
    const answers = await Promise.all(Array.from({ length: 5 }, async () => await pay(partner, id)))
    const [paid, refused] = [200, 409].map((status) => answers.filter((answer) => answer.status === status))
    expect(paid!.length + refused!.length).toBe(5)
    expect(paid!.length).toBeGreaterThan(0)
    for (const { body } of refused!) expect(body.code).toBe('order-not-payable')
    expect((await account(partner)).balance).toBe(before - asked.payload.total)
    const forged = { ...asked, payload: { ...asked.payload, total: 1 } }
    expect((await partner.ask(forged)).body.code).toBe('order-id-reused')
    expect((await other.ask(asked)).body.code).toBe('order-id-reused')
  })

  it('forges no scope: what its token or signature does not carry is not permitted, whatever it asks for', async () => {
    const meek = await openPartner(test, 'MEEK', {}, ['read-channel-account'])
    const { body: token } = await call({
      method: 'POST',
      url: '/v1/client-tokens',
      payload: { clientId: meek.client.id, clientSecret: meek.client.secret }
    })
    const bearer = { authorization: `Bearer ${token.token}` }
    const asked = { method: 'PUT', url: `/v1/orders/${randomUUID()}`, payload: order() } as const
    expect((await meek.ask(asked)).body.code).toBe('not-permitted')
    expect((await call({ ...asked, headers: bearer })).body.code).toBe('not-permitted')
    const wider = { clientId: meek.client.id, clientSecret: meek.client.secret, scopes: allScopes }
    expect((await call({ method: 'POST', url: '/v1/client-tokens', payload: wider })).body.code).toBe('request-invalid')
    const own = { name: 'self', scopes: allScopes, secret: true }
    expect((await meek.ask({ method: 'POST', url: '/v1/channels/MEEK/clients', payload: own })).body.code).toBe(
      'not-permitted'
    )
  })

  it('sends one nonce once, also when it is sent twice at the same time', async () => {
    const headers = { authorization: signatureOf(ask, by()) }
    const both = await Promise.all([1, 2].map(async () => (await call({ url: ask.url, headers })).status))
    expect(new Set(both)).toEqual(new Set([200, 401]))
  })

  it.each([
    [undefined, null],
    ['Bearer x', null],
    ['SM2-SIGN', null],
    ['SM2-SIGN x', 'malformed'],
    ['SM2-SIGN client="x", client="x"', 'malformed'],
    ['SM2-SIGN client="", timestamp="1", nonce="", digest="", signature=""', 'malformed']
  ])('the header %s reads as %s', (header, answer) => expect(readSignature(header, 'SM2-SIGN')).toBe(answer))
})
