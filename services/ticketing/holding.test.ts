import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { Refusal } from '../../clearing/refusal.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { holdOrder, quoteOrder } from './hold-order.ts'
import { cancelHold } from './order-queries.ts'
import { showOrder } from './show-order.ts'
import { at, buyer, createTestSale, person, today } from './test-sale.ts'
import { releaseExpiredHolds } from './ticketing-jobs.ts'

const { sql, keys, find, request, hold, placesLeft } = await createTestSale()
const coaches: Departure[] = []
let next = 0
/** A coach nobody has touched yet. */
const freshCoach = (): Departure => coaches[next++]!
const codeOf = (error: unknown): string => (error instanceof Refusal ? error.code : `bug: ${String(error)}`)

beforeAll(async () => {
  for (const days of [1, 2])
    coaches.push(
      ...(await find('天河客运站', '惠州汽车总站', addDays(today, days))).filter(({ line }) => line === 'SL001')
    )
})

describe('a hold', () => {
  test('keeps seats, shows them masked and no ticket number yet', async () => {
    const coach = freshCoach()
    const order = await hold(coach, [person(), person('half', '20140101')])
    expect(order).toMatchObject({ state: 'LOCKED', total: coach.fullFare + coach.halfFare, holdUntil: at(6, 15) })
    expect(order.coupons.map(({ seat, state, ticketNo }) => [seat, state, ticketNo])).toEqual([
      [1, 'HELD', null],
      [2, 'HELD', null]
    ])
    expect(order.coupons[0]!.passenger).toEqual({
      name: '测***',
      documentKind: '01',
      documentNumber: expect.stringMatching(/^4\*{13}\d{3}[\dX]$/) as string
    })
    expect(await placesLeft(coach)).toBe(43)
  })

  test('asked for again with the same body is the same hold, in any order of the fields', async () => {
    const coach = freshCoach()
    const id = randomUUID()
    const asked = request(coach, [person()])
    await holdOrder({ sql, keys }, { id, request: asked, owner: buyer.owner }, at(6))
    const turned = Object.fromEntries(Object.entries(asked).toReversed()) as typeof asked
    await holdOrder({ sql, keys }, { id, request: turned, owner: buyer.owner }, at(23))
    expect(await placesLeft(coach)).toBe(44)
  })

  test('under an id that was used for another body, or by another, is refused', async () => {
    const coach = freshCoach()
    const id = randomUUID()
    const asked = request(coach, [person()])
    await holdOrder({ sql, keys }, { id, request: asked, owner: buyer.owner }, at(6))
    const again = (changed: object, owner = buyer.owner) =>
      holdOrder({ sql, keys }, { id, request: { ...asked, ...changed }, owner }, at(6)).then(() => 'held', codeOf)
    expect(await again({ passengers: [person()] })).toBe('order-id-reused')
    expect(await again({}, 'passenger:two')).toBe('order-id-reused')
    await expect(showOrder({ sql, keys }, id, { owner: 'passenger:two', seesAll: false })).rejects.toThrow('订单不存在')
  })

  test('sent twenty times at once holds once', async () => {
    const coach = freshCoach()
    const id = randomUUID()
    const asked = request(coach, [person()])
    const one = () => holdOrder({ sql, keys }, { id, request: asked, owner: buyer.owner }, at(6))
    await Promise.all(Array.from({ length: 20 }, one))
    expect(await placesLeft(coach)).toBe(44)
  })

  test('is all or nothing: the last 2 seats are not sold to a party of 3', async () => {
    const coach = freshCoach()
    for (let group = 0; group < 8; group++)
      await hold(
        coach,
        Array.from({ length: 5 }, () => person())
      )
    await hold(coach, [person(), person(), person()])
    expect(await hold(coach, [person(), person(), person()]).then(String, codeOf)).toBe('no-places-left')
    expect(await placesLeft(coach)).toBe(2)
    await hold(coach, [person(), person()])
    expect(await placesLeft(coach)).toBe(0)
  })

  test('given up gives its seats back; a second time changes nothing', async () => {
    const coach = freshCoach()
    const { id } = await hold(coach)
    expect(await cancelHold(sql, id)).toBe(true)
    expect(await cancelHold(sql, id)).toBe(false)
    expect(await placesLeft(coach)).toBe(45)
  })
})

describe('one identity', () => {
  test('holds one ticket on a departure and may hold another on the next day', async () => {
    const first = freshCoach()
    const second = (await find('天河客运站', '惠州', addDays(today, 3)))[0]!
    const passenger = person()
    await hold(first, [passenger])
    expect(await hold(first, [passenger]).then(String, codeOf)).toBe('identity-holds-ticket')
    expect(await hold(second, [passenger, passenger]).then(String, codeOf)).toBe('identity-holds-ticket')
    expect(await placesLeft(second)).toBe(45)
    await hold(second, [passenger])
  })

  test('is the same in every spelling and renewal of its document', async () => {
    const coach = freshCoach()
    const permit = (number: string) => ({ name: '陈大文', document: { kind: '05', number }, fare: 'full' }) as const
    await hold(coach, [permit('H0123456700')])
    for (const number of ['H01234567', 'h0123456701', 'Ｈ0123 4567'])
      expect(await hold(coach, [permit(number)]).then(String, codeOf)).toBe('identity-holds-ticket')
    await hold(coach, [permit('H01234568')])
  })
})

describe('a stretch', () => {
  test('leaves the seat to others before and after it, and whole-way seats are spared', async () => {
    const whole = (await find('天河客运站', '汕头汽车站')).find(({ line }) => line === 'SM001')!
    const first = (await find('天河客运站', '惠州汽车总站')).find(({ id }) => id === whole.id)!
    const last = (await find('陆丰汽车总站', '汕头汽车站')).find(({ id }) => id === whole.id)!
    const middle = (await find('惠州汽车总站', '陆丰汽车总站')).find(({ id }) => id === whole.id)!
    const seats = []
    for (const part of [first, last, middle, whole, first, middle]) seats.push((await hold(part)).coupons[0]!.seat)
    expect(seats).toEqual([1, 1, 1, 2, 3, 3])
    expect(await placesLeft(whole)).toBe(42)
    expect(await placesLeft(last)).toBe(43)
  })

  test('the table itself refuses a second live coupon on a seat, and an empty stretch', async () => {
    const { id } = await hold(freshCoach())
    const copy = (stops: string) =>
      sql
        .begin(async (tx) => {
          await tx`select set_config('app.tx', 'test', true)`
          await tx`
            insert into coupon (order_id, position, passenger, ticket_no, departure, stops, seat_number, state, fare_kind, fare, single_fare,
              refund_policy, identity)
            select order_id, 9, 9, next_ticket_number('44010000200'), departure, ${stops}::int4range, seat_number, 'HELD', 'full', 0, 0,
              refund_policy, identity from coupon where order_id = ${id}`
        })
        .then(String, (error: { constraint_name: string }) => error.constraint_name)
    expect(await copy('[0,1)')).toBe('coupon_seat_free')
    expect(await copy('[1,1)')).toBe('coupon_stretch_not_empty')
  })
})

test('no statement outside a unit of work can touch seats, pools, orders or coupons', async () => {
  const writes = [
    sql`update seat_map set occupied = occupied`,
    sql`update capacity_pool set taken = 0`,
    sql`delete from ticket_order`,
    sql`update coupon set state = 'ISSUED'`
  ]
  for (const write of writes) await expect(write).rejects.toMatchObject({ code: 'LN001' })
})

describe('a free child', () => {
  test('rides a coach without a seat, one per adult, at most a tenth of the seats', async () => {
    const coach = freshCoach()
    const family = () => [person(), person('free')]
    const order = await hold(coach, family())
    expect(order.coupons[1]).toMatchObject({ seat: null, fare: 0, fareKind: 'free' })
    expect(await placesLeft(coach)).toBe(44)
    for (let more = 0; more < 3; more++) await hold(coach, family())
    expect(await hold(coach, family()).then(String, codeOf)).toBe('no-places-left')
    expect(await placesLeft(coach)).toBe(41)
  })

  test("counts against a vessel's licensed number", async () => {
    const [sailing] = await find('徐闻港', '新海港')
    const order = await hold(sailing!, [person(), person('free')])
    expect(order.coupons.map(({ seat }) => seat)).toEqual([null, null])
    expect(await placesLeft(sailing!)).toBe(997)
  })
})

describe('what cannot be sold is refused by name', () => {
  const minutesBefore = (departure: Departure, minutes: number) =>
    new Date(departure.departsAt.getTime() - minutes * 60_000)
  test('by time, price, party and document', async () => {
    const coach = freshCoach()
    const noDocument = { name: '测试旅客', fare: 'full' } as const
    const wrong = (number: string) => ({ ...noDocument, document: { kind: '01', number } }) as const
    const refusals: [string, Parameters<typeof hold>[1], Date][] = [
      ['sale-closed', [person()], minutesBefore(coach, 10)],
      ['sale-not-open', [person()], at(-24 * 15)],
      ['too-many-passengers', Array.from({ length: 6 }, () => person()), at(6)],
      ['child-needs-adult', [person('free')], at(6)],
      ['too-many-free-children', [person(), person('free'), person('free')], at(6)],
      ['fare-not-entitled', [person('half', '20100101')], at(6)],
      ['age-unproven', [{ name: '测试', document: { kind: '02', number: 'E12345678' }, fare: 'half' }], at(6)],
      ['document-required', [noDocument], at(6)],
      ['document-check-digit', [wrong('440100199003072034')], at(6)],
      ['document-first-generation', [wrong('110105491231002')], at(6)]
    ]
    for (const [code, passengers, now] of refusals)
      expect(await hold(coach, passengers, buyer, now).then(() => 'held', codeOf)).toBe(code)
    expect(await placesLeft(coach)).toBe(45)
  })

  test('a total that is not the price', async () => {
    const asked = { id: randomUUID(), request: request(freshCoach(), [person()], { total: 1 }), owner: buyer.owner }
    expect(await holdOrder({ sql, keys }, asked, at(6)).then(() => 'held', codeOf)).toBe('price-changed')
  })

  test('a departure that does not run there', async () => {
    const journey = { departure: freshCoach().id, from: '441300001', to: '440100003', fares: ['full' as const] }
    expect(await quoteOrder(sql, journey, at(6)).then(String, codeOf)).toBe('departure-not-found')
  })

  test('where real names are not asked, nobody needs a document', async () => {
    const [local] = await find('湛江汽车总站', '徐闻')
    const order = await hold(local!, [{ name: '测试旅客', fare: 'full' }])
    expect(order.coupons[0]!.passenger.documentNumber).toBeNull()
  })
})

test('a quote is the price that the hold will take', async () => {
  const coach = freshCoach()
  const journey = { departure: coach.id, from: coach.from.place, to: coach.to.place }
  const quote = await quoteOrder(sql, { ...journey, fares: ['full', 'half', 'free'] }, at(6))
  const { conditions } = quote.legs[0]!
  expect(conditions.lines.map(({ field }) => field)).toEqual(['refund', 'refund', 'refund', 'refund', 'change', 'void'])
  expect(conditions.lines[4]!.en).toBe(
    'May be changed once until 2 hours before departure, free of charge, on the same line'
  )
  expect(quote.refund.lines.at(-1)!.zh).toBe('承运人原因全额退款')
  expect(quote).toMatchObject({ total: 6700 + 3350, holdMinutes: 15, refund: { code: 'coach-10-20' } })
  expect(quote.places.map(({ fare }) => fare)).toEqual([6700, 3350, 0])
})

describe('an expired hold', () => {
  test('is freed by the job at its minute and not before', async () => {
    const coach = freshCoach()
    const { id } = await hold(coach)
    await releaseExpiredHolds(sql, new Date(at(6, 15).getTime() - 1))
    expect(await placesLeft(coach)).toBe(44)
    expect(await releaseExpiredHolds(sql, at(6, 15))).toBeGreaterThan(0)
    expect(await placesLeft(coach)).toBe(45)
    expect(await showOrder({ sql, keys }, id, buyer)).toMatchObject({
      state: 'EXPIRED',
      coupons: [{ state: 'RELEASED' }]
    })
    expect(await releaseExpiredHolds(sql, at(6, 15))).toBe(0)
  })

  test('is in nobody’s way although no job ran: the next buyer, or the same passenger, gets the seat', async () => {
    const coach = freshCoach()
    const people = Array.from({ length: 45 }, () => person())
    for (let from = 0; from < 45; from += 5) await hold(coach, people.slice(from, from + 5))
    expect(await hold(coach).then(String, codeOf)).toBe('no-places-left')
    await hold(coach, people.slice(0, 1), buyer, at(6, 16))
    await hold(coach, [person()], buyer, at(6, 16))
    expect(await placesLeft(coach)).toBe(43)
  })
})
