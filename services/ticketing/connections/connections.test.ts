import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { holdOrder } from '../hold-order.ts'
import { showJourney } from '../journeys/show-journey.ts'
import { payOrder } from '../pay-order.ts'
import { showOrder, viewerOf } from '../show-order.ts'
import { at, createTestSale, person, today } from '../test-sale.ts'
import { findDueReviews } from './connection-queries.ts'
import { connectionJobs } from './connection-jobs.ts'
import { reviewConnections } from './review-connections.ts'

const { sql, keys, paying, parts, find, call, as, assertSound, time } = await createTestSale()
const tomorrow = addDays(today, 1)
let coaches: Departure[]
let sailings: Departure[]
let next = 0
let coach: Departure
let headers: { authorization: string }
let owner: string

beforeAll(async () => {
  coaches = (await find('湛江汽车总站', '徐闻汽车总站', tomorrow)).filter(({ line }) => line === 'SL052')
  sailings = (await find('徐闻港', '新海港', tomorrow)).filter(({ line }) => line === 'SW01')
  headers = await as('passenger')
  const [account] = await sql<{ id: string }[]>`select id from sign_in_account where role = 'passenger'`
  owner = viewerOf({ role: 'passenger', accountId: account!.id }).owner
})
beforeEach(() => {
  coach = coaches[next++]!
  time.now = at(7)
})

const viewer = () => ({ owner, seesAll: false })
const caughtBy = ({ arrivesAt }: Departure, minutesLater = 0) =>
  sailings.filter(({ departsAt }) => departsAt.getTime() >= arrivesAt.getTime() + (60 + minutesLater) * 60_000)

/** Two passengers by coach and the first sailing they reach. */
async function sell(product: string | null, people = [person(), person()]) {
  const [sailing] = caughtBy(coach)
  const legs = [coach, sailing!].map(({ id, from, to }) => ({ departure: id, from: from.place, to: to.place }))
  const total = people.length * (coach.fullFare + sailing!.fullFare - (product ? 500 : 0))
  const id = randomUUID()
  const request = { legs, ...(product ? { product } : {}), passengers: people, total }
  await holdOrder({ sql, keys }, { id, request, owner }, at(6))
  await payOrder(paying, { orderId: id, gateway: 'cash', actor: owner }, at(6))
  return { order: await showOrder({ sql, keys }, id, viewer()), sailing: sailing! }
}
async function delay(departure: Departure, minutes: number, state = minutes === 0 ? 'ON_SALE' : 'DELAYED') {
  const departsAt = new Date(departure.departsAt.getTime() + minutes * 60_000)
  await transaction(
    sql,
    async (tx) => await tx`update departure set departs_at = ${departsAt}, state = ${state} where id = ${departure.id}`
  )
}
/** As the worker does, from what it finds in SQL. */
async function work() {
  for (const job of connectionJobs)
    for (const id of await job.due(parts, time.now)) await job.perform(parts, id, time.now)
}
const journeyOf = async (number: string) => await showJourney({ sql, keys }, number, viewer(), time.now)
const decide = async (id: string, payload: object) =>
  await call({ method: 'PUT', url: `/v1/connections/${id}/decision`, headers, payload })

describe('a coach that is late', () => {
  test('suspends the sailing it misses and offers later ones before anybody asks', async () => {
    const { order, sailing } = await sell('ST02')
    await delay(coach, 45)
    expect(await findDueReviews(sql)).toEqual([coach.id])
    await work()
    expect(await findDueReviews(sql)).toEqual([])
    const shown = await showOrder({ sql, keys }, order.id, viewer())
    expect(shown.coupons.map(({ leg, state }) => [leg, state])).toEqual([
      [0, 'ISSUED'],
      [0, 'ISSUED'],
      [1, 'SUSPENDED'],
      [1, 'SUSPENDED']
    ])
    const short = Math.ceil((coach.arrivesAt.getTime() + 105 * 60_000 - sailing.departsAt.getTime()) / 60_000)
    expect(shown.connections).toMatchObject([
      { state: 'OPEN', leg: 1, cause: 'delayed', minutesShort: short, passengers: [0, 1] }
    ])
    const later = caughtBy(coach, 45).slice(0, 3)
    expect(shown.connections[0]!.choices.map(({ legs }) => legs[0]!.departure)).toEqual(later.map(({ id }) => id))
  })

  test('that makes up its time gives the tickets back', async () => {
    const { order } = await sell('ST02')
    await delay(coach, 60)
    await reviewConnections(sql, coach.id, time.now)
    await delay(coach, 0)
    await work()
    const { coupons, connections } = await showOrder({ sql, keys }, order.id, viewer())
    expect(new Set(coupons.map(({ state }) => state))).toEqual(new Set(['ISSUED']))
    expect(connections).toMatchObject([{ state: 'RESUMED', choices: [] }])
  })

  test('by less than the time there is breaks nothing', async () => {
    const { order, sailing } = await sell('ST02')
    const slack = (sailing.departsAt.getTime() - coach.arrivesAt.getTime()) / 60_000 - 60
    await delay(coach, slack)
    await work()
    expect((await showOrder({ sql, keys }, order.id, viewer())).connections).toEqual([])
  })

  test('lets one go on by a later sailing free of charge, all of the party, and only once', async () => {
    const { order } = await sell('ST02')
    await delay(coach, 45)
    await work()
    const [broken] = (await journeyOf(order.journeyNumber!)).connections
    const [, second] = broken!.choices
    const rebook = second!.legs.map(({ departure }) => departure)
    const answer = await decide(broken!.id, { rebook })
    expect(answer).toMatchObject({ status: 200, body: { state: 'REBOOKED', choices: [] } })
    const journey = await journeyOf(order.journeyNumber!)
    expect(
      journey.legs.map(({ leg, ride, tickets }) => [leg, ride.departure, tickets.map(({ state }) => state)])
    ).toEqual([
      [0, coach.id, ['ISSUED', 'ISSUED']],
      [1, rebook[0], ['ISSUED', 'ISSUED']]
    ])
    expect(await decide(broken!.id, { rebook })).toMatchObject({ status: 409, body: { code: 'connection-not-open' } })
    await assertSound()
  })

  test('under one contract gives back all that was not travelled, without a fee', async () => {
    const { order } = await sell('ST02')
    await delay(coach, 45)
    await work()
    const [broken] = (await journeyOf(order.journeyNumber!)).connections
    expect(broken!.refund).toMatchObject({ fee: 0, amount: order.total })
    expect(broken!.refund!.tickets).toHaveLength(4)
    const stale = await decide(broken!.id, { refund: order.total - 1 })
    expect(stale).toMatchObject({ status: 409, body: { code: 'refund-amount-changed' } })
    expect(await decide(broken!.id, { refund: order.total })).toMatchObject({
      status: 200,
      body: { state: 'REFUNDED' }
    })
    expect((await showOrder({ sql, keys }, order.id, viewer())).state).toBe('REFUNDED')
    await assertSound()
  })

  test('under contracts of their own gives back the missed leg by its own rule, and still rebooks it free', async () => {
    const { order, sailing } = await sell(null, [person()])
    await delay(coach, 45)
    await work()
    time.now = new Date(sailing.departsAt.getTime() - 30 * 60_000)
    const [broken] = (await journeyOf(order.journeyNumber!)).connections
    expect(broken!.refund!.tickets).toEqual([order.coupons[1]!.ticketNo])
    expect(broken!.refund!.fee).toBeGreaterThan(0)
    const rebook = broken!.choices[0]!.legs.map(({ departure }) => departure)
    expect(await decide(broken!.id, { rebook })).toMatchObject({ status: 200, body: { state: 'REBOOKED' } })
    expect((await showOrder({ sql, keys }, order.id, viewer())).state).toBe('ISSUED')
    await assertSound()
  })
})

describe('a sailing that does not go', () => {
  test('is replaced by a later one; a stranger chooses nothing; a way no longer offered is refused', async () => {
    const { order, sailing } = await sell('ST02', [person()])
    await delay(sailing, 0, 'CANCELLED')
    await work()
    const [broken] = (await journeyOf(order.journeyNumber!)).connections
    expect(broken).toMatchObject({ state: 'OPEN', leg: 1, cause: 'cancelled', minutesShort: null })
    const rebook = broken!.choices[0]!.legs.map(({ departure }) => departure)
    expect(rebook).not.toContain(sailing.id)
    const stranger = await as('operator')
    const foreign = await call({
      method: 'PUT',
      url: `/v1/connections/${broken!.id}/decision`,
      headers: stranger,
      payload: { rebook }
    })
    expect(foreign.status).toBe(403)
    expect(await decide(randomUUID(), { rebook })).toMatchObject({ body: { code: 'connection-not-found' } })
    expect(await decide(broken!.id, { rebook: [sailing.id] })).toMatchObject({ body: { code: 'choice-gone' } })
    expect(await decide(broken!.id, { rebook })).toMatchObject({ status: 200, body: { state: 'REBOOKED' } })
    await delay(sailing, 0)
    await work()
  })

  test('leaves those alone who were on board the leg before and have a way on', async () => {
    const { order } = await sell('ST02', [person()])
    const [first] = order.coupons
    await transaction(
      sql,
      async (tx) => await tx`update coupon set state = 'USED' where ticket_no = ${first!.ticketNo}`
    )
    await delay(coach, 45)
    await work()
    const [broken] = (await journeyOf(order.journeyNumber!)).connections
    expect(broken!.refund).toMatchObject({ fee: 0, amount: order.coupons[1]!.fare })
    expect(broken!.choices.length).toBeGreaterThan(0)
  })
})

test('a journey that is not one, or another’s, is not found', async () => {
  const { order } = await sell('ST02', [person()])
  const clerkSees = await call({
    method: 'GET',
    url: `/v1/journeys/${order.journeyNumber}`,
    headers: await as('clerk')
  })
  expect(clerkSees).toMatchObject({ status: 200, body: { contract: 'THROUGH', connections: [] } })
  const none = await call({ method: 'GET', url: '/v1/journeys/J000000000000001', headers })
  expect(none).toMatchObject({ status: 404, body: { code: 'journey-not-found' } })
})
