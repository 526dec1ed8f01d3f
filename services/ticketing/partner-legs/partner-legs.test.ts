import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { showOrder, viewerOf } from '../show-order.ts'
import { at, today } from '../test-sale.ts'
import { findDueOrders } from './partner-leg-queries.ts'
import { withinBudget, type PartnerPort, type Partners } from './partner-port.ts'
import { setPrice } from './simulated-partner/simulated-partner-queries.ts'
import { codeOfRefusal, createPartnerSale, legsOfOrder } from './test-partner-sale.ts'

const { sql, keys, partners, trains, sailingOf, request, hold, pay, settle, judge, call, as, time } =
  await createPartnerSale()
let headers: { authorization: string }
let owner: string
beforeAll(async () => {
  headers = await as('passenger')
  const [account] = await sql<{ id: string }[]>`select id from sign_in_account where role = 'passenger'`
  owner = viewerOf({ role: 'passenger', accountId: account!.id }).owner
  time.now = at(6)
})
const tomorrow = addDays(today, 1)
const get = async (url: string) => (await call({ method: 'GET', url, headers })).body
const put = async (url: string, payload: object) => await call({ method: 'PUT', url, headers, payload })
const quote = async (payload: object) => await call({ method: 'POST', url: '/v1/quotes', headers, payload })
const railRequest = () => request('honest')
const legs = (changes: object = {}) => {
  const { passengers: _, total: __, ...journey } = railRequest()
  return { ...journey, fares: ['full', 'half'], ...changes }
}
/** A port of which some calls are replaced. */
const rail = (changes: Partial<PartnerPort>): Partners => ({
  ...partners,
  'sim-rail': { ...partners['sim-rail']!, ...changes }
})
const fill = async (train: string, seats: number) =>
  await sql`
    insert into simulated_partner_booking (key, partner, offer, conduct, state, fares, price, seats, lock_until)
    values (gen_random_uuid(), 'sim-rail', ${train}, 'honest', 'locked', '{}', 0, ${Array.from({ length: seats }, () => 'x')}, 'infinity')`
const empty = async () => await sql`delete from simulated_partner_booking where price = 0`

describe('a search with partners', () => {
  const search = async (from: string, to: string, partnersToo = true) =>
    (await get(
      `/v1/journeys?${String(new URLSearchParams({ from, to, day: tomorrow, partners: String(partnersToo) }))}`
    )) as {
      legs: { from: { place: string } }[]
      partnerLegs: { side: string; offer: { number: string; arrivesAt: string; departsAt: string } }[]
      connectionMinutes: number[]
      changes: number
    }[]

  test('finds the train before our ferry, and before our coach and ferry, never with too little time between them', async () => {
    const journeys = await search('广州南站', '新海港')
    expect(new Set(journeys.map(({ changes }) => changes))).toEqual(new Set([1, 2]))
    for (const { partnerLegs, connectionMinutes, legs: own } of journeys) {
      expect(partnerLegs.map(({ side }) => side)).toEqual(['before'])
      expect(connectionMinutes[0]).toBeGreaterThanOrEqual(own[0]!.from.place === '440800P01' ? 150 : 40)
    }
    expect(await search('广州南站', '新海港', false)).toEqual([])
  })

  test('finds the neighbouring province’s coach after our ferry', async () => {
    const journeys = await search('徐闻港', '三亚')
    expect(journeys.length).toBeGreaterThan(3)
    for (const { partnerLegs, connectionMinutes } of journeys) {
      expect(partnerLegs.map(({ side }) => side)).toEqual(['after'])
      expect(connectionMinutes[0]).toBeGreaterThanOrEqual(30)
    }
  })
})

describe('a quote', () => {
  test('tells the partner’s fares and what its refund costs before anything is paid, under contracts of their own', async () => {
    const train = trains.get('honest')!
    const { body } = await quote(legs())
    const sailing = sailingOf(train)
    expect(body).toMatchObject({
      contract: 'COMBINED',
      total: train.fullFare + train.halfFare + sailing.fullFare + sailing.halfFare,
      partnerLegs: [{ side: 'before', fares: [train.fullFare, train.halfFare], offer: { number: train.number } }]
    })
    expect(body.partnerLegs[0].offer.refundTiers.map(({ rate }: { rate: string }) => rate)).toEqual([
      '0',
      '0.05',
      '0.1',
      '0.2'
    ])
    expect(body.partnerLegs[0].terms).toContain('全额退还')
  })

  test.each<[string, object]>([
    ['partner-offer-not-found', { partnerLegs: [{ side: 'before', partner: 'sim-rail', offer: 'G1.2026-12-02' }] }],
    ['partner-offer-not-found', { partnerLegs: [{ side: 'before', partner: 'sim-air', offer: 'G1.2026-12-02' }] }],
    ['no-interchange', { partnerLegs: [{ side: 'after', partner: 'sim-rail', offer: 'G9701.2026-12-02' }] }],
    ['connection-too-short', { partnerLegs: [{ side: 'before', partner: 'sim-rail', offer: 'G9707.2026-12-02' }] }],
    ['product-mismatch', { product: 'ST02' }],
    ['child-needs-adult', { fares: ['free'] }],
    [
      'partner-legs-unclear',
      {
        partnerLegs: ['G9701', 'G9703'].map((one) => ({
          side: 'before',
          partner: 'sim-rail',
          offer: `${one}.2026-12-02`
        }))
      }
    ]
  ])('is refused as %s', async (code, changes) => {
    expect((await quote(legs(changes))).body.code).toBe(code)
  })
})

describe('an order', () => {
  test('over HTTP: held with its seats, paid at the cashier, confirmed by the railway, one journey', async () => {
    const id = randomUUID()
    // An id is the same in either case.
    const held = await put(`/v1/orders/${id.toUpperCase()}`, railRequest())
    expect(held).toMatchObject({
      status: 200,
      body: { state: 'LOCKED', contract: 'COMBINED', partnerLegs: [{ state: 'LOCKED' }] }
    })
    expect(held.body.journeyNumber).toMatch(/^J\d{15}$/)
    const paying = await call({
      method: 'POST',
      url: `/v1/orders/${id}/payments`,
      headers,
      payload: { gateway: 'simulated-cashier' }
    })
    await call({ method: 'POST', url: paying.body.payAt, payload: { choice: 'success' } })
    const order = await get(`/v1/orders/${id}`)
    expect(order).toMatchObject({ state: 'ISSUED', partnerLegs: [{ state: 'CONFIRMED', cause: null }] })
    expect(order.partnerLegs[0].tickets).toHaveLength(1)
    const journey = await get(`/v1/journeys/${order.journeyNumber}`)
    expect(journey).toMatchObject({ contract: 'COMBINED', partnerLegs: [{ state: 'CONFIRMED' }], legs: [{ leg: 0 }] })
    const key = (await legsOfOrder(sql, id))[0]!.key
    expect((await call({ method: 'POST', url: `/v1/partner-notices/${key}` })).status).toBe(204)
    expect((await call({ method: 'POST', url: `/v1/partner-notices/${randomUUID()}` })).body.code).toBe(
      'partner-leg-not-found'
    )
  })

  test('is placed once under its id, with another content not again', async () => {
    const asked = railRequest()
    const id = await hold(asked)
    expect(await hold(asked, { id })).toBe(id)
    expect(await hold(request('fails'), { id }).catch(codeOfRefusal)).toBe('order-id-reused')
  })

  test('at a price that moved between quote and lock is refused with the new one, and nothing is held', async () => {
    const train = trains.get('honest')!
    const asked = railRequest()
    await setPrice(sql, { partner: 'sim-rail', offer: train.id, fullFare: train.fullFare + 100 })
    const answer = await put(`/v1/orders/${randomUUID()}`, asked)
    expect(answer.body).toMatchObject({ code: 'price-changed', facts: { total: asked.total + 100 } })
    await setPrice(sql, { partner: 'sim-rail', offer: train.id, fullFare: train.fullFare })
  })

  test('asks the scarcer side first', async () => {
    const train = trains.get('honest')!
    const seen: (string | null)[] = []
    const watching = (id: string) =>
      rail({
        async lock(booking, now) {
          const [order] = await sql<{ state: string }[]>`select state from ticket_order where id = ${id}`
          seen.push(order?.state ?? null)
          return await partners['sim-rail']!.lock(booking, now)
        }
      })
    const [plenty, few] = [randomUUID(), randomUUID()]
    await hold(railRequest(), { id: plenty, through: watching(plenty) })
    await fill(train.id, 1900)
    await hold(railRequest(), { id: few, through: watching(few) })
    await empty()
    expect(seen).toEqual(['LOCKED', null])
  })

  test('finds no place at the railway, or no word from it: nothing is held on either side', async () => {
    const train = trains.get('honest')!
    await fill(train.id, 2000)
    const [full, mute] = [randomUUID(), randomUUID()]
    expect(await hold(railRequest(), { id: full }).catch(codeOfRefusal)).toBe('partner-refused')
    await empty()
    expect(await hold(railRequest(), { id: full }).catch(codeOfRefusal)).toBe('partner-attempt-over')
    const silent = async () => ({ outcome: 'unknown' }) as const
    const through = rail({ lock: silent, query: silent })
    expect(await hold(railRequest(), { id: mute, through }).catch(codeOfRefusal)).toBe('partner-silent')
    expect((await showOrder({ sql, keys }, mute, { owner, seesAll: true })).state).toBe('CANCELLED')
    await settle()
    for (const id of [full, mute]) {
      const [leg] = await legsOfOrder(sql, id)
      expect(leg!.state).toBe('CANCELLED')
    }
    expect(await judge()).toMatchObject({ halfOpen: [], imbalanceFen: 0 })
  })

  test('whose payment comes after its time gets all of it back', async () => {
    const id = await hold(railRequest())
    const late = new Date(at(6).getTime() + 10 * 60_000)
    const key = await sql<{ key: string }[]>`select open_charge(${id}, 'cash', ${at(6)}, ${late}) as key`
    await settle(new Date(at(6).getTime() + 20 * 60_000))
    const [answer] = await sql<{ answer: string }[]>`select await_partners(${key[0]!.key}, ${at(7)}) as answer`
    expect(answer!.answer).toBe('refunding')
    await settle(at(7))
    expect(await judge()).toMatchObject({ halfOpen: [], imbalanceFen: 0 })
  })
})

test('a ferry put forward so far that the train misses it says so in the journey', async () => {
  const id = await hold(railRequest())
  await pay(id)
  const { journeyNumber, ride } = await showOrder({ sql, keys }, id, { owner, seesAll: true })
  const clerk = await as('clerk')
  const short = async () =>
    (await call({ method: 'GET', url: `/v1/journeys/${journeyNumber}`, headers: clerk })).body.partnerLegs[0]
      .minutesShort
  expect(await short()).toBeNull()
  const early = new Date(trains.get('honest')!.arrivesAt.getTime() + 140 * 60_000)
  const leave = async (departsAt: Date) =>
    await transaction(
      sql,
      async (tx) => await tx`update departure set departs_at = ${departsAt} where id = ${ride.departure}`
    )
  await leave(early)
  expect(await short()).toBe(10)
  await leave(ride.departsAt)
})

test('a change of the ferry to one the train does not reach is refused; to a later one it is made', async () => {
  const id = await hold(railRequest())
  await pay(id)
  const clerkView = { owner, seesAll: true }
  const { coupons, ride } = await showOrder({ sql, keys }, id, clerkView)
  const clerk = await as('clerk')
  const changeTo = async (hours: number) => {
    const search = await get(
      `/v1/departures?${String(new URLSearchParams({ from: ride.from, to: ride.to, day: tomorrow }))}`
    )
    const wanted = new Date(ride.departsAt.getTime() + hours * 3_600_000).toISOString()
    const { id: departure } = search.find(
      (one: { line: string; departsAt: string }) => one.line === 'SW01' && one.departsAt === wanted
    )
    const payload = { tickets: [coupons[0]!.ticketNo], departure, from: ride.from, to: ride.to }
    return await call({ method: 'POST', url: '/v1/change-quotes', headers: clerk, payload })
  }
  expect((await changeTo(-2)).body).toMatchObject({ code: 'connection-too-short', facts: { side: 'before' } })
  expect((await changeTo(2)).status).toBe(200)
})

describe('a passenger who gives the railway ticket back', () => {
  test('pays what the railway’s own table says, once, and keeps the ferry', async () => {
    const id = await hold(railRequest())
    await pay(id)
    const viewer = { owner, seesAll: true }
    const { price } = (await showOrder({ sql, keys }, id, viewer)).partnerLegs[0]!
    const clerk = await as('clerk')
    const asked = await call({
      method: 'GET',
      url: `/v1/orders/${id}/partner-refund-quote?side=before`,
      headers: clerk
    })
    expect(asked.body).toEqual({ side: 'before', fee: price / 10, amount: price - price / 10 })
    const url = `/v1/orders/${id}/partner-refunds/${randomUUID()}`
    const refund = async (amount: number, at_ = url) =>
      await call({ method: 'PUT', url: at_, headers: clerk, payload: { side: 'before', amount } })
    expect((await refund(price)).body.code).toBe('refund-amount-changed')
    const done = await refund(asked.body.amount)
    expect(done).toMatchObject({ status: 200, body: { state: 'CANCELLED', cause: 'passenger' } })
    expect((await refund(asked.body.amount)).body).toEqual(done.body)
    const again = await refund(asked.body.amount, `/v1/orders/${id}/partner-refunds/${randomUUID()}`)
    expect(again.body.code).toBe('already-refunded')
    const paid = await sql<{ amount: number; state: string }[]>`select amount, state from refund where order_id = ${id}`
    expect(paid).toEqual([{ amount: asked.body.amount, state: 'PAID' }])
    expect((await showOrder({ sql, keys }, id, viewer)).coupons[0]!.state).toBe('ISSUED')
    const strange = await call({
      method: 'GET',
      url: `/v1/orders/${id}/partner-refund-quote?side=after`,
      headers: clerk
    })
    expect(strange.body.code).toBe('partner-leg-not-found')
  })

  test('gets it when the railway has it back, however long that takes; a fee it made up is claimed from it', async () => {
    for (const conduct of ['cancel-silent', 'cancel-fee'] as const) {
      const id = await hold(request(conduct))
      await pay(id)
      const clerk = await as('clerk')
      const quoted = await call({
        method: 'GET',
        url: `/v1/orders/${id}/partner-refund-quote?side=before`,
        headers: clerk
      })
      const payload = { side: 'before', amount: quoted.body.amount }
      const asked = await call({
        method: 'PUT',
        url: `/v1/orders/${id}/partner-refunds/${randomUUID()}`,
        headers: clerk,
        payload
      })
      expect(asked.body.state).toBe(conduct === 'cancel-silent' ? 'RETURNING' : 'CANCELLED')
      await settle()
      const back = await sql<{ amount: number }[]>`select amount from refund where order_id = ${id} and state = 'PAID'`
      expect(back).toEqual([{ amount: quoted.body.amount }])
    }
    const claims = await call({ method: 'GET', url: '/v1/partner-claims', headers: await as('operator') })
    expect(claims.body).toContainEqual(expect.objectContaining({ kind: 'fee', amount: 700, partner: 'sim-rail' }))
  })
})

test('an answer that comes after its time is no answer', async () => {
  const slow = new Promise<{ outcome: 'absent' }>((done) => setTimeout(() => done({ outcome: 'absent' }), 50))
  expect(await withinBudget(slow, 5)).toEqual({ outcome: 'unknown' })
  expect(await withinBudget(Promise.reject(new Error('line broken')), 50)).toEqual({ outcome: 'unknown' })
  expect(await withinBudget(Promise.resolve({ outcome: 'absent' }), 50)).toEqual({ outcome: 'absent' })
})

test('whoever waits for his ticket comes before the looks back at what is settled, however long those are due', async () => {
  const [settled, waiting] = [await hold(request('honest')), await hold(request('honest'))]
  await pay(settled)
  await transaction(sql, async (tx) => {
    await tx`update partner_leg set due_at = null`
    await tx`update partner_leg set due_at = ${at(6)} where order_id = ${settled}`
    await tx`update partner_leg set state = 'CONFIRMING', due_at = ${at(7)} where order_id = ${waiting}`
  })
  expect(await findDueOrders(sql, at(8))).toEqual([waiting, settled])
})
