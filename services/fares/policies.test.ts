import { expect, test } from 'vitest'
import { addDays, calendarDay, shanghaiInstant } from '../../clearing/business-day.ts'
import { transaction } from '../../clearing/database.ts'
import { createTestApp } from '../test-app.ts'
import { quoteOrder } from '../ticketing/hold-order.ts'
import { at, createTestSale, person, today } from '../ticketing/test-sale.ts'
import { layPlaces } from '../network/network-queries.ts'
import { findOffer, listDepartures, searchDepartures } from '../timetable/departure-queries.ts'
import { arePoliciesStale } from './policy-queries.ts'
import { bringPoliciesIntoForceJob, frozenTerms } from './publish-policy.ts'

const { sql, parts, find, hold, sell, call, as, time } = await createTestSale()
const tomorrow = addDays(today, 1)
const note = '测试'

const publish = async (payload: object, role: 'operator' | 'clerk' = 'operator') =>
  await call({ method: 'POST', url: '/v1/policies', payload, headers: await as(role) })
const offerFor = async (from: string, to: string, day = tomorrow) => {
  const [departure] = await find(from, to, day)
  return (await findOffer(sql, { departure: departure!.id, from: departure!.from.place, to: departure!.to.place }))!
}

test('only an operator publishes', async () => {
  const answer = await publish({ scope: { mode: 'coach' }, validFrom: tomorrow, terms: {}, note }, 'clerk')
  expect(answer.body.code).toBe('not-permitted')
})

test.each([
  ['policy-empty', { scope: { mode: 'coach' }, validFrom: tomorrow, terms: {} }],
  ['policy-too-early', { scope: { mode: 'coach' }, validFrom: today, terms: { presaleDays: 1 } }],
  ['policy-span', { scope: { mode: 'coach' }, validFrom: tomorrow, validTo: today, terms: { presaleDays: 1 } }],
  ['policy-scope-unknown', { scope: { mode: 'coach', line: 'SW01' }, validFrom: tomorrow, terms: { presaleDays: 1 } }],
  [
    'policy-scope-unknown',
    { scope: { mode: 'coach', place: '440100999' }, validFrom: tomorrow, terms: { presaleDays: 1 } }
  ],
  ['policy-scope-unknown', { scope: { mode: 'coach', carrier: 'X' }, validFrom: tomorrow, terms: { presaleDays: 1 } }],
  ['request-invalid', { scope: { mode: 'coach' }, validFrom: tomorrow, terms: { presaleDays: '1' } }],
  ['request-invalid', { scope: { mode: 'coach' }, validFrom: tomorrow, terms: { unheardOf: 1 } }]
])('%s', async (code, request) => {
  expect((await publish({ ...request, note })).body.code).toBe(code)
})

test('where there are no policies yet, the first one sets everything', async () => {
  const bare = await createTestApp()
  const request = {
    scope: { mode: 'coach' },
    validFrom: addDays(calendarDay(bare.time.now), 1),
    terms: { presaleDays: 7 },
    note
  }
  const headers = await bare.as('operator')
  const { body } = await bare.call({ method: 'POST', url: '/v1/policies', payload: request, headers })
  expect(body.code).toBe('policy-incomplete')
  expect(body.facts.missing).toContain('refund')
  expect(body.facts.missing).not.toContain('presaleDays')
})

test('a version for one station reaches its passengers only, from its day on; what was sold before keeps its terms', async () => {
  const [early] = await find('天河客运站', '惠州')
  const before = await sell(early!)
  const [coupon] = await sql<{ refundPolicy: number }[]>`
    select refund_policy from coupon where ticket_no = ${before.coupons[0]!.ticketNo}`
  const day = addDays(today, 3)
  const published = await publish({
    scope: { mode: 'coach', place: '440100003' },
    validFrom: day,
    terms: { voidMinutes: 5, saleClosesMinutes: 45 },
    note
  })
  expect(published).toMatchObject({
    status: 201,
    body: { terms: { voidMinutes: 5 }, publishedBy: expect.stringMatching('^operator:') }
  })

  expect(await offerFor('天河客运站', '惠州', day)).toMatchObject({ saleClosesMinutes: 45 })
  expect(await offerFor('天河客运站', '惠州', addDays(day, -1))).toMatchObject({ saleClosesMinutes: 10 })
  expect(await offerFor('惠州汽车总站', '广州', day)).toMatchObject({ saleClosesMinutes: 10 })
  const after = await offerFor('天河客运站', '惠州', day)
  expect((await frozenTerms(sql, after.refundPolicy)).voidMinutes).toBe(5)
  expect((await frozenTerms(sql, coupon!.refundPolicy)).voidMinutes).toBe(30)

  const asked = { mode: 'coach', line: 'SL001', place: '440100003', day }
  const inForce = await call({ url: `/v1/policies/in-force?${new URLSearchParams(asked).toString()}` })
  expect(inForce.body).toMatchObject({ terms: { voidMinutes: 5 }, from: { voidMinutes: published.body.id, refund: 1 } })
  const listed = await call({ url: '/v1/policies?mode=coach&place=440100003' })
  expect(listed.body.map(({ id }: { id: number }) => id)).toEqual([published.body.id])
})

test('terms nobody has are not found', async () => {
  const missing = await call({ url: `/v1/policies/in-force?mode=coach&line=none&day=${today}` })
  expect(missing.body.code).toBe('policy-not-found')
})

test('publishing again what is in force makes no new set of terms', async () => {
  const [before] = await sql<{ count: number }[]>`select count(*)::integer as count from refund_policy`
  await publish({
    scope: { mode: 'ferry', carrier: 'F01' },
    validFrom: tomorrow,
    terms: { saleClosesMinutes: 30 },
    note
  })
  const [after] = await sql<{ count: number }[]>`select count(*)::integer as count from refund_policy`
  expect(after).toEqual(before)
})

test('a line that came later is brought under its policies by the worker', async () => {
  expect(await arePoliciesStale(sql)).toBe(false)
  await layPlaces(sql, [{ code: '440100998', kind: 'station', name: '新站', city: '广州', address: '', sample: true }])
  await transaction(sql, async (tx) => {
    await tx`insert into line_stop (line, position, place, minutes, kilometres)
      select line.id, 30, place.id, 9000, 9000 from line, place where line.code = 'SL001' and place.code = '440100998'`
  })
  expect(await bringPoliciesIntoForceJob.due(parts, time.now)).toEqual(['all'])
  await bringPoliciesIntoForceJob.perform(parts, 'all', time.now)
  expect(await bringPoliciesIntoForceJob.due(parts, time.now)).toEqual([])
})

test('the hold takes the minutes of its own policy', async () => {
  const day = addDays(today, 5)
  await publish({ scope: { mode: 'coach', line: 'SL002' }, validFrom: day, terms: { holdMinutes: 7 }, note })
  const [departure] = (await find('天河客运站', '河源', day)).filter(({ line }) => line === 'SL002')
  const order = await hold(departure!, [person()])
  expect(new Date(order.holdUntil).getTime() - new Date(order.placedAt).getTime()).toBe(7 * 60_000)
})

test('a channel holds for its own minutes; what waits for its vehicle is sold once that has reported', async () => {
  const day = addDays(today, 7)
  const terms = { holdMinutes: 9, holdMinutesBy: { counter: 2 }, sellsAfterReport: true }
  await publish({ scope: { mode: 'coach', line: 'SL003' }, validFrom: day, terms, note })
  const [departure] = (await find('天河客运站', '龙川', day)).filter(({ line }) => line === 'SL003')
  const journey = { departure: departure!.id, from: departure!.from.place, to: departure!.to.place }
  const minutes = async (channel: 'web' | 'counter') =>
    await quoteOrder(sql, { ...journey, fares: ['full'] }, at(6), channel).then(
      ({ holdMinutes }) => holdMinutes,
      (error: { code: string }) => error.code
    )
  expect(await minutes('web')).toBe('sale-after-report')
  const come = async (state: string) =>
    await transaction(sql, async (tx) => await tx`update departure set state = ${state} where id = ${departure!.id}`)
  await come('REPORTED')
  expect([await minutes('web'), await minutes('counter')]).toEqual([9, 2])
  // Late, and no report of it is there.
  await come('DELAYED')
  expect(await minutes('web')).toBe('sale-after-report')
})

test('how many children without a seat a coach takes is a share or a number, by line', async () => {
  const day = addDays(today, 16)
  const share = async (line: string, freeChildShare: { unit: 'percent' | 'places'; value: number }) =>
    await publish({ scope: { mode: 'coach', line }, validFrom: day, terms: { freeChildShare }, note })
  await share('SL004', { unit: 'percent', value: 20 })
  await share('SL005', { unit: 'places', value: 3 })
  await transaction(sql, async (tx) => await tx`select generate_day(${day}, ${addDays(today, 1)})`)
  const rows = await sql<{ line: string; places: number; capacity: number }[]>`
    select distinct line.code as line, departure.places, capacity from departure join line on line.id = departure.line
    join capacity_pool on departure = departure.id and pool = 'free-child'
    where day = ${day} and line.code in ('SL004', 'SL005', 'SL006') order by 1`
  expect(rows.map(({ places, capacity }) => [places, capacity])).toEqual(
    rows.map(({ line, places }) => [
      places,
      line === 'SL004' ? Math.floor(places / 5) : line === 'SL005' ? 3 : Math.floor(places / 10)
    ])
  )
  expect(new Set(rows.map(({ line }) => line)).size).toBe(3)
})

test('each channel sells until its own minute before departure, and a presale begins at its hour', async () => {
  const day = addDays(today, 6)
  const terms = { saleClosesMinutes: 60, saleClosesMinutesBy: { counter: 5 } }
  await publish({ scope: { mode: 'coach', place: '440100003' }, validFrom: day, terms, note })
  const [coach] = await find('天河客运站', '惠州', day)
  const before = (minutes: number) => new Date(coach!.departsAt.getTime() - minutes * 60_000)
  const journey = { departure: coach!.id, from: coach!.from.place, to: coach!.to.place, fares: ['full' as const] }
  const ask = async (channel: 'web' | 'counter', now: Date) =>
    await quoteOrder(sql, journey, now, channel).then(
      () => 'sold',
      (error: { code: string }) => error.code
    )
  expect([await ask('web', before(61)), await ask('web', before(60))]).toEqual(['sold', 'sale-closed'])
  expect([await ask('counter', before(6)), await ask('counter', before(5))]).toEqual(['sold', 'sale-closed'])
  // The counter's list has it as long as the counter sells it.
  const listed = async (now: Date) => {
    const { from, to } = { from: '天河客运站', to: '惠州' }
    return (await searchDepartures(sql, { from, to, day }, now)).some(({ id }) => id === coach!.id)
  }
  expect([await listed(before(6)), await listed(before(5))]).toEqual([true, false])

  const [sailing] = await find('徐闻港', '新海港', addDays(today, 15))
  const ride = { departure: sailing!.id, from: sailing!.from.place, to: sailing!.to.place, fares: ['full' as const] }
  const atHour = async (hour: number) => await quoteOrder(sql, ride, at(hour)).then(String, (error) => error.code)
  expect(await atHour(8)).toBe('sale-not-open')
  expect(await atHour(9)).not.toBe('sale-not-open')
})

test('the search shows what cannot be bought, and why; what connects and what waits is among what can', async () => {
  const [from, to, day] = ['省汽车站', '佛山汽车站', addDays(today, 9)]
  await publish({
    scope: { mode: 'coach', place: '440100001' },
    validFrom: day,
    terms: { sellsAfterReport: true },
    note
  })
  const shown = async (now: Date) => await listDepartures(sql, { from, to, day }, now)
  const [first, second, third] = await shown(time.now)
  expect(first).toMatchObject({ state: 'ON_SALE', notOnSale: 'sale-after-report' })
  expect(await searchDepartures(sql, { from, to, day }, time.now)).toEqual([])

  const state = async (departure: number, to: string) =>
    await transaction(sql, async (tx) => await tx`update departure set state = ${to} where id = ${departure}`)
  await state(first!.id, 'REPORTED')
  await state(second!.id, 'CANCELLED')
  await state(third!.id, 'MERGED')
  expect((await shown(time.now)).slice(0, 2).map(({ id, notOnSale }) => [id, notOnSale])).toEqual([
    [first!.id, null],
    [second!.id, 'departure-cancelled']
  ])
  expect((await searchDepartures(sql, { from, to, day }, time.now)).map(({ id }) => id)).toEqual([first!.id])
  // Closed, it is shown until it leaves.
  const at = (minutes: number) => new Date(first!.departsAt.getTime() - minutes * 60_000)
  expect((await shown(at(1)))[0]).toMatchObject({ id: first!.id, notOnSale: 'sale-closed' })
  expect((await shown(at(0))).map(({ id }) => id)).not.toContain(first!.id)
})

test('the search says when each sale opens and when each channel closes', async () => {
  const day = addDays(today, 10)
  const terms = { saleClosesMinutes: 60, saleClosesMinutesBy: { counter: 5 }, presaleDays: 3, presaleOpensMinute: 480 }
  await publish({ scope: { mode: 'coach', place: '440100005' }, validFrom: day, terms, note })
  const [coach] = await find('滘口客运站', '湛江', day)
  const before = (minutes: number) => new Date(coach!.departsAt.getTime() - minutes * 60_000)
  expect(coach).toMatchObject({
    notOnSale: 'sale-not-open',
    saleOpensAt: shanghaiInstant(addDays(day, -3), 8 * 3600),
    saleClosesAt: before(60),
    saleClosesAtBy: { counter: before(5).toISOString() }
  })
})
