import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sm2PublicKeyFromPem } from '../../../card-crypto/sm2-keys.ts'
import { sm2Verify } from '../../../card-crypto/sm2.ts'
import { transaction, type Transaction } from '../../../clearing/database.ts'
import { at, createTestSale, person } from '../../ticketing/test-sale.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { openPartner, type Partner } from '../test-partner.ts'
import { pushWebhook, pushWebhooksJob } from './push-webhooks.ts'
import { publicLookup, sendWebhook } from './send-webhook.ts'
import { isPublicAddress, mayBeTarget } from './target-rules.ts'
import { attemptsMax, retryDelaySeconds, verdictOf } from './webhook-rules.ts'

const test = await createTestSale()
const { sql, call, time, parts } = test
let coach: Departure
let partner: Partner
let other: Partner

interface Received {
  headers: IncomingMessage['headers']
  body: string
  message: { id: number; type: string; ticketNo: string; state: string; event: string }
}
let received: Received[] = []
let answer: (message: Received, response: ServerResponse) => void
const accept = (_: Received, response: ServerResponse) => void response.writeHead(204).end()

/** A receiver as a partner runs one. */
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString()
    const got = { headers: request.headers, body, message: JSON.parse(body) as Received['message'] }
    received.push(got)
    answer(got, response)
  })
})
const target = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/tickets`

beforeAll(async () => {
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  const [line] = await sql<{ from: string; to: string }[]>`
    select a.code as "from", b.code as "to" from line
    join line_stop x on x.line = line.id and x.position = 0 join place a on a.id = x.place
    join line_stop y on y.line = line.id and y.position = 1 join place b on b.id = y.place
    where line.mode = 'coach' and line.class = 2 order by line.code limit 1`
  coach = (await test.find(line!.from, line!.to))[0]!
  partner = await openPartner(test, 'OTA1')
  other = await openPartner(test, 'OTA2')
})
afterAll(() => void receiver.close())
beforeEach(() => {
  time.now = at(6)
  received = []
  answer = accept
})

async function sell(by: Partner): Promise<string> {
  const url = `/v1/orders/${randomUUID()}`
  await by.ask({ method: 'PUT', url, payload: test.request(coach, [person()]) })
  const { body } = await by.ask({ method: 'POST', url: `${url}/payments`, payload: { gateway: 'credit' } })
  return body.order.coupons[0].ticketNo as string
}

async function refund(by: Partner, ticketNo: string): Promise<void> {
  const { body: quote } = await by.ask({ method: 'POST', url: `/v1/tickets/${ticketNo}/refund-quote` })
  const payload = { tickets: [ticketNo], amount: quote.amount }
  const { status } = await by.ask({ method: 'PUT', url: `/v1/refunds/${randomUUID()}`, payload })
  expect(status).toBe(200)
}

async function subscribe(by: Partner, events = ['sold', 'changed', 'refunded', 'checked']): Promise<string> {
  const id = randomUUID()
  const asked = await by.ask({ method: 'PUT', url: `/v1/webhooks/${id}`, payload: { url: target(), events } })
  expect(asked.body).toMatchObject({ id, state: 'active', waiting: 0 })
  return id
}

/** What a worker's rounds do, until nothing is due: other databases' transactions may hold the outbox back for a moment. */
async function push(id: string, until: () => boolean | Promise<boolean>, timeoutMs = 2_000): Promise<void> {
  for (let round = 0; round < 200 && !(await until()); round++) {
    await pushWebhook(parts, id, timeoutMs)
    await new Promise((done) => setTimeout(done, 20))
  }
  expect(await until()).toBe(true)
}

const log = async (by: Partner, id: string, state = '') =>
  (await by.ask({ url: `/v1/webhooks/${id}/deliveries${state && `?state=${state}`}` })).body
const later = (seconds: number) => (time.now = new Date(time.now.getTime() + seconds * 1000))

describe('a webhook', () => {
  it('tells a channel what became of its tickets and nobody else’s, signed by us', async () => {
    const id = await subscribe(partner)
    await sell(other)
    const ticketNo = await sell(partner)
    await refund(partner, ticketNo)
    await push(id, () => received.length === 3)
    expect(received.map(({ message }) => [message.type, message.ticketNo, message.state])).toEqual([
      ['sold', ticketNo, 'ISSUED'],
      ['refunded', ticketNo, 'REFUNDING'],
      ['refunded', ticketNo, 'REFUNDED']
    ])
    const { publicKey } = (await call({ url: '/v1/webhook-key' })).body
    for (const { headers, body } of received) {
      const [name, signature] = String(headers['webhook-signature']).split(',')
      expect(name).toBe('sm2')
      const signed = Buffer.from(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`)
      expect(sm2Verify(sm2PublicKeyFromPem(publicKey), signed, Buffer.from(signature!, 'base64'))).toBe(true)
      expect(body).not.toContain('测试旅客')
    }
    expect(await log(partner, id)).toMatchObject([{ state: 'delivered', answer: '204' }, {}, {}])
    expect((await other.ask({ url: `/v1/webhooks/${id}/deliveries` })).body.code).toBe('webhook-not-found')
    const stolen = { method: 'PUT', url: `/v1/webhooks/${id}`, payload: { url: target(), events: ['sold'] } } as const
    expect((await other.ask(stolen)).body.code).toBe('webhook-not-found')
    expect(await pushWebhooksJob.due(parts, time.now)).not.toContain(id)
  })

  it('is sent again, later and later, and holds back the later events of that ticket alone', async () => {
    const id = await subscribe(partner)
    const [stuck, fine] = [await sell(partner), await sell(partner)]
    await refund(partner, stuck)
    answer = ({ message }, response) => void response.writeHead(message.ticketNo === stuck ? 500 : 200).end()
    await push(id, () => received.length === 2)
    await pushWebhook(parts, id)
    expect(received.map(({ message }) => message.ticketNo).toSorted()).toEqual([stuck, fine].toSorted())
    later(4)
    await pushWebhook(parts, id)
    expect(received).toHaveLength(2)
    later(2)
    await pushWebhook(parts, id)
    expect(received).toHaveLength(3)
    expect(await log(partner, id, 'waiting')).toHaveLength(3)
    answer = accept
    later(16)
    await push(id, () => received.length === 6)
    const ofStuck = received.filter(({ message }) => message.ticketNo === stuck).map(({ message }) => message)
    expect(ofStuck.map(({ event }) => event)).toEqual(['issue', 'issue', 'issue', 'refund', 'refund-paid'])
    expect(new Set(ofStuck.slice(0, 3).map(({ id }) => id)).size).toBe(1)
  })

  it('waits no longer than its time for a slow receiver', async () => {
    const id = await subscribe(partner)
    await sell(partner)
    answer = () => undefined
    await push(id, async () => (await log(partner, id))[0]?.answer === 'timed out', 200)
    expect(received).toHaveLength(1)
    answer = accept
    later(6)
    await push(id, async () => (await log(partner, id))[0].state === 'delivered')
  })

  it('takes over what a killed worker had in hand', async () => {
    const id = await subscribe(partner)
    await sell(partner)
    answer = () => undefined
    // This worker never comes back from its message.
    await pushUntilSent(id)
    answer = accept
    await pushWebhook(parts, id)
    expect(received).toHaveLength(1)
    later(31)
    await push(id, () => received.length === 2)
    expect(received[1]!.message.id).toBe(received[0]!.message.id)
  })

  it('ends when the receiver says 410, and goes on when the channel subscribes again', async () => {
    const id = await subscribe(partner)
    await sell(partner)
    answer = (_, response) => void response.writeHead(410).end()
    await push(id, () => received.length === 1)
    await sell(partner)
    await pushWebhook(parts, id)
    expect(received).toHaveLength(1)
    expect((await partner.ask({ url: '/v1/webhooks' })).body.find((each: { id: string }) => each.id === id).state).toBe(
      'ended'
    )
    answer = accept
    await partner.ask({ method: 'PUT', url: `/v1/webhooks/${id}`, payload: { url: target(), events: ['sold'] } })
    await push(id, () => received.length === 2)
  })

  it('follows no redirect', async () => {
    const id = await subscribe(partner)
    await sell(partner)
    answer = (_, response) => void response.writeHead(307, { location: target() }).end()
    await push(id, () => received.length === 1)
    expect(await log(partner, id)).toMatchObject([{ state: 'waiting', answer: '307' }])
  })

  it('can be replayed: a ticket, or everything from an event on', async () => {
    const id = await subscribe(partner)
    const [first, second] = [await sell(partner), await sell(partner)]
    await push(id, () => received.length === 2)
    const replay = async (payload: object) =>
      (await partner.ask({ method: 'POST', url: `/v1/webhooks/${id}/replays`, payload })).body.replayed
    expect(await replay({ ticketNo: first })).toBe(1)
    await push(id, () => received.length === 3)
    expect(received[2]!.message).toEqual(received.find(({ message }) => message.ticketNo === first)!.message)
    const { id: event } = received.find(({ message }) => message.ticketNo === second)!.message
    expect(await replay({ fromEvent: event })).toBe(1)
    expect(await replay({ ticketNo: '44010003207B00004217' })).toBe(0)
    await push(id, () => received.length === 4)
  })

  it('misses no event of a transaction that ends after later ones', async () => {
    const id = await subscribe(partner)
    const [slow, quick] = [await sell(partner), await sell(partner)]
    const insert = async (tx: Transaction, ticketNo: string) =>
      await tx`
      insert into ticket_event (ticket_no, event, state, at, actor) values (${ticketNo}, 'check-in', 'CHECKED', now(), 'test')`
    const inserted = Promise.withResolvers<void>()
    const commit = Promise.withResolvers<void>()
    const open = transaction(sql, async (tx) => {
      await insert(tx, slow)
      inserted.resolve()
      await commit.promise
    })
    await inserted.promise
    await transaction(sql, async (tx) => await insert(tx, quick))
    await pushWebhook(parts, id)
    const checked = () => received.filter(({ message }) => message.type === 'checked')
    expect(checked()).toEqual([])
    commit.resolve()
    await open
    await push(id, () => checked().length === 2)
  })
})

/** Starts a push whose receiver never answers, and leaves it as soon as the message is out. */
async function pushUntilSent(id: string): Promise<void> {
  for (let round = 0; round < 200 && received.length === 0; round++) {
    void pushWebhook(parts, id, 60_000).catch(() => undefined)
    await new Promise((done) => setTimeout(done, 50))
  }
  expect(received).toHaveLength(1)
}

describe('the target of a webhook', () => {
  it.each([
    ['8.8.8.8', true],
    ['127.0.0.1', false],
    ['10.1.2.3', false],
    ['172.31.255.255', false],
    ['172.32.0.1', true],
    ['192.168.0.1', false],
    ['169.254.169.254', false],
    ['100.64.0.1', false],
    ['0.0.0.0', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['2400:3200::1', true],
    ['::1', false],
    ['::ffff:127.0.0.1', false],
    ['64:ff9b::7f00:1', false],
    ['fc00::1', false],
    ['fe80::1', false],
    ['2002:7f00:1::', false],
    ['2001:db8::1', false],
    ['localhost', false]
  ])('%s is public: %s', (address, answer) => expect(isPublicAddress(address)).toBe(answer))

  it.each([
    ['https://partner.example.com/hook', true],
    ['http://partner.example.com/hook', false],
    ['https://127.0.0.1/', false],
    ['https://2130706433/', false],
    ['https://0x7f.1/', false],
    ['https://[::1]/', false],
    ['https://[::ffff:10.0.0.1]/', false],
    ['https://localhost/', false],
    ['https://printer.local/', false],
    ['https://database/', false],
    ['https://user:secret@partner.example.com/', false],
    ['https://partner.example.com/#x', false],
    ['ftp://partner.example.com/', false],
    ['file:///etc/passwd', false],
    ['nonsense', false]
  ])('%s outside the sample installation: %s', (url, answer) =>
    expect(mayBeTarget(url, { sample: false })).toBe(answer)
  )

  it('is judged again when its name is resolved', async () => {
    const send = async (url: string, sample = false) =>
      await sendWebhook({ id: 1, url, body: '{}' }, { keys: parts.keys, sample, timeoutMs: 2_000 }, time.now)
    expect(await send('https://127.0.0.1/')).toEqual({ status: null, answer: 'target not allowed' })
    expect((await send(target(), true)).status).toBe(204)
    expect((await send('https://no-such-name.invalid/')).status).toBeNull()
    const resolved = async (...addresses: string[]) =>
      await new Promise((done) => {
        const all = addresses.map((address) => ({ address, family: 4 }))
        publicLookup((_, answer) => answer(null, all))('partner.example', {}, (error, address) =>
          done(error?.message ?? address)
        )
      })
    expect(await resolved('8.8.8.8')).toBe('8.8.8.8')
    expect(await resolved('8.8.8.8', '127.0.0.1')).toBe('target not allowed: 127.0.0.1')
  })

  it('is refused when a channel asks for one it may not have', async () => {
    const payload = { url: 'ftp://partner.example.com/', events: ['sold'] }
    const asked = await partner.ask({ method: 'PUT', url: `/v1/webhooks/${randomUUID()}`, payload })
    expect(asked.body.code).toBe('webhook-target')
  })
})

describe('what an answer means', () => {
  it.each([
    [200, 1, 'delivered'],
    [204, 30, 'delivered'],
    [301, 1, 'again'],
    [410, 1, 'gone'],
    [404, 29, 'again'],
    [500, attemptsMax, 'given-up'],
    [null, 1, 'again'],
    [null, attemptsMax, 'given-up']
  ] as const)('%s at attempt %i: %s', (status, attempts, verdict) => expect(verdictOf(status, attempts)).toBe(verdict))

  it('leaves about a day until it is given up', () => {
    const waits = Array.from({ length: attemptsMax - 1 }, (_, n) => retryDelaySeconds(n + 1))
    expect(waits.slice(0, 7)).toEqual([5, 15, 45, 135, 405, 1215, 3600])
    expect(waits.reduce((sum, wait) => sum + wait) / 3600).toBeCloseTo(23.5, 0)
  })
})
