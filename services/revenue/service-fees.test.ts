import { randomUUID } from 'node:crypto'
import { beforeAll, expect, it } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { fen } from '../../clearing/money.ts'
import { openPartner } from '../channels/test-partner.ts'
import { createTestSale, person, today } from '../ticketing/test-sale.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { listBalances } from './party-queries.ts'
import { postRevenue } from './post-revenue.ts'

const test = await createTestSale()
const { sql, call, time } = test
const tomorrow = addDays(today, 1)
const fees = { counter: 100, kiosk: 50, web: 200, phone: 300, agent: 150, platform: 80 }
let operator: { authorization: string }
let coach: Departure

const publish = async (serviceFees: object, validFrom = tomorrow) => {
  const payload = { scope: { mode: 'coach' }, validFrom, terms: { serviceFees }, note: '测试' }
  expect((await call({ method: 'POST', url: '/v1/policies', payload, headers: operator })).status).toBe(201)
}

beforeAll(async () => {
  operator = await test.as('operator')
  await publish(fees)
  coach = (await test.find('天河客运站', '惠州汽车总站', addDays(today, 2))).find(({ line }) => line === 'SL001')!
})

type Ask = (asked: { method: 'PUT' | 'POST'; url: string; payload?: object }) => ReturnType<typeof call>
const counter = { place: '440100003', window: 7 }

/** Quoted, held and, where there is money at hand, paid: the coupon's own service fee. */
async function sellThrough(ask: Ask, gateway: string, about: object = {}) {
  const journey = { departure: coach.id, from: coach.from.place, to: coach.to.place }
  const quote = await ask({ method: 'POST', url: '/v1/quotes', payload: { ...journey, fares: ['full'] } })
  const url = `/v1/orders/${randomUUID()}`
  const payload = { ...journey, passengers: [person()], total: quote.body.total, ...about }
  const held = await ask({ method: 'PUT', url, payload })
  expect(held.body).toMatchObject({ state: 'LOCKED', total: quote.body.total })
  const paid = await ask({ method: 'POST', url: `${url}/payments`, payload: { gateway } })
  expect(paid.status).toBe(200)
  return { serviceFee: held.body.coupons[0].serviceFee as number, paid: paid.body }
}

const askAs = async (role: 'passenger' | 'clerk'): Promise<Ask> => {
  const headers = await test.as(role)
  return async (asked) => await call({ ...asked, headers })
}

it('charges each channel its own fee, frozen on the coupon', async () => {
  const [passenger, clerk] = [await askAs('passenger'), await askAs('clerk')]
  await test.openShift(await test.as('clerk'))
  expect((await sellThrough(passenger, 'simulated-cashier')).serviceFee).toBe(fees.web)
  expect((await sellThrough(clerk, 'cash', { counter })).serviceFee).toBe(fees.counter)
  for (const kind of ['kiosk', 'web', 'phone', 'agent', 'platform'] as const) {
    const partner = await openPartner(test, `X${kind.toUpperCase()}`, { kind })
    expect((await sellThrough(partner.ask, 'credit')).serviceFee).toBe(fees[kind])
  }
  const window = await openPartner(test, 'XWINDOW', { kind: 'window' })
  expect((await sellThrough(window.ask, 'credit')).serviceFee).toBe(fees.counter)
})

it('refuses the price of another channel', async () => {
  const clerk = await askAs('clerk')
  const payload = { ...test.request(coach, [person()], { counter }), total: coach.fullFare + fees.web }
  const refused = await clerk({ method: 'PUT', url: `/v1/orders/${randomUUID()}`, payload })
  expect(refused.body).toMatchObject({ code: 'price-changed', facts: { total: coach.fullFare + fees.counter } })
})

it('gives the fee to the platform, which keeps it when the passenger gives his ticket back, whatever is charged by then', async () => {
  const agent = await openPartner(test, 'YAGENT', { kind: 'agent', ticketCharge: fen(0), commissionRate: '0' })
  const { paid } = await sellThrough(agent.ask, 'credit')
  await publish({ ...fees, agent: 999 }, addDays(today, 2))
  const { ticketNo } = paid.order.coupons[0]
  /** Other databases' transactions may hold the outbox back for a moment. */
  const platform = async (when: 'UNEARNED' | 'ENDED') => {
    await expect
      .poll(
        async () => {
          await postRevenue(sql, time.now)
          return (await sql`select state from coupon_revenue where ticket_no = ${ticketNo}`)[0]?.['state'] as string
        },
        { timeout: 30_000, interval: 50 }
      )
      .toBe(when)
    const rows = await listBalances(sql)
    const own = rows.filter(({ party }) => party === 'platform-1')
    return Object.fromEntries(own.map(({ account, balance }) => [account, balance]))
  }
  const before = await platform('UNEARNED')
  const quote = await agent.ask({ method: 'POST', url: `/v1/tickets/${ticketNo}/refund-quote` })
  const fare = coach.fullFare
  expect(quote.body).toMatchObject({ fee: fare / 10, amount: fare - fare / 10 })
  const payload = { tickets: [ticketNo], amount: quote.body.amount }
  expect((await agent.ask({ method: 'PUT', url: `/v1/refunds/${randomUUID()}`, payload })).body.state).toBe('PAID')
  const after = await platform('ENDED')
  expect(after['unearned']! - before['unearned']!).toBe(-fees.agent)
  expect(after['earned']! - (before['earned'] ?? 0)).toBe(fees.agent)
})
