import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { releaseExpiredHolds } from '../ticketing/ticketing-jobs.ts'
import { at, createTestSale, person } from '../ticketing/test-sale.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { ticketsAsked } from './channel-rules.ts'
import type { ChannelTerms } from './channel-schemas.ts'
import { claimQuota } from './quota-queries.ts'
import { openPartner, terms, type Partner } from './test-partner.ts'

const test = await createTestSale()
const { sql, call, time } = test
let operator: { authorization: string }
let coaches: Departure[]
let next = 0

beforeAll(async () => {
  operator = await test.as('operator')
  coaches = (await test.find('天河客运站', '惠州汽车总站')).filter(({ line }) => line === 'SL001')
})
/** Each test on a minute of its own: terms are read again every few seconds, full quotas counted again every second. */
let minute = 0
beforeEach(() => {
  time.now = at(6, ++minute)
})

type Ask = (asked: {
  method?: 'PUT' | 'POST' | 'DELETE' | 'GET'
  url: string
  payload?: object
}) => ReturnType<typeof call>

async function hold(ask: Ask, about: object = {}, id: string = randomUUID()) {
  const coach = coaches[next++ % coaches.length]!
  const { body } = await ask({
    method: 'PUT',
    url: `/v1/orders/${id}`,
    payload: test.request(coach, [person()], about)
  })
  return { id, answer: (body.code ?? body.state) as string }
}
async function sell({ ask }: Partner) {
  const { id, answer } = await hold(ask)
  expect(answer).toBe('LOCKED')
  const { body } = await ask({ method: 'POST', url: `/v1/orders/${id}/payments`, payload: { gateway: 'credit' } })
  return { ticketNo: body.order.coupons[0].ticketNo as string }
}
async function giveBack(partner: Partner, ticketNo: string) {
  const quote = await partner.ask({ method: 'POST', url: `/v1/tickets/${ticketNo}/refund-quote` })
  const payload = { tickets: [ticketNo], amount: quote.body.amount }
  expect((await partner.ask({ method: 'PUT', url: `/v1/refunds/${randomUUID()}`, payload })).status).toBe(200)
}
const later = (seconds: number) => {
  time.now = new Date(time.now.getTime() + seconds * 1000)
}
const used = async (partner: Partner) => (await partner.ask({ url: '/v1/channel' })).body.soldToday as number
const counter = { place: '440100003', window: 7 }

describe('a quota counts every sale of its channel from the hold on', () => {
  it.each(['kiosk', 'web', 'phone', 'agent', 'platform', 'window'] as const)('through a %s', async (kind) => {
    const partner = await openPartner(test, `Q${kind.toUpperCase()}`, { kind, ticketsPerDay: 1 })
    expect((await hold(partner.ask)).answer).toBe('LOCKED')
    expect((await hold(partner.ask)).answer).toBe('quota-spent')
    expect(await used(partner)).toBe(1)
  })

  it.each([
    ['WINDOW', 'window', 'clerk', { counter }],
    ['WEB', 'web', 'passenger', {}]
  ] as const)('through our own %s', async (code, kind, role, about) => {
    const headers = await test.as(role)
    const ask: Ask = async (asked) => await call({ ...asked, headers })
    const set = async (ticketsPerDay: number | null) => {
      const payload: ChannelTerms = { ...terms, name: code, kind, ticketsPerDay, creditLimit: 0 }
      expect((await call({ method: 'PUT', url: `/v1/channels/${code}`, headers: operator, payload })).status).toBe(200)
      later(6)
    }
    expect((await hold(ask, about)).answer).toBe('LOCKED')
    await set(1)
    expect((await hold(ask, about)).answer).toBe('LOCKED')
    expect((await hold(ask, about)).answer).toBe('quota-spent')
    await set(null)
    expect((await hold(ask, about)).answer).toBe('LOCKED')
  })

  it('as many as there are tickets, and the same order once', async () => {
    const partner = await openPartner(test, 'QTWO', { ticketsPerDay: 2 })
    const url = `/v1/orders/${randomUUID()}`
    const payload = test.request(coaches[0]!, [person(), person()])
    for (let time = 0; time < 3; time++)
      expect((await partner.ask({ method: 'PUT', url, payload })).body.state).toBe('LOCKED')
    expect(await used(partner)).toBe(2)
    expect((await hold(partner.ask)).answer).toBe('quota-spent')
  })

  it('never more, however many buyers come at once', async () => {
    const partner = await openPartner(test, 'QMANY', { ticketsPerDay: 5 })
    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await hold(partner.ask)).answer))
    expect(answers.filter((answer) => answer === 'LOCKED')).toHaveLength(5)
    expect(answers.filter((answer) => answer === 'quota-spent')).toHaveLength(15)
    expect(await used(partner)).toBe(5)
  })

  it('bought and paid in one request too', async () => {
    const partner = await openPartner(test, 'QONCE', { ticketsPerDay: 1 })
    expect((await hold(partner.ask, { gateway: 'credit' })).answer).toBe('ISSUED')
    expect((await hold(partner.ask, { gateway: 'credit' })).answer).toBe('quota-spent')
    expect(await used(partner)).toBe(1)
  })

  it('and begins anew with the day', async () => {
    const partner = await openPartner(test, 'QDAY', { ticketsPerDay: 1 })
    await hold(partner.ask)
    expect((await hold(partner.ask)).answer).toBe('quota-spent')
    later(19 * 3600)
    coaches = (await test.find('天河客运站', '惠州汽车总站', '2026-12-03' as never)).filter(
      ({ line }) => line === 'SL001'
    )
    expect((await hold(partner.ask)).answer).toBe('LOCKED')
  })
})

describe('what was claimed comes back', () => {
  it('when the places are refused, the hold lapses or the order is cancelled', async () => {
    const partner = await openPartner(test, 'QBACK', { ticketsPerDay: 1 })
    expect((await hold(partner.ask, { total: 1 })).answer).toBe('price-changed')
    expect(await used(partner)).toBe(0)
    await hold(partner.ask)
    later(16 * 60)
    await releaseExpiredHolds(sql, time.now)
    const { id, answer } = await hold(partner.ask)
    expect(answer).toBe('LOCKED')
    await partner.ask({ method: 'DELETE', url: `/v1/orders/${id}` })
    later(2)
    expect((await hold(partner.ask)).answer).toBe('LOCKED')
    expect((await hold(partner.ask)).answer).toBe('quota-spent')
  })

  it.each([
    [true, 'LOCKED'],
    [false, 'quota-spent']
  ])('when the ticket is refunded, if the channel has it so: %s', async (refundsFreeQuota, answer) => {
    const code = refundsFreeQuota ? 'QFREE' : 'QKEEP'
    const partner = await openPartner(test, code, { ticketsPerDay: 1, refundsFreeQuota })
    const { ticketNo } = await sell(partner)
    expect((await hold(partner.ask)).answer).toBe('quota-spent')
    await giveBack(partner, ticketNo)
    later(2)
    expect((await hold(partner.ask)).answer).toBe(answer)
  })

  it('when its process died before it held anything, after some minutes', async () => {
    const partner = await openPartner(test, 'QDEAD', { ticketsPerDay: 1 })
    const claim = { order: randomUUID(), channel: 'QDEAD', tickets: 1 }
    expect(await claimQuota(sql, claim, time.now)).toBe('claimed')
    expect(await claimQuota(sql, claim, time.now)).toBe('known')
    expect((await hold(partner.ask)).answer).toBe('quota-spent')
    later(301)
    expect((await hold(partner.ask)).answer).toBe('LOCKED')
  })

  it('when a place on the waitlist is given up', async () => {
    const partner = await openPartner(test, 'QWAIT', { ticketsPerDay: 1 })
    const coach = coaches[0]!
    const wish = { from: coach.from.place, to: coach.to.place, departures: [coach.id], passengers: [person()] }
    const join = async (id: string = randomUUID()) =>
      await partner.ask({ method: 'PUT', url: `/v1/waitlist/${id}`, payload: { ...wish, limit: 100_000 } })
    const entry = await join()
    expect(entry.status).toBe(200)
    expect((await join()).body.code).toBe('quota-spent')
    expect((await partner.ask({ method: 'DELETE', url: `/v1/waitlist/${entry.body.id}` })).status).toBe(200)
    later(2)
    expect((await join()).status).toBe(200)
  })
})

it.each([
  [{ passengers: [1, 2] }, 2],
  [{ passengers: [1, 2], legs: [1] }, 2],
  [{ passengers: [1, 2], legs: [1, 2, 3] }, 6],
  [{ passengers: [1], legs: [1], openReturn: true }, 2],
  [{ passengers: [1, 2], vehicles: [1] }, 3]
])('%j asks for %i tickets', (body, tickets) => {
  expect(ticketsAsked(body)).toBe(tickets)
})
