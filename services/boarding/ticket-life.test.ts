import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { InjectOptions } from 'fastify'
import { addDays } from '../../clearing/business-day.ts'
import { createTestApp } from '../test-app.ts'
import { at, createTestSale, person, today } from '../ticketing/test-sale.ts'

const world = await createTestSale()
const { app, parts, time } = world
const day = addDays(today, 1)
let passenger: { authorization: string }
let clerk: { authorization: string }
let gate: { authorization: string }
let operator: { authorization: string }

beforeAll(async () => {
  time.now = at(6)
  ;[passenger, clerk, gate, operator] = [
    await world.as('passenger'),
    await world.as('clerk'),
    await world.as('gate'),
    await world.as('operator')
  ]
})

const ask = async (method: InjectOptions['method'], url: string, headers: object = {}, payload?: object) =>
  await world.call({ method: method!, url, headers: { ...headers }, ...(payload ? { payload } : {}) })

/** The first coach of tomorrow that nobody has asked for. */
let taken = 0
const offer = async () => {
  const url = `/v1/departures?from=${encodeURIComponent('天河客运站')}&to=${encodeURIComponent('惠州市')}&day=${day}`
  const { body } = await ask('GET', url)
  const departure = body.filter((row: { line: string }) => row.line === 'SL001')[taken++]
  const journey = { departure: departure.id, from: departure.from.place, to: departure.to.place }
  return { departure, journey }
}

const place = async (who: object, about: object = {}, passengers = [person()]) => {
  const { departure, journey } = await offer()
  const id = randomUUID()
  const total = departure.fullFare * passengers.length
  const answer = await ask('PUT', `/v1/orders/${id}`, who, { ...journey, passengers, total, ...about })
  return { id, departure, journey, answer }
}

const buy = async () => {
  const { id, departure } = await place(passenger)
  const payment = await ask('POST', `/v1/orders/${id}/payments`, passenger, { gateway: 'simulated-cashier' })
  await ask('POST', payment.body.payAt, {}, { choice: 'success' })
  const { body } = await ask('GET', `/v1/orders/${id}`, passenger)
  return { id, departure, ticketNo: body.coupons[0].ticketNo as string }
}

test("a passenger's ticket, from search to gate", async () => {
  const { departure, journey } = await offer()
  expect(departure).toMatchObject({ placesLeft: 45, fullFare: 6700, departsAt: expect.stringMatching(/Z$/) as string })
  const quote = await ask('POST', '/v1/quotes', {}, { ...journey, fares: ['full'] })
  expect(quote.body).toMatchObject({ total: 6700, refund: { code: 'coach-10-20' } })

  const id = randomUUID()
  const traveller = person()
  const order = { ...journey, passengers: [traveller], total: quote.body.total }
  const placed = await ask('PUT', `/v1/orders/${id}`, passenger, order)
  expect(placed).toMatchObject({ status: 200, body: { state: 'LOCKED', coupons: [{ ticketNo: null, seat: 1 }] } })
  expect((await ask('PUT', `/v1/orders/${id}`, passenger, order)).body).toEqual(placed.body)

  const payment = await ask('POST', `/v1/orders/${id}/payments`, passenger, { gateway: 'simulated-cashier' })
  expect(payment.body).toMatchObject({ state: 'PENDING', order: { state: 'LOCKED' } })
  expect((await ask('GET', payment.body.payAt)).body).toMatchObject({ amount: 6700, choice: null })
  expect((await ask('POST', payment.body.payAt, {}, { choice: 'success' })).status).toBe(200)

  const issued = await ask('GET', `/v1/orders/${id}`, passenger)
  expect(issued.body).toMatchObject({ state: 'ISSUED', ride: { number: departure.number, fromName: '天河客运站' } })
  const { ticketNo } = issued.body.coupons[0]
  const code = await ask('GET', `/v1/tickets/${ticketNo}/code`, passenger)
  expect(code.body).toMatchObject({
    form: 'phone',
    refreshSeconds: 30,
    payload: expect.stringMatching(/^LN:/) as string
  })
  const image = await ask('GET', `/v1/tickets/${ticketNo}/code.svg`, passenger)
  expect(image.headers['content-type']).toContain('image/svg+xml')
  expect(image.body).toMatch(/^<svg/)

  time.now = new Date(new Date(departure.departsAt).getTime() - 20 * 60_000)
  const { authorization } = await world.as('gate')
  const fresh = await ask('GET', `/v1/tickets/${ticketNo}/code`, await world.as('passenger'))
  const [door] = (await ask('GET', '/v1/gates')).body.filter((row: { place: string }) => row.place === journey.from)
  const scan = { gate: door.id, nonce: randomUUID(), code: fresh.body.payload }
  const check = await ask('POST', '/v1/boarding/checks', { authorization }, scan)
  expect(check).toMatchObject({
    status: 200,
    body: { result: 'OPEN', ticket: { ticketNo, seat: 1, passenger: { name: '测***' } } }
  })
  const again = await ask('POST', '/v1/boarding/checks', { authorization }, { ...scan, nonce: randomUUID() })
  expect(again.body).toMatchObject({ result: 'REFUSED', code: 'already-checked', number: 1801 })

  const signedIn = await world.as('passenger')
  const refund = await ask('POST', `/v1/tickets/${ticketNo}/refund-quote`, signedIn)
  expect(refund).toMatchObject({ status: 409, body: { code: 'ticket-already-checked' } })
  const events = await ask('GET', `/v1/tickets/${ticketNo}/events`, signedIn)
  expect(events.body.map((row: { event: string; actor: string }) => `${row.actor} ${row.event}`)).toEqual([
    expect.stringMatching(/ issue$/),
    'gate check-in',
    'gate check-refused'
  ])
  time.now = at(6)
  for (const answer of [placed, issued, check, events])
    expect(JSON.stringify(answer.body)).not.toContain(traveller.document!.number)
})

test('a clerk sells for cash at his window, finds the ticket by document, prints a slip and voids it', async () => {
  const traveller = person()
  const counter = { place: '440100003', window: 7 }
  const { id } = await place(clerk, { counter }, [traveller])
  await world.openShift(clerk)
  const paid = await ask('POST', `/v1/orders/${id}/payments`, clerk, { gateway: 'cash' })
  expect(paid.body).toMatchObject({ state: 'SUCCEEDED', order: { state: 'ISSUED' } })
  const found = await ask('POST', '/v1/ticket-searches', clerk, traveller.document)
  expect(found.body).toMatchObject([{ ticketNo: expect.stringMatching(/^44010003107A\d{8}$/) as string, orderId: id }])
  expect(found.body[0].passenger).toMatchObject({
    name: '测试旅客',
    documentNumber: expect.stringMatching(/^\d{6}\*{8}/) as string
  })
  const { ticketNo } = found.body[0]
  expect((await ask('GET', `/v1/tickets/${ticketNo}/code?form=slip`, clerk)).body.refreshSeconds).toBeNull()
  const voided = await ask('PUT', `/v1/refunds/${randomUUID()}`, clerk, {
    tickets: [ticketNo],
    amount: 6700,
    void: true
  })
  expect(voided.body).toMatchObject({ state: 'PAID', reason: 'void' })
  expect((await ask('GET', `/v1/tickets/${ticketNo}`, clerk)).body.state).toBe('VOIDED')
})

describe('who may do what', () => {
  test('a stranger finds no order, no ticket, no code and no refund of another', async () => {
    const { id, ticketNo } = await buy()
    const registered = await ask('POST', '/v1/passengers', {}, { name: 'stranger', password: 'long-enough-1' })
    expect(registered.status).toBe(201)
    const { body } = await ask('POST', '/v1/sessions', {}, { name: 'stranger', password: 'long-enough-1' })
    const stranger = { authorization: `Bearer ${body.token}` }
    const refund = { tickets: [ticketNo], amount: 6030 }
    const asked: [InjectOptions['method'], string, object?][] = [
      ['GET', `/v1/orders/${id}`],
      ['DELETE', `/v1/orders/${id}`],
      ['POST', `/v1/orders/${id}/payments`, { gateway: 'simulated-cashier' }],
      ['GET', `/v1/tickets/${ticketNo}`],
      ['GET', `/v1/tickets/${ticketNo}/events`],
      ['GET', `/v1/tickets/${ticketNo}/code`],
      ['GET', `/v1/tickets/${ticketNo}/code.svg`],
      ['POST', `/v1/tickets/${ticketNo}/refund-quote`],
      ['PUT', `/v1/refunds/${randomUUID()}`, refund]
    ]
    for (const [method, url, payload] of asked)
      expect((await ask(method, url, stranger, payload)).status, url).toBe(404)
    expect((await ask('GET', '/v1/orders', stranger)).body).toEqual([])
    expect((await ask('GET', `/v1/orders/${id}`, clerk)).status).toBe(200)
  })

  test('a gate sells nothing, an operator sees no ticket, a passenger opens no gate and takes no cash', async () => {
    const { id, ticketNo } = await buy()
    const scan = { gate: 1, nonce: randomUUID(), code: 'LN:000' }
    const asked: [InjectOptions['method'], string, object, object?][] = [
      [
        'PUT',
        `/v1/orders/${randomUUID()}`,
        gate,
        { departure: 1, from: '440100003', to: '441300001', passengers: [person()], total: 0 }
      ],
      ['GET', `/v1/tickets/${ticketNo}`, gate],
      ['GET', `/v1/tickets/${ticketNo}`, operator],
      ['POST', '/v1/boarding/checks', passenger, scan],
      ['POST', '/v1/boarding/checks', clerk, scan],
      ['POST', `/v1/orders/${id}/payments`, passenger, { gateway: 'cash' }],
      ['POST', '/v1/ticket-searches', passenger, { ...person().document }]
    ]
    for (const [method, url, who, payload] of asked)
      expect((await ask(method, url, who, payload)).body.code, url).toBe('not-permitted')
    expect((await ask('GET', `/v1/tickets/${ticketNo}`)).status).toBe(401)
    expect((await place(passenger, { counter: { place: '440100003', window: 1 } })).answer.body.code).toBe(
      'not-permitted'
    )
    expect((await place(clerk)).answer.body.code).toBe('counter-required')
  })
})

describe('a body', () => {
  test('is taken literally or not at all', async () => {
    const { journey, departure } = await offer()
    const good = { ...journey, passengers: [person()], total: departure.fullFare }
    const wrong: [string, object][] = [
      ['text for a number', { ...good, total: '6700' }],
      ['an unknown field', { ...good, discount: 1 }],
      ['an unknown field within', { ...good, passengers: [{ ...person(), vip: true }] }],
      ['nobody', { ...good, passengers: [] }],
      ['a crowd', { ...good, passengers: Array.from({ length: 21 }, () => person()) }],
      ['a negative amount', { ...good, total: -1 }],
      ['half a fen', { ...good, total: 6700.5 }],
      ['an impossible place', { ...good, from: "440100003' or 1=1" }],
      ['an unknown kind', { ...good, passengers: [{ ...person(), document: { kind: '77', number: 'E12345678' } }] }]
    ]
    for (const [what, payload] of wrong) {
      const { status, body } = await ask('PUT', `/v1/orders/${randomUUID()}`, passenger, payload)
      expect([status, body.code], what).toEqual([400, 'request-invalid'])
      expect(body.errors[0].pointer, what).toMatch(/^\//)
    }
    expect((await ask('PUT', '/v1/orders/not-a-uuid', passenger, good)).status).toBe(400)
  })

  test('or an address with something hostile in it is refused, not a bug', async () => {
    const asked: [InjectOptions['method'], string, object?][] = [
      ['GET', '/v1/departures?from=a&to=b&day=2026-13-45'],
      ['GET', '/v1/departures?from=a&to=b&day=2026-02-30'],
      ['GET', '/v1/departures?from=%00&to=b&day=2026-12-02'],
      ['GET', '/v1/places?q=%00'],
      ['GET', '/v1/simulated-cashier/charges/%00'],
      ['POST', '/v1/quotes', { departure: 2 ** 31, from: '440100003', to: '441300001', fares: ['full'] }],
      ['GET', '/v1/orders/00000000-0000-0000-0000-00000000000g'],
      ['POST', '/v1/boarding/checks', { gate: 2 ** 40, nonce: randomUUID(), code: 'x' }],
      ['DELETE', `/v1/boarding/checks/${2 ** 40}`]
    ]
    for (const [method, url, payload] of asked) {
      const who = url.includes('boarding') ? gate : passenger
      expect((await ask(method, url, who, payload)).status, url).toBe(400)
    }
    const odd = await ask('POST', '/v1/document-checks', {}, { kind: '99', number: '\u0000\u0000\u0000\u0000' })
    expect(odd.body).toMatchObject({ acceptable: false, fault: 'document-malformed' })
  })

  test('with a wrong document says which passenger and why, and nothing of the number', async () => {
    const number = '440100199003072034'
    const passengers = [person(), { name: '测试', document: { kind: '01' as const, number }, fare: 'full' as const }]
    const { answer } = await place(passenger, {}, passengers)
    expect(answer).toMatchObject({ status: 422, body: { code: 'document-check-digit', facts: { passenger: 1 } } })
    expect(JSON.stringify(answer.body)).not.toContain(number)
  })
})

test('nothing in the database holds a document number or a name in the clear', async () => {
  const traveller = { ...person(), name: '欧阳明文检查' }
  await place(passenger, {}, [traveller])
  const tables = await parts.sql<{ name: string }[]>`
    select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`
  for (const { name } of tables) {
    const [row] = await parts.sql.unsafe(
      `select count(*)::integer as found from ${name} as t where t::text like '%' || $1 || '%' or t::text like '%' || $2 || '%'`,
      [traveller.document!.number, traveller.name]
    )
    expect(row!['found'], name).toBe(0)
  }
})

test('where tickets are real there is no simulated cashier', async () => {
  const real = await createTestApp({ sample: false })
  const url = `/v1/simulated-cashier/charges/${randomUUID()}.1`
  const decide = await real.call({ method: 'POST', url, payload: { choice: 'success' } })
  expect(decide.body.code).toBe('sample-mode-only')
  expect((await real.call({ method: 'GET', url })).body.code).toBe('sample-mode-only')
})

test('every route of a ticket is documented with its errors', async () => {
  const document = (
    app as unknown as { swagger(): { paths: Record<string, Record<string, { responses: object }>> } }
  ).swagger()
  const order = document.paths['/v1/orders/{id}']!['put']!
  expect(Object.keys(order.responses)).toEqual(expect.arrayContaining(['200', '404', '409', '422']))
  expect(JSON.stringify(order)).toContain('identity-holds-ticket')
})
