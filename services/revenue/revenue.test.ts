import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { findUnbalancedJournal } from '../../clearing/ledger/ledger-queries.ts'
import { verifyChain } from '../../clearing/ledger/verify-chain.ts'
import { fen } from '../../clearing/money.ts'
import { openPartner, type Partner } from '../channels/test-partner.ts'
import { changeTickets, quoteChange } from '../ticketing/changes/change-tickets.ts'
import { payOrder, payRefunds } from '../ticketing/pay-order.ts'
import { refundTickets, quoteRefund } from '../ticketing/refunds/refund-tickets.ts'
import { showOrder } from '../ticketing/show-order.ts'
import { at, buyer, clerk, createTestSale, person, today } from '../ticketing/test-sale.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { listBalances } from './party-queries.ts'
import { postRevenue, postRevenueJob } from './post-revenue.ts'
import { earnLegs, endLegs, issueLegs, rideOutcome, splitSale, type Legs } from './revenue-rules.ts'

const test = await createTestSale()
const { sql, parts, time } = test
let coach: Departure
let partner: Partner

beforeAll(async () => {
  const [line] = await sql<{ from: string; to: string }[]>`
    select a.code as "from", b.code as "to" from line
    join line_stop x on x.line = line.id and x.position = 0 join place a on a.id = x.place
    join line_stop y on y.line = line.id and y.position = 1 join place b on b.id = y.place
    where line.mode = 'coach' and line.class = 2 order by line.code limit 1`
  coach = (await test.find(line!.from, line!.to))[0]!
  partner = await openPartner(test, 'OTA1', { commissionRate: '0.03', ticketCharge: 20, creditLimit: 10_000_000 })
})

/** Other databases' transactions may hold the outbox back for a moment. */
async function post(now = time.now): Promise<void> {
  for (let round = 0; round < 200; round++) {
    await postRevenue(sql, now)
    const [row] = await sql<{ left: boolean }[]>`
      select (select max(id) from ticket_event) > coalesce((select max(id) from ticket_event
        where (unit, id) <= (select unit, event from outbox_cursor where reader = 'revenue')), 0) as left`
    if (!row!.left) return
    await new Promise((done) => setTimeout(done, 20))
  }
  throw new Error('the outbox did not run dry')
}

async function balances(): Promise<Map<string, number>> {
  return new Map((await listBalances(sql)).map(({ party, account, balance }) => [`${party} ${account}`, balance]))
}

/** What the work adds to each account. */
async function added(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await balances()
  await work()
  const after = await balances()
  const changes = [...after].map(([key, value]) => [key, value - (before.get(key) ?? 0)] as const)
  return Object.fromEntries(changes.filter(([, change]) => change !== 0))
}

async function sellByPartner(): Promise<{ ticketNo: string; total: number }> {
  const url = `/v1/orders/${randomUUID()}`
  await partner.ask({ method: 'PUT', url, payload: test.request(coach, [person()]) })
  const { body } = await partner.ask({ method: 'POST', url: `${url}/payments`, payload: { gateway: 'credit' } })
  return { ticketNo: body.order.coupons[0].ticketNo, total: body.order.total }
}

const refund = async (ticketNo: string, viewer = clerk, now = at(6)) => {
  const quote = await quoteRefund(sql, ticketNo, viewer, now)
  const placement = { id: randomUUID(), request: { tickets: [ticketNo], amount: quote.amount } }
  await refundTickets(test.paying, placement, viewer, now)
  await payRefunds(test.paying, now)
  return quote
}

const checkIn = async (ticketNo: string) =>
  await transaction(sql, async (tx) => await tx`update coupon set state = 'CHECKED' where ticket_no = ${ticketNo}`)

const afterRide = () => new Date(coach.arrivesAt.getTime() + 60_000)
const from = () => `station-${coach.from.place}`

describe('the ledger of ticket revenue', () => {
  it('splits a sale among channel, carrier, station and platform, and gives it to them when the ride is over', async () => {
    let sold = { ticketNo: '', total: 0 }
    const issued = await added(async () => {
      sold = await sellByPartner()
      await post()
    })
    const { total } = sold
    const agent = Math.round(total * 0.06)
    const commission = Math.round(total * 0.03)
    expect(issued).toEqual({
      'channel-OTA1 receivable': -total,
      'channel-OTA1 unearned': commission - 20,
      'carrier-C01 unearned': total - agent - commission,
      [`${from()} unearned`]: agent,
      'platform-1 unearned': 20
    })
    await checkIn(sold.ticketNo)
    expect(await added(async () => await post(coach.departsAt))).toEqual({})
    expect(await added(async () => await post(afterRide()))).toEqual({
      'channel-OTA1 unearned': 20 - commission,
      'channel-OTA1 earned': commission - 20,
      'carrier-C01 unearned': agent + commission - total,
      'carrier-C01 earned': total - agent - commission,
      [`${from()} unearned`]: -agent,
      [`${from()} earned`]: agent,
      'platform-1 unearned': -20,
      'platform-1 earned': 20
    })
  })

  it('mirrors a refund: the fee is the carrier’s, the rest as if nothing had been', async () => {
    let fee = 0
    const changed = await added(async () => {
      const { ticketNo } = await sellByPartner()
      fee = (await refund(ticketNo)).fee
      await post()
    })
    expect(fee).toBeGreaterThan(0)
    expect(changed).toEqual({ 'channel-OTA1 receivable': -fee, 'carrier-C01 earned': fee })
    const voided = await added(async () => {
      const { coupons } = await test.sell(coach, [person()], clerk)
      const { ticketNo, fare, serviceFee } = coupons[0]!
      const request = { tickets: [ticketNo!], amount: fare + serviceFee, void: true }
      await refundTickets(test.paying, { id: randomUUID(), request }, clerk, at(6))
      await post()
    })
    expect(voided).toEqual({})
  })

  it('gives the carrier what nobody used, two days after the ride, and takes it back for a refund after that', async () => {
    const { coupons } = await test.sell(coach, [person()], buyer)
    const ticketNo = coupons[0]!.ticketNo!
    await post()
    expect(await added(async () => await post(afterRide()))).toEqual({})
    const late = new Date(afterRide().getTime() + 2 * 86_400_000)
    const earned = await added(async () => await post(late))
    expect(earned['carrier-C01 earned']).toBe(coupons[0]!.fare - Math.round(coupons[0]!.fare * 0.06))
    await transaction(sql, async (tx) => await tx`update departure set state = 'CANCELLED' where id = ${coach.id}`)
    const back = await added(async () => {
      await refund(ticketNo, clerk, late)
      await post(late)
    })
    expect(back['carrier-C01 earned']).toBe(-earned['carrier-C01 earned']!)
    expect(back['channel-WEB receivable']).toBe(coupons[0]!.fare + coupons[0]!.serviceFee)
    await transaction(sql, async (tx) => await tx`update departure set state = 'ON_SALE' where id = ${coach.id}`)
  })

  it('posts an event once, however often and by how many it is asked', async () => {
    for (let n = 0; n < 5; n++) await sellByPartner()
    const [before] = await sql`select count(*)::int as lines from revenue_line`
    await Promise.all(Array.from({ length: 4 }, async () => await postRevenue(sql, at(6))))
    await post()
    await post()
    const [after] = await sql`select count(*)::int as lines from revenue_line`
    expect(after!['lines']).toBe(before!['lines'] + 5)
    expect(await postRevenueJob.due(parts, time.now)).toEqual([])
  })

  it('holds for every channel what its account holds, and for the bank what was paid in', async () => {
    const url = `/v1/channels/OTA1/top-ups/${randomUUID()}`
    await test.call({ method: 'PUT', url, headers: partner.operator, payload: { amount: 123_400 } })
    await post()
    const ledger = await balances()
    const [account] = await sql<{ balance: number }[]>`
      select balance from channel_account join channel on channel.id = channel_account.channel where code = 'OTA1'`
    expect(ledger.get('channel-OTA1 receivable')).toBe(account!.balance)
    expect(ledger.get('platform-1 bank')).toBe(-123_400)
    expect([...ledger.values()].reduce((a, b) => a + b)).toBe(0)
  })

  it('is part of the chain that shows every edit', async () => {
    expect(await findUnbalancedJournal(sql)).toBeUndefined()
    expect((await verifyChain(sql, parts.keys)).fault).toBeNull()
    await expect(
      transaction(
        sql,
        async (tx) => await tx`update revenue_line set receivable = receivable - 1, carrier_earned = carrier_earned + 1`
      )
    ).rejects.toThrow('append-only')
  })
})

describe('a changed ticket', () => {
  it('counts for what it cost towards the new one: the channel pays the difference, the old shares become the new', async () => {
    const ways = async (to: string) =>
      (await test.find('天河客运站', to, addDays(today, 1))).filter(({ line }) => line === 'SM001')
    const [near, far] = [(await ways('海丰'))[0]!, (await ways('汕头汽车站'))[1]!]
    const viewer = { owner: 'channel:OTA1', seesAll: false }
    const target = { departure: far.id, from: far.from.place, to: far.to.place }
    const { id } = await test.hold(near, [person()], viewer)
    await payOrder(test.paying, { orderId: id, gateway: 'credit', actor: viewer.owner }, at(6))
    const [old] = (await showOrder(test, id, viewer)).coupons
    await post()
    const before = await balances()
    const asked = { tickets: [old!.ticketNo!], ...target }
    const quote = await quoteChange(test, asked, viewer, at(6))
    expect(quote.due).toBeGreaterThan(0)
    const changes = await added(async () => {
      const change = randomUUID()
      const request = { ...asked, due: quote.due }
      await changeTickets(test, { id: change, request }, viewer, at(6))
      await payOrder(test.paying, { orderId: change, gateway: 'credit', actor: viewer.owner }, at(6))
      await post()
    })
    expect(changes['channel-OTA1 receivable']).toBe(-quote.due)
    expect(changes['carrier-C01 earned'] ?? 0).toBe(quote.tickets[0]!.fee)
    const kinds = await sql`
      select kind from revenue_line where ticket_no = ${old!.ticketNo} order by batch, line`
    expect(kinds.map((row) => row['kind'])).toEqual(['issue', 'change'])
    const [account] = await sql<{ balance: number }[]>`
      select balance from channel_account join channel on channel.id = channel_account.channel where code = 'OTA1'`
    expect(before.get('channel-OTA1 receivable')! - quote.due).toBe(account!.balance)
  })
})

describe('the split of a coupon', () => {
  const sale = { agentFeeRate: '0.08', commissionRate: '0.03', ticketCharge: fen(20) }
  const sum = (legs: Legs) => Object.values(legs).reduce((total, leg) => total + leg, 0)

  it.each([
    // fare, service fee → agent fee, commission, the carrier's part
    [5500, 200, 440, 165, 4895],
    [33, 0, 3, 1, 29],
    [1, 0, 0, 0, 1],
    [0, 0, 0, 0, 0]
  ])('of %i + %i fen: station %i, channel %i, carrier %i', (...row) => {
    const [fare, serviceFee, agentFee, commission, carrier] = row
    const split = splitSale({ ...sale, fare: fen(fare), serviceFee: fen(serviceFee) })
    expect(split).toMatchObject({ agentFee, commission })
    expect(issueLegs(split).carrierUnearned).toBe(carrier)
  })

  it('balances whatever happens to the coupon', () => {
    for (let fare = 0; fare < 400; fare += 7)
      for (const [fee, kept] of [
        [0, 0],
        [1, 3],
        [fare, 50]
      ] as const) {
        const split = splitSale({ ...sale, fare: fen(fare), serviceFee: fen(50) })
        const back = fen(fare + 50 - Math.min(fee, fare) - kept)
        for (const earned of [true, false])
          expect(sum(endLegs(split, { back, fee: fen(Math.min(fee, fare)), earned }))).toBe(0)
        expect(sum(issueLegs(split))).toBe(0)
        expect(sum(earnLegs(split))).toBe(0)
      }
  })

  it('gives no more than the fare away', () => {
    const split = splitSale({
      ...sale,
      fare: fen(1000),
      serviceFee: fen(0),
      agentFeeRate: '0.9',
      commissionRate: '0.9'
    })
    expect(issueLegs(split).carrierUnearned).toBe(0)
  })

  const end = at(12)
  const days = (n: number) => new Date(end.getTime() + n * 86_400_000)
  it.each([
    ['CHECKED', days(-0.1), null],
    ['CHECKED', days(0), 'use'],
    ['USED', days(-1), 'use'],
    ['ISSUED', days(1.9), null],
    ['ISSUED', days(2), 'unused'],
    ['NO_SHOW', days(2), 'unused'],
    ['SUSPENDED', days(30), null],
    ['REFUNDING', days(30), null]
  ] as const)('%s at %s is %s', (state, now, outcome) => {
    expect(rideOutcome({ state, rideEndsAt: end }, now)).toBe(outcome)
  })
})
