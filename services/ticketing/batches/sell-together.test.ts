import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { connect } from '../../../clearing/database.ts'
import { Refusal } from '../../../clearing/refusal.ts'
import { openPartner, type Partner } from '../../channels/test-partner.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { holdOrder } from '../hold-order.ts'
import { cancelHold } from '../order-queries.ts'
import { payOrder } from '../pay-order.ts'
import { showOrder } from '../show-order.ts'
import { at, buyer, clerk, createTestSale, person, today, watchUncaught } from '../test-sale.ts'
import type { OrderRequest } from '../ticketing-schemas.ts'
import { showPlaced } from './show-placed.ts'

const sale = await createTestSale()
const { sql, keys, paying, parts, call, find, request, hold, placesLeft, assertSound } = sale
let coaches: Departure[]
let sailings: Departure[]
const freshCoach = (): Departure => coaches.pop()!

beforeAll(async () => {
  coaches = (await find('天河客运站', '惠州汽车总站', addDays(today, 3))).filter(({ line }) => line === 'SL001')
  sailings = await find('徐闻港', '新海港', addDays(today, 3))
})

/** Orders asked for in the same moment go to the database in one statement; each answers for itself. */
async function together(requests: OrderRequest[], { ids = requests.map(() => randomUUID()), viewer = buyer } = {}) {
  const { count: before } = await statements()
  const answers = await Promise.all(
    requests.map(async (one, nth) => {
      try {
        const placed = await holdOrder({ sql, keys }, { id: ids[nth]!, request: one, owner: viewer.owner }, at(6))
        return placed ? 'together' : 'alone'
      } catch (error) {
        if (error instanceof Refusal) return error.code
        throw error
      }
    })
  )
  return { ids, answers, statements: (await statements()).count - before }
}

/** How many transactions wrote orders. */
async function statements(): Promise<{ count: number }> {
  const [row] = await sql<{ count: number }[]>`select count(distinct xmin::text)::integer as count from ticket_order`
  return row!
}

describe('orders of one moment', () => {
  test('are held in one statement, and a bad one among them hurts nobody', async () => {
    const [coach, other] = [freshCoach(), freshCoach()]
    const twice = person()
    const good = () => request(coach, [person(), person()])
    const answers = await together([
      good(),
      { ...good(), total: 1 },
      good(),
      request(other, [twice]),
      request(other, [twice]),
      good(),
      { ...request(coach, [person()]), passengers: [{ ...person(), seats: [40] }] },
      { ...request(coach, [person()]), passengers: [{ ...person(), seats: [40] }] },
      request(coach, [{ ...twice, name: '另一人' }, twice]),
      good()
    ])
    // Who is named twice may be asked about by himself; which order comes first is chance.
    const held = answers.answers.map((answer) => (answer === 'alone' ? 'together' : answer))
    expect(held.toSorted()).toEqual([
      'identity-holds-ticket',
      'identity-holds-ticket',
      'price-changed',
      'seat-taken',
      'together',
      'together',
      'together',
      'together',
      'together',
      'together'
    ])
    expect(answers.statements).toBeLessThan(6)
    await assertSound()
  })

  test('take their turns for the last seats: who comes first is served, parties go together or not at all', async () => {
    const coach = freshCoach()
    for (let party = 0; party < 8; party++)
      await hold(
        coach,
        Array.from({ length: 5 }, () => person())
      )
    const wanted = [3, 1, 3, 1, 1].map((size) =>
      request(
        coach,
        Array.from({ length: size }, () => person())
      )
    )
    expect((await together(wanted)).answers).toEqual([
      'together',
      'together',
      'no-places-left',
      'together',
      'no-places-left'
    ])
    expect(await placesLeft(coach)).toBe(0)
    await assertSound()
  })

  test('for what is full are refused by a look, until there is room again', async () => {
    const coach = freshCoach()
    for (let party = 0; party < 8; party++)
      await hold(
        coach,
        Array.from({ length: 5 }, () => person())
      )
    const last = await hold(
      coach,
      Array.from({ length: 5 }, () => person())
    )
    const one = (): OrderRequest => request(coach, [person()])
    expect((await together([one()])).answers, 'found full by holding').toEqual(['no-places-left'])
    const looked = await together([one(), one(), request(coach, [person(), person()])])
    expect(looked.answers).toEqual(['no-places-left', 'no-places-left', 'no-places-left'])
    expect(await cancelHold(sql, last.id)).toBe(true)
    const { answers } = await together([1, 2, 3].map(() => request(coach, [person(), person()])))
    expect(answers.toSorted(), 'freed places are sold at once').toEqual(['no-places-left', 'together', 'together'])
    const only = one()
    const id = randomUUID()
    expect((await together([only, one()], { ids: [id, randomUUID()] })).answers).toEqual(['together', 'no-places-left'])
    expect((await together([only, one()], { ids: [id, id] })).answers, 'who has a place finds it').toEqual([
      'alone',
      'order-id-reused'
    ])
    await assertSound()
  })

  test('of the same id are one order; with another content the id is refused', async () => {
    const coach = freshCoach()
    const [id, other] = [randomUUID(), randomUUID()]
    const [first, second, third] = [1, 2, 3].map(() => request(coach, [person()])) as [
      OrderRequest,
      OrderRequest,
      OrderRequest
    ]
    const { answers } = await together([first, first, second, third], { ids: [id, id, id, other] })
    expect(answers.filter((answer) => answer === 'order-id-reused').length).toBeGreaterThan(0)
    expect(answers.at(-1)).toBe('together')
    expect(await placesLeft(coach)).toBe(43)
    // Across statements too.
    expect((await together([first, second], { ids: [id, id] })).answers.toSorted()).toEqual([
      'alone',
      'order-id-reused'
    ])
  })

  test('for pools are counted one after the other: passengers, cars and lane', async () => {
    const sailing = sailings.at(-1)!
    const [pool] = await sql<{ left: number }[]>`
      select capacity - taken as left from capacity_pool where departure = ${sailing.id} and pool = 'new-energy'`
    const car = (nth: number, newEnergy: boolean) => ({
      ...request(sailing, [person()], { total: sailing.fullFare + 37_400 }),
      vehicles: [
        {
          plate: `粤A${10_000 + nth}`,
          kind: 'car',
          lengthCm: 500,
          newEnergy,
          dangerousGoods: false,
          driver: 0
        } as const
      ]
    })
    const { answers, ids } = await together([
      ...Array.from({ length: pool!.left + 2 }, (_, nth) => car(nth, true)),
      car(90, false),
      request(sailing, [person('full'), person('free')])
    ])
    const full = answers.filter((answer) => answer === 'new-energy-quota-full')
    expect(full).toHaveLength(2)
    expect(answers.filter((answer) => answer === 'together')).toHaveLength(pool!.left + 2)
    const held = answers.indexOf('together')
    expect((await showOrder({ sql, keys }, ids[held]!, buyer)).coupons[1]!.vehicle).toMatchObject({
      plate: `粤A${10_000 + held}`
    })
    await assertSound()
  })

  test('of somebody who holds a ticket, with a waitlist or lapsed holds are decided each by itself', async () => {
    const [coach, other] = [freshCoach(), freshCoach()]
    const traveller = person()
    await hold(coach, [traveller])
    const later = { ...traveller, name: traveller.name }
    const { answers } = await together([request(coach, [later]), request(other, [person()])])
    expect(answers).toEqual(['identity-holds-ticket', 'together'])
    const again = await holdOrder(
      { sql, keys },
      { id: randomUUID(), request: request(coach, [person()]), owner: 'passenger:x' },
      at(7)
    )
    expect(again, 'the hold of an hour ago lapsed and was released first').toBeNull()
    expect(await placesLeft(coach)).toBe(44)
    await assertSound()
  })

  test('that meet a failure nobody foresaw are tried again one by one', async () => {
    const coach = freshCoach()
    await sql.unsafe(`
      create function trip() returns trigger language plpgsql as $$
      begin
        if new.owner = 'passenger:bad' then raise exception 'stumbled'; end if;
        return new;
      end $$;
      create trigger trip before insert on ticket_order for each row execute function trip()`)
    const place = async (owner: string) =>
      await holdOrder({ sql, keys }, { id: randomUUID(), request: request(coach, [person()]), owner }, at(6)).then(
        (placed) => (placed ? 'together' : 'alone'),
        (error: unknown) => String(error)
      )
    const answers = await Promise.all(['passenger:a', 'passenger:bad', 'passenger:b'].map(place))
    await sql.unsafe('drop trigger trip on ticket_order')
    expect(answers).toEqual(['alone', expect.stringContaining('stumbled'), 'alone'])
    expect(await placesLeft(coach)).toBe(43)
    await assertSound()
  })

  test('are shown as they are found', async () => {
    const coach = freshCoach()
    const certified = { ...person('half', '20160101'), name: '张小三' }
    const requests = [
      request(coach, [person(), certified, person('free')]),
      request(sailings[0]!, [person()], { counter: { place: '440100003', window: 7 }, gateway: 'cash' as const })
    ]
    for (const [nth, viewer] of [buyer, clerk].entries()) {
      const one = requests[nth]!
      const id = randomUUID()
      const placed = await holdOrder({ sql, keys }, { id, request: one, owner: viewer.owner }, at(6))
      expect(showPlaced(placed!, one, viewer)).toEqual(await showOrder({ sql, keys }, id, viewer))
    }
  })
})

describe('an order paid with its request', () => {
  test('is sold for cash by a clerk in a shift, once', async () => {
    const headers = await sale.as('clerk')
    const coach = freshCoach()
    const payload = request(coach, [person(), person()], {
      counter: { place: coach.from.place, window: 1 },
      gateway: 'cash'
    })
    const url = `/v1/orders/${randomUUID()}`
    expect((await call({ method: 'PUT', url, headers, payload })).body.code).toBe('shift-required')
    await sale.openShift(headers)
    const { body } = await call({ method: 'PUT', url, headers, payload })
    expect(body).toMatchObject({ state: 'ISSUED', coupons: [{ state: 'ISSUED' }, { state: 'ISSUED' }] })
    expect((await call({ method: 'PUT', url, headers, payload })).body).toEqual(body)
    expect((await call({ url, headers })).body).toEqual(body)
    const events =
      await sql`select from ticket_event where ticket_no = any (${body.coupons.map((one: { ticketNo: string }) => one.ticketNo)})`
    expect(events).toHaveLength(2)
    const charges = await sql`select gateway, amount, state from charge where order_id = ${body.id}`
    expect(charges).toMatchObject([{ gateway: 'cash', amount: 2 * coach.fullFare, state: 'SUCCEEDED' }])
    await assertSound()
  })

  test('is paid by nobody in a way that is not his', async () => {
    const passenger = await sale.as('passenger')
    const payload = (gateway: string) => ({ ...request(coaches[0]!, [person()]), gateway })
    const ask = async (gateway: string) =>
      (await call({ method: 'PUT', url: `/v1/orders/${randomUUID()}`, headers: passenger, payload: payload(gateway) }))
        .body.code
    expect(await ask('cash')).toBe('not-permitted')
    expect(await ask('credit')).toBe('credit-only')
    expect(await ask('simulated-cashier')).toBe('request-invalid')
  })

  test('is charged to a channel up to its limit and no further, whoever else buys in the same moment', async () => {
    const coach = freshCoach()
    const partner = await openPartner(sale, 'POOR', { creditLimit: 3 * coach.fullFare })
    const sell = async (by: Partner, size: number) =>
      await by.ask({
        method: 'PUT',
        url: `/v1/orders/${randomUUID()}`,
        payload: {
          ...request(
            coach,
            Array.from({ length: size }, () => person())
          ),
          gateway: 'credit'
        }
      })
    const answers = await Promise.all([sell(partner, 2), sell(partner, 2), sell(partner, 1), sell(partner, 1)])
    const sold = answers.flatMap(({ body }) => (body.state === 'ISSUED' ? body.coupons : []))
    expect(answers.map(({ body }) => body.code).filter(Boolean)).toContain('credit-spent')
    expect(sold.length).toBeGreaterThan(1)
    const spent = sold.length * coach.fullFare
    expect((await partner.ask({ url: '/v1/channel' })).body).toMatchObject({ balance: -spent })
    const { body: movements } = await partner.ask({ url: '/v1/channel/movements?limit=5' })
    expect(movements[0].balance).toBe(-spent)
    expect(movements.reduce((sum: number, { amount }: { amount: number }) => sum + amount, 0)).toBe(-spent)
    // Refused orders hold nothing.
    expect(await placesLeft(coach)).toBe(45 - sold.length)
    await assertSound()
  })

  test('by itself obeys the same limit, and leaves nothing behind when it is refused', async () => {
    const coach = freshCoach()
    const partner = await openPartner(sale, 'POORER', { creditLimit: coach.fullFare })
    const traveller = person()
    await hold(coach, [traveller], buyer, at(6))
    // Somebody who holds another ticket goes alone.
    const next = (await find('天河客运站', '惠州汽车总站', addDays(today, 4)))[0]!
    const payload = (total: number, passengers = [traveller]) => ({
      ...request(next, passengers),
      total,
      gateway: 'credit'
    })
    const ask = async (body: object, id = randomUUID()) =>
      (await partner.ask({ method: 'PUT', url: `/v1/orders/${id}`, payload: body })).body
    expect((await ask(payload(next.fullFare * 2, [traveller, person()]))).code).toBe('credit-spent')
    const id = randomUUID()
    expect((await ask(payload(next.fullFare), id)).state).toBe('ISSUED')
    expect((await ask(payload(next.fullFare), id)).state).toBe('ISSUED')
    expect((await partner.ask({ url: '/v1/channel' })).body).toMatchObject({ balance: 0 - next.fullFare })
    await assertSound()
  })
})

test('payments of one moment issue each their own order; what is unusual about one holds up nobody', async () => {
  const coach = freshCoach()
  const orders = await Promise.all(
    [1, 2, 3, 4].map(
      async (size) =>
        await hold(
          coach,
          Array.from({ length: size }, () => person())
        )
    )
  )
  await sql`select cancel_order(${orders[1]!.id})`
  const pay = async (orderId: string) =>
    await payOrder(paying, { orderId, gateway: 'cash', actor: buyer.owner }, at(6)).then(
      ({ state }) => state,
      (error: { code: string }) => error.code
    )
  expect(await Promise.all([...orders, orders[0]!].map(({ id }) => pay(id)))).toEqual([
    'SUCCEEDED',
    'order-not-payable',
    'SUCCEEDED',
    'SUCCEEDED',
    'SUCCEEDED'
  ])
  const issued = await sql<{ count: number }[]>`
    select count(*)::integer as count from ticket_event join coupon using (ticket_no) where order_id = any (${orders.map(({ id }) => id)})`
  expect(issued[0]!.count).toBe(8)
  await assertSound()
})

test('R3, when a sale is paid with its request: killed at every table it writes to, all or nothing, and the same request again finishes it', async () => {
  await sql.unsafe(`
    create function kill_me() returns trigger language plpgsql as $$
    begin
      if current_setting('application_name') = 'fragile' then perform pg_terminate_backend(pg_backend_pid()); end if;
      return null;
    end $$`)
  const uncaught = watchUncaught()
  const tables = {
    ticket_order: 'insert',
    seat_map: 'update',
    coupon: 'insert',
    ticket_event: 'insert',
    charge: 'insert'
  }
  const coach = freshCoach()
  for (const [table, verb] of Object.entries(tables)) {
    const orders = [1, 2].map((size) => ({
      id: randomUUID(),
      request: request(
        coach,
        Array.from({ length: size }, () => person()),
        { counter: { place: coach.from.place, window: 1 }, gateway: 'cash' as const }
      ),
      owner: clerk.owner
    }))
    await sql.unsafe(`create trigger killer after ${verb} on ${table} execute function kill_me()`)
    const fragile = connect(parts.config.databaseUrl, { max: 2, name: 'fragile' })
    const broken = await Promise.allSettled(
      orders.map(async (order) => await holdOrder({ sql: fragile, keys }, order, at(6)))
    )
    await fragile.end({ timeout: 0 })
    await sql.unsafe(`drop trigger killer on ${table}`)
    expect(
      broken.map(({ status }) => status),
      table
    ).toEqual(['rejected', 'rejected'])
    await assertSound()
    for (const order of orders) {
      await holdOrder({ sql, keys }, order, at(6))
      expect(await showOrder({ sql, keys }, order.id, clerk), table).toMatchObject({ state: 'ISSUED' })
    }
    await assertSound()
  }
  expect(uncaught()).toEqual([])
})
