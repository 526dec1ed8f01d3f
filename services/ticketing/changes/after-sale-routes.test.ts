import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import type { InjectOptions } from 'fastify'
import { addDays } from '../../../clearing/business-day.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { at, createTestSale, person, today } from '../test-sale.ts'

const world = await createTestSale()
const { time, find } = world
let passenger: { authorization: string }
let clerk: { authorization: string }
let coaches: Departure[]
beforeAll(async () => {
  time.now = at(6)
  ;[passenger, clerk] = [await world.as('passenger'), await world.as('clerk')]
  coaches = (await find('天河客运站', '惠州汽车总站', addDays(today, 1))).filter(({ line }) => line === 'SL001')
})

const ask = async (method: InjectOptions['method'], url: string, headers: object = {}, payload?: object) =>
  await world.call({ method: method!, url, headers: { ...headers }, ...(payload ? { payload } : {}) })

const target = ({ id, from, to }: Departure) => ({ departure: id, from: from.place, to: to.place })
const counter = { place: '440100003', window: 7 }

const buy = async (coach: Departure, who = passenger, people = [person()]) => {
  const id = randomUUID()
  const order = { ...world.request(coach, people), ...(who === clerk ? { counter } : {}) }
  expect((await ask('PUT', `/v1/orders/${id}`, who, order)).status).toBe(200)
  const gateway = who === clerk ? 'cash' : 'simulated-cashier'
  const { body } = await ask('POST', `/v1/orders/${id}/payments`, who, { gateway })
  if (body.payAt) await ask('POST', body.payAt, {}, { choice: 'success' })
  const paid = (await ask('GET', `/v1/orders/${id}`, who)).body
  return { id, tickets: paid.coupons.map(({ ticketNo }: { ticketNo: string }) => ticketNo) as string[] }
}

test('a passenger changes his ticket, sees both, and cannot set the terms aside himself', async () => {
  const [early, late] = [coaches[0]!, coaches[1]!]
  const { tickets } = await buy(early)
  const quote = await ask('POST', '/v1/change-quotes', passenger, { tickets, ...target(late) })
  expect(quote).toMatchObject({ status: 200, body: { cause: 'passenger', due: 0, tickets: [{ fee: 0 }] } })
  const overrule = { code: 'WEATHER', note: '大雾' }
  for (const [method, url, body] of [
    ['POST', '/v1/change-quotes', { tickets, ...target(late), overrule }],
    ['PUT', `/v1/changes/${randomUUID()}`, { tickets, ...target(late), overrule, due: 0 }],
    ['PUT', `/v1/refunds/${randomUUID()}`, { tickets, amount: 6700, overrule }]
  ] as const)
    expect(await ask(method, url, passenger, body)).toMatchObject({ status: 403, body: { code: 'not-permitted' } })
  const id = randomUUID()
  const changed = await ask('PUT', `/v1/changes/${id}`, passenger, { tickets, ...target(late), due: 0 })
  expect(changed).toMatchObject({ status: 200, body: { id, state: 'ISSUED', tickets: [{ old: tickets[0] }] } })
  expect((await ask('GET', `/v1/changes/${id}`, passenger)).body).toEqual(changed.body)
  expect((await ask('GET', `/v1/orders/${id}`, passenger)).body.coupons).toMatchObject([{ state: 'ISSUED' }])
  expect((await ask('GET', `/v1/tickets/${tickets[0]}`, passenger)).body.state).toBe('CHANGED')
  const events = (await ask('GET', `/v1/tickets/${tickets[0]}/events`, passenger)).body
  expect(events.at(-1)).toMatchObject({ event: 'change', state: 'CHANGED', actor: 'passenger' })
})

test('each refusal of a change has its own code', async () => {
  const [from, to] = [coaches[2]!, coaches[3]!]
  const { tickets } = await buy(from)
  const change = async (about: object, id: string = randomUUID(), who = passenger) =>
    (await ask('PUT', `/v1/changes/${id}`, who, { tickets, ...target(to), due: 0, ...about })).body.code ?? 'done'
  expect(await change({ due: 100 })).toBe('change-amount-changed')
  expect(await change({ departure: 999_999 })).toBe('departure-not-found')
  expect(await change(target(from))).toBe('change-same-departure')
  expect(await change({ tickets: ['44010000200A00000000'] })).toBe('ticket-not-found')
  const other = (await find('天河客运站', '汕头汽车站')).find(({ line }) => line === 'SM001')!
  expect(await change({ ...target(other), due: other.fullFare - from.fullFare })).toBe('change-other-line')
  expect(await change({ counter })).toBe('not-permitted')
  expect(await change({ counter: { ...counter, place: '999999999' } }, randomUUID(), clerk)).toBe('place-not-found')
  expect((await ask('GET', `/v1/changes/${randomUUID()}`, passenger)).body.code).toBe('change-not-found')
  time.now = new Date(from.departsAt.getTime() - 7_199_000)
  passenger = await world.as('passenger')
  expect(await change({})).toBe('change-closed')
  time.now = at(6)
  ;[passenger, clerk] = [await world.as('passenger'), await world.as('clerk')]
  expect(await change({})).toBe('done')
  expect(await change({})).toBe('ticket-not-changeable')
})

test('a change is of one leg; a refund that nobody made is not found', async () => {
  const sailings = await find('徐闻港', '新海港', addDays(today, 1))
  const bus = (await find('湛江汽车总站', '徐闻汽车总站', addDays(today, 1)))[0]!
  const ferry = sailings.find((sailing) => sailing.departsAt.getTime() >= bus.arrivesAt.getTime() + 60 * 60_000)!
  const id = randomUUID()
  const legs = [target(bus), target(ferry)]
  const order = { legs, passengers: [person()], total: bus.fullFare + ferry.fullFare }
  expect((await ask('PUT', `/v1/orders/${id}`, passenger, order)).status).toBe(200)
  const paid = await ask('POST', `/v1/orders/${id}/payments`, passenger, { gateway: 'simulated-cashier' })
  await ask('POST', paid.body.payAt, {}, { choice: 'success' })
  const { coupons } = (await ask('GET', `/v1/orders/${id}`, passenger)).body
  const tickets = coupons.map(({ ticketNo }: { ticketNo: string }) => ticketNo)
  const quote = await ask('POST', '/v1/change-quotes', passenger, { tickets, ...target(ferry) })
  expect(quote.body.code).toBe('change-one-leg')
  expect((await ask('GET', `/v1/refunds/${randomUUID()}`, passenger)).body.code).toBe('refund-not-found')
})

test('a clerk voids what he sold, but not after his shift was handed over', async () => {
  const shift = `/v1/counter/shifts/${randomUUID()}`
  expect((await ask('PUT', shift, clerk, { ...counter, openingCash: 0 })).status).toBe(200)
  const undo = async ({ tickets }: { tickets: string[] }) =>
    await ask('PUT', `/v1/refunds/${randomUUID()}`, clerk, { tickets, amount: coaches[4]!.fullFare, void: true })
  expect(await undo(await buy(coaches[4]!, clerk))).toMatchObject({ status: 200, body: { reason: 'void' } })
  const kept = await buy(coaches[4]!, clerk)
  time.now = at(6, 1)
  expect((await ask('PUT', `${shift}/closing`, clerk, { countedCash: 0, note: '测试' })).status).toBe(200)
  expect((await undo(kept)).body.code).toBe('void-handed-over')
})

test('the waitlist over HTTP: join, prepay, wait, leave', async () => {
  const coach = coaches[5]!
  for (let party = 0; party < 9; party++)
    await world.sell(
      coach,
      Array.from({ length: 5 }, () => person())
    )
  const id = randomUUID()
  const { departure, from, to } = target(coach)
  const asked = { from, to, departures: [departure], passengers: [person()], limit: coach.fullFare }
  const joined = await ask('PUT', `/v1/waitlist/${id}`, passenger, asked)
  expect(joined).toMatchObject({ status: 200, body: { state: 'UNPAID', prepaid: coach.fullFare, ahead: null } })
  expect((await ask('PUT', `/v1/waitlist/${id}`, passenger, { ...asked, limit: 1 })).body.code).toBe('order-id-reused')
  expect((await ask('POST', `/v1/waitlist/${id}/payments`, passenger, { gateway: 'cash' })).body.code).toBe(
    'not-permitted'
  )
  const payment = await ask('POST', `/v1/waitlist/${id}/payments`, passenger, { gateway: 'simulated-cashier' })
  expect(payment.body).toMatchObject({ state: 'PENDING', entry: { state: 'UNPAID' } })
  await ask('POST', payment.body.payAt, {}, { choice: 'success' })
  expect((await ask('GET', `/v1/waitlist/${id}`, passenger)).body).toMatchObject({ state: 'WAITING', ahead: 0 })
  expect((await ask('GET', '/v1/waitlist', passenger)).body).toMatchObject([{ id }])
  expect(
    (await ask('POST', `/v1/waitlist/${id}/payments`, passenger, { gateway: 'simulated-cashier' })).body.code
  ).toBe('order-not-payable')
  const left = await ask('DELETE', `/v1/waitlist/${id}`, passenger)
  expect(left).toMatchObject({ status: 200, body: { state: 'CANCELLED' } })
  expect((await ask('GET', `/v1/refunds/${id}`, passenger)).body).toMatchObject({ reason: 'waitlist', state: 'PAID' })
  expect((await ask('GET', `/v1/waitlist/${randomUUID()}`, passenger)).body.code).toBe('waitlist-entry-not-found')
})

test('a lost ticket is re-issued at the counter; a passenger cannot do it alone', async () => {
  const traveller = person()
  const { tickets } = await buy(coaches[6]!, passenger, [traveller])
  const asked = { ticketNo: tickets[0]!, document: traveller.document, reason: 'stolen' }
  expect((await ask('PUT', `/v1/reissues/${randomUUID()}`, passenger, asked)).status).toBe(403)
  const answer = await ask('PUT', `/v1/reissues/${randomUUID()}`, clerk, asked)
  expect(answer).toMatchObject({ status: 200, body: { ticketNo: tickets[0], edition: 1, reason: 'stolen' } })
  const wrong = { ...asked, document: person().document }
  expect((await ask('PUT', `/v1/reissues/${randomUUID()}`, clerk, wrong)).body.code).toBe('reissue-identity-mismatch')
})
