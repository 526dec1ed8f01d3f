import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { decideAtCashier } from '../../payments/simulated-cashier.ts'
import { inquireCharge, payOrder, payRefunds } from '../../ticketing/pay-order.ts'
import { quoteRefund } from '../../ticketing/refunds/refund-tickets.ts'
import { showOrder } from '../../ticketing/show-order.ts'
import { at, buyer, person, today } from '../../ticketing/test-sale.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { sendNotices } from '../notices/send-notices.ts'
import { simulatedMessenger } from '../notices/simulated-messenger.ts'
import { createTestStation } from '../test-station.ts'
import { carryOutDisruption, refundDisruption } from './carry-out-disruption.ts'
import { markMissed } from './disruption-jobs.ts'
import type { DisruptionRequest } from './disruption-schemas.ts'

const world = await createTestStation()
const { sql, keys, time, paying, find, hold, sell, dispatcher, manager, ask, stateOf, board, placesLeft, assertSound } =
  world

const coaches: Departure[] = []
const sailings: Departure[] = []
let next = 0
const freshCoach = (): Departure => coaches[next++]!
let holder = { owner: '', seesAll: false }

beforeAll(async () => {
  for (const day of [1, 2])
    coaches.push(
      ...(await find('天河客运站', '惠州汽车总站', addDays(today, day))).filter(({ line }) => line === 'SL001')
    )
  sailings.push(...(await find('徐闻港', '新海港')))
  const [account] = await sql<{ id: string }[]>`select id from sign_in_account where role = 'passenger'`
  holder = { owner: `passenger:${account!.id}`, seesAll: false }
})

/** Paid at the cashier by somebody with an account. */
async function buyOnline(departure: Departure, passengers = [person()], viewer = holder) {
  const { id } = await hold(departure, passengers, viewer)
  const { key } = await payOrder(paying, { orderId: id, gateway: 'simulated-cashier', actor: viewer.owner }, at(6))
  await decideAtCashier(sql, key, 'success', at(6))
  await inquireCharge(paying, key, at(6))
  const order = await showOrder({ sql, keys }, id, viewer)
  return { id, tickets: order.coupons.map(({ ticketNo }) => ticketNo!) }
}
const weather = { cause: 'WEATHER', note: '大雾，能见度不足五百米' } as const
const command = (kind: DisruptionRequest['kind'], departures: Departure[], more: object = {}) =>
  ({ kind, departures: departures.map(({ id }) => id), ...weather, ...more }) as DisruptionRequest
const order = async (request: DisruptionRequest, id: string = randomUUID(), as = manager) => {
  const { status, body } = await as('PUT', `/v1/disruptions/${id}`, request)
  return { status, body, id }
}
const payAll = async (faultsPercent = 0) => {
  const gateways = openGateways(sql, faultsPercent)
  let now = time.now
  for (let round = 0; round < 40; round++) {
    await payRefunds({ sql, gateways }, now)
    now = new Date(now.getTime() + 600_000)
  }
}
const stateOfDeparture = async ({ id }: Departure) =>
  (await sql<{ state: string }[]>`select state from departure where id = ${id}`)[0]!.state

describe('a cancelled departure', () => {
  test('suspends its tickets, gives up what was not paid, and pays everything back once through the original channel', async () => {
    const coach = freshCoach()
    const online = await buyOnline(coach, [person(), person('half', '20150307')])
    const cash = (await sell(coach)).coupons[0]!.ticketNo!
    const unpaid = await hold(coach)
    await board(online.tickets[0]!)
    const { body: preview } = await dispatcher('POST', '/v1/disruption-previews', command('CANCEL', [coach]))
    expect(preview).toMatchObject({ tickets: 3, orders: 2, unpaid: 1, needsManager: false, reach: { app: 1, none: 1 } })
    expect(preview.money.byItself + preview.money.atCounter).toBe(preview.money.amount)
    expect(preview.departures[0].alternatives.length).toBeGreaterThan(0)

    const { body, id } = await order(command('CANCEL', [coach], { refund: 'at-once' }), randomUUID(), dispatcher)
    expect(body).toMatchObject({
      state: 'RUNNING',
      departures: { total: 1, done: 1 },
      tickets: { total: 3, suspended: 3 },
      refunds: { tickets: 2, asked: 0, atCounter: 1 }
    })
    expect(await stateOfDeparture(coach)).toBe('CANCELLED')
    expect((await showOrder({ sql, keys }, unpaid.id, buyer)).state).toBe('CANCELLED')
    expect(await refundDisruption(sql, id, time.now)).toBe(2)
    expect(await refundDisruption(sql, id, time.now)).toBe(0)
    await payAll()
    expect(await Promise.all(online.tickets.map(stateOf))).toEqual(['REFUNDED', 'REFUNDED'])
    expect(await stateOf(cash)).toBe('SUSPENDED')
    const [paid] = await sql`
      select sum(amount)::integer as paid, count(*)::integer as times from simulated_cashier_refund where charge_key like ${`${online.id}.%`}`
    const [fares] =
      await sql`select sum(fare + service_fee)::integer as fares from coupon where order_id = ${online.id}`
    expect({ ...paid }).toEqual({ paid: fares!['fares'], times: 1 })
    expect(await quoteRefund(sql, cash, buyer, at(6))).toMatchObject({ reason: 'carrier', fee: 0 })
    await assertSound()
  })

  test('is cancelled once, however often one clicks; the same id for something else is refused', async () => {
    const [coach, other] = [freshCoach(), freshCoach()]
    const { tickets } = await buyOnline(coach)
    const request = command('CANCEL', [coach], { refund: 'at-once' })
    const id = randomUUID()
    const answers = await Promise.all([1, 2, 3].map(async () => await order(request, id)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    const events = await sql`select event from ticket_event where ticket_no = ${tickets[0]!} and event = 'suspend'`
    expect(events).toHaveLength(1)
    expect((await order(command('CANCEL', [other]), id)).body.code).toBe('disruption-id-reused')
    expect((await order(command('CANCEL', [coach]))).body.code).toBe('departure-cannot')
  })

  test('leaves a ticket to its holder, who may go on another departure free of charge', async () => {
    const [coach, other] = [freshCoach(), freshCoach()]
    const { tickets } = await buyOnline(coach)
    const { body } = await order(command('CANCEL', [coach]))
    expect(body.refunds).toMatchObject({ tickets: 0, byChoice: 1 })
    const headers = await world.as('passenger')
    const { body: notices } = await world.call({ url: '/v1/notices', headers })
    const news = notices.find((notice: { tickets: string[] }) => notice.tickets.includes(tickets[0]!))
    expect(news.text).toContain('已停运')
    expect(news.alternatives.length).toBeGreaterThan(0)
    const payload = { tickets, departure: other.id, from: other.from.place, to: other.to.place, due: 0 }
    const changed = await world.call({ method: 'PUT', url: `/v1/changes/${randomUUID()}`, headers, payload })
    expect(changed.body).toMatchObject({ cause: 'carrier', due: 0 })
    expect(await stateOf(tickets[0]!)).toBe('CHANGED')
    await assertSound()
  })
})

describe('a suspended sailing (停航)', () => {
  test('keeps its tickets valid and sells nothing; what has not left runs again with them', async () => {
    const [sailing, later] = [sailings[3]!, sailings[4]!]
    const { tickets } = await buyOnline(sailing, [person(), person()])
    await order(command('SUSPEND', [sailing, later]), randomUUID(), dispatcher)
    expect([await stateOfDeparture(sailing), await stateOf(tickets[0]!)]).toEqual(['SUSPENDED', 'SUSPENDED'])
    expect(await hold(sailing).then(String, String)).toContain('停止售票')
    expect(await quoteRefund(sql, tickets[0]!, holder, at(6))).toMatchObject({ reason: 'carrier', fee: 0 })
    time.now = new Date(sailing.departsAt.getTime() + 60_000)
    const { body } = await order(command('RESUME', [sailing, later]))
    expect(body.departures).toEqual({ total: 2, done: 1, passedOver: 1 })
    expect([await stateOfDeparture(sailing), await stateOfDeparture(later)]).toEqual(['SUSPENDED', 'ON_SALE'])
    expect(await stateOf(tickets[0]!)).toBe('SUSPENDED')
    time.now = at(6)
    await order(command('RESUME', [sailing]))
    expect(await Promise.all(tickets.map(stateOf))).toEqual(['ISSUED', 'ISSUED'])
    await assertSound()
  })
})

describe('a delay (晚点)', () => {
  test('moves every time with it, counts from the published time, and waives fees when it is long', async () => {
    const coach = freshCoach()
    const { tickets } = await buyOnline(coach)
    const departsAt = async () =>
      (await sql<{ departsAt: Date }[]>`select departs_at from departure where id = ${coach.id}`)[0]!.departsAt
    await order(command('DELAY', [coach], { minutes: 10 }))
    expect(await stateOfDeparture(coach)).toBe('DELAYED')
    expect((await quoteRefund(sql, tickets[0]!, holder, at(6))).reason).toBe('passenger')
    await order(command('DELAY', [coach], { minutes: 45 }))
    await order(command('DELAY', [coach], { minutes: 45 }))
    expect((await departsAt()).getTime() - coach.departsAt.getTime()).toBe(45 * 60_000)
    expect(await quoteRefund(sql, tickets[0]!, holder, at(6))).toMatchObject({ reason: 'carrier', fee: 0 })
    const shown = (await dispatcher('GET', `/v1/station/departures?place=${coach.from.place}&day=${addDays(today, 1)}`))
      .body
    const row = shown.find(({ departure }: { departure: number }) => departure === coach.id)
    expect(row.plannedAt).toBe(coach.departsAt.toISOString())
    await order(command('DELAY', [coach], { minutes: 0 }))
    expect([await stateOfDeparture(coach), (await departsAt()).toISOString()]).toEqual([
      'ON_SALE',
      coach.departsAt.toISOString()
    ])
  })
})

describe('a merge (并班)', () => {
  test('moves everybody, to his own seat where it is free, and can be undone', async () => {
    const [from, to] = [freshCoach(), freshCoach()]
    const [first, second] = (await sell(from, [person(), person()])).coupons
    const [sitting] = (await sell(to)).coupons
    expect(sitting!.seat).toBe(first!.seat)
    const seatsOf = async () => [
      ...(await sql`select ticket_no, departure, seat_number as seat from coupon
        where ticket_no = any (${[first!.ticketNo!, second!.ticketNo!]}) order by ticket_no`)
    ]
    const before = await seatsOf()
    const { body } = await order(command('MERGE', [from], { target: to.id }))
    expect(body.tickets).toMatchObject({ total: 2, moved: 2, suspended: 0 })
    const moved = await seatsOf()
    expect(moved.map(({ departure }) => departure)).toEqual([to.id, to.id])
    expect(new Set([...moved.map(({ seat }) => seat), sitting!.seat]).size).toBe(3)
    expect(await placesLeft(to)).toBe(42)
    await assertSound()
    await order(command('UNDO_MERGE', [from]))
    expect(await seatsOf()).toEqual(before)
    expect([await placesLeft(from), await placesLeft(to)]).toEqual([43, 44])
    await assertSound()
  })

  test('suspends who finds no place', async () => {
    const [from, to] = [freshCoach(), freshCoach()]
    await sell(to)
    const [known, other] = (await sell(from, [person(), person()])).coupons
    await transaction(sql, async (tx) => {
      await tx`insert into seat_quota (departure, position, seats, releases_at)
        select ${to.id}, null, array(select generate_series(2, 45)), 'infinity'`
    })
    const { body } = await order(command('MERGE', [from], { target: to.id }))
    expect(body.tickets).toMatchObject({ total: 2, moved: 0, suspended: 2 })
    expect([await stateOf(known!.ticketNo!), await stateOf(other!.ticketNo!)]).toEqual(['SUSPENDED', 'SUSPENDED'])
    expect(await quoteRefund(sql, other!.ticketNo!, buyer, at(6))).toMatchObject({ reason: 'carrier', fee: 0 })
    await assertSound()
  })

  test('goes into a departure of the same line and day only', async () => {
    const from = freshCoach()
    const into = async (target: number) => (await order(command('MERGE', [from], { target }))).body.code
    expect(await into(sailings[0]!.id)).toBe('merge-other-line')
    expect(await into(2_000_000_000)).toBe('merge-other-line')
    expect(await into(from.id)).toBe('disruption-unclear')
  })
})

test('a smaller vehicle reseats whom it can, and the others may go elsewhere', async () => {
  const coach = freshCoach()
  await sell(coach, [person(), person(), person()])
  const { body, id } = await order(command('REPLACE', [coach], { places: 2 }))
  expect(body.tickets).toMatchObject({ total: 1, suspended: 1, moved: 0 })
  const { body: touched } = await dispatcher('GET', `/v1/disruptions/${id}/tickets`)
  expect(touched).toMatchObject([{ outcome: 'SUSPENDED', seatBefore: 3, seatAfter: null, passenger: '测***' }])
})

test('a departure that never left gives everything back', async () => {
  const sailing = (await find('徐闻港', '新海港', today))[6]
  const { tickets } = await buyOnline(sailing!)
  expect((await order(command('MISS', [sailing!]))).body.code).toBe('departure-cannot')
  time.now = new Date(sailing!.departsAt.getTime() + 60_000)
  await order(command('MISS', [sailing!]))
  expect(await quoteRefund(sql, tickets[0]!, holder, time.now)).toMatchObject({ reason: 'carrier', fee: 0 })
  time.now = at(6)
})

test('a departure nobody reported is marked by itself where the line’s rule says so, and nowhere else', async () => {
  const coach = freshCoach()
  const { tickets } = await buyOnline(coach)
  const late = new Date(coach.departsAt.getTime() + 31 * 60_000)
  await markMissed(sql, late)
  expect(await stateOfDeparture(coach)).toBe('ON_SALE')
  await sql`
    insert into station_policy (mode, line, valid_from, report_earliest_minutes, report_latest_minutes, conveyance_papers, crew_papers, crew_min,
      dispatch_opens_minutes, late_check_in_minutes, missed_after_minutes, free_from_delay_minutes, source)
    select 'coach', line, '2026-12-01', 180, -30, '{}', '{}', 1, 15, 10, 30, 15, 'test' from departure where id = ${coach.id}`
  await markMissed(sql, late)
  await markMissed(sql, late)
  expect([await stateOfDeparture(coach), await stateOf(tickets[0]!)]).toEqual(['MISSED', 'SUSPENDED'])
  const events = await sql`select event from ticket_event where ticket_no = ${tickets[0]!} and event = 'suspend'`
  expect(events).toHaveLength(1)
})

describe('a command', () => {
  test('says what it is, and touches many departures only with a reason and by the manager', async () => {
    const four = [freshCoach(), freshCoach(), freshCoach(), sailings[9]!]
    expect((await order(command('DELAY', four))).body.code).toBe('disruption-unclear')
    expect((await order(command('SUSPEND', four, { minutes: 3 }))).body.code).toBe('disruption-unclear')
    expect((await order(command('SUSPEND', four, { note: ' ' }))).body.code).toBe('disruption-cause-required')
    const byDispatcher = await order(command('SUSPEND', four), randomUUID(), dispatcher)
    expect(byDispatcher.body.code).toBe('disruption-needs-manager')
    expect((await order(command('SUSPEND', four), randomUUID(), ask('clerk'))).body.code).toBe('not-permitted')
    const nowhere = { ...command('SUSPEND', []), departures: [2_000_000_000] }
    expect((await order(nowhere)).body.code).toBe('departure-not-found')
    expect((await dispatcher('POST', '/v1/disruption-previews', nowhere)).body.code).toBe('departure-not-found')
    expect((await dispatcher('GET', `/v1/disruptions/${randomUUID()}`)).body.code).toBe('disruption-not-found')
    const { body, id } = await order(command('SUSPEND', four))
    expect(body.departures).toEqual({ total: 4, done: 0, passedOver: 0 })
    await carryOutDisruption(sql, id, time.now)
    const { body: done } = await dispatcher('GET', `/v1/disruptions/${id}`)
    expect(done).toMatchObject({ note: weather.note, departures: { total: 4, done: 4 } })
    const { body: list } = await dispatcher('GET', `/v1/disruptions?place=${four[0]!.from.place}`)
    expect(list).toHaveLength(12)
    await order(command('RESUME', four))
  })
})

describe('notices (通知)', () => {
  test('go out to everybody who can be reached, no faster than the provider takes them, and stand in a log', async () => {
    const coach = freshCoach()
    await buyOnline(coach)
    await sell(coach)
    const { id } = await order(command('CANCEL', [coach]))
    const messenger = simulatedMessenger(sql)
    const busy = { send: async () => await Promise.reject(new Error('the line is down')) }
    await sendNotices({ sql, keys, messenger: busy }, time.now)
    const log = async () => (await dispatcher('GET', `/v1/disruptions/${id}/notices`)).body
    const brief = (notices: Record<string, unknown>[]) =>
      notices.map(({ means, state, attempts }) => [means, state, attempts])
    expect(brief(await log())).toEqual(
      expect.arrayContaining([
        ['app', 'WAITING', 1],
        ['none', 'NO_ADDRESS', 0]
      ])
    )
    let now = time.now
    for (let round = 0; round < 6; round++) {
      now = new Date(now.getTime() + 601_000)
      await sendNotices({ sql, keys, messenger }, now)
    }
    expect(brief(await log())).toContainEqual(['app', 'SENT', expect.any(Number)])
    await transaction(sql, async (tx) => {
      await tx`update notice_pace set per_second = 1`
      await tx`update notice set state = 'WAITING', next_attempt_at = ${now} where means = 'app'`
    })
    const later = new Date(now.getTime() + 10_000)
    const sent = [
      await sendNotices({ sql, keys, messenger }, later),
      await sendNotices({ sql, keys, messenger }, later)
    ]
    expect(sent).toEqual([2, 0])
  })
})

describe('many departures at once (short form of R15)', () => {
  test('are each refunded once at full fare, though workers are killed, the gateway fails and somebody clicks again', async () => {
    const day = await find('新海港', '徐闻港')
    const six = day.slice(0, 6)
    const sold = await Promise.all(
      six.map(async (sailing) => [
        await buyOnline(sailing, [person(), person(), person()]),
        await buyOnline(sailing, [person()])
      ])
    )
    const request = command('CANCEL', six, { refund: 'at-once' })
    const { id } = await order(request)
    const progress: number[] = []
    const look = async () => {
      const { body } = await dispatcher('GET', `/v1/disruptions/${id}`)
      progress.push(body.departures.done, body.refunds.asked, body.refunds.paid)
      return body
    }
    const killer = async () => {
      for (let round = 0; round < 6; round++) {
        await new Promise((done) => setTimeout(done, 15))
        await sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and query ~ 'stop_departure|refund_disrupted' and state <> 'idle'`
      }
    }
    const attempt = async () => {
      await carryOutDisruption(sql, id, time.now)
      await refundDisruption(sql, id, time.now)
    }
    await Promise.allSettled([attempt(), attempt(), killer(), order(request, id)])
    await attempt()
    await look()
    await payAll(10)
    const done = await look()
    const tickets = sold.flat().flatMap((one) => one.tickets)
    expect(done.refunds).toMatchObject({ tickets: 24, asked: 24, paid: 24 })
    const [money] = await sql`
      select (select count(*)::integer from refund_item where ticket_no = any (${tickets})) as items,
        (select sum(fare + service_fee)::integer from coupon where ticket_no = any (${tickets})) as fares,
        (select sum(amount)::integer from simulated_cashier_refund where charge_key = any (${sold.flat().map((one) => `${one.id}.1`)})) as paid`
    expect(money!['items']).toBe(24)
    expect(money!['paid']).toBe(money!['fares'])
    await assertSound()
  })
})
