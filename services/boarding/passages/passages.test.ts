import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { buyer, createTestSale, person, today } from '../../ticketing/test-sale.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { checkIn, undoCheckIn } from '../check-in.ts'
import { showCode } from '../credentials/show-code.ts'
import type { PassageKind } from './passage-rules.ts'

const sale = await createTestSale()
const { sql, keys, find, sell, call, as, time } = sale
const parts = { sql, keys }
const doors = new Map<PassageKind, number>()
let coach: Departure

beforeAll(async () => {
  coach = (await find('天河客运站', '惠州汽车总站', addDays(today, 1))).filter(({ line }) => line === 'SL001')[3]!
  const kinds: PassageKind[] = ['security', 'hall', 'boarding', 'transfer', 'deck', 'parking']
  for (const [index, kind] of kinds.entries()) {
    const [row] = await sql<{ id: number }[]>`
      insert into gate (place, number, name, passage)
      select id, ${91 + index}, ${kind}, ${kind} from place where code = ${coach.from.place} returning id`
    doors.set(kind, row!.id)
  }
})

const before = (minutes: number): Date => new Date(coach.departsAt.getTime() - minutes * 60_000)
const scan = async (ticketNo: string, kind: PassageKind, minutes: number, passage?: PassageKind) => {
  const { payload } = await showCode(parts, { ticketNo, form: 'phone' }, buyer, before(minutes))
  const request = { gate: doors.get(kind)!, nonce: randomUUID(), code: payload, ...(passage ? { passage } : {}) }
  return await checkIn(parts, request, 'gate:one', before(minutes))
}
const answerTo = async (...asked: Parameters<typeof scan>) => {
  const { code, result } = await scan(...asked)
  return code ?? result
}

test('one code opens door after door, each by its own rule: times, order, once or often', async () => {
  const [ticketNo] = (await sell(coach)).coupons.map((coupon) => coupon.ticketNo!) as [string]
  expect(await answerTo(ticketNo, 'parking', 1430)).toBe('OPEN')
  expect(await answerTo(ticketNo, 'security', 250)).toBe('check-in-not-open')
  expect(await answerTo(ticketNo, 'hall', 200)).toBe('door-first')
  expect(await answerTo(ticketNo, 'boarding', 100)).toBe('door-first')
  expect(await answerTo(ticketNo, 'security', 200)).toBe('OPEN')
  // Out for a coffee and in again.
  expect(await answerTo(ticketNo, 'security', 150)).toBe('OPEN')
  expect(await answerTo(ticketNo, 'hall', 140)).toBe('OPEN')
  expect(await answerTo(ticketNo, 'boarding', 130)).toBe('check-in-not-open')
  expect(await answerTo(ticketNo, 'deck', 60)).toBe('door-for-vehicles')
  expect(await answerTo(ticketNo, 'transfer', 60)).toBe('OPEN')
  expect((await scan(ticketNo, 'hall', 50)).message).toBe('请通行')
  expect(await answerTo(ticketNo, 'boarding', 20)).toBe('OPEN')
  const [{ state }] = (await sql`select state from coupon where ticket_no = ${ticketNo}`) as unknown as [
    { state: string }
  ]
  expect(state).toBe('CHECKED')
})

test('a handheld says which door it stands for, and its check is undone without touching the ticket', async () => {
  const [ticketNo] = (await sell(coach)).coupons.map((coupon) => coupon.ticketNo!) as [string]
  const passed = await scan(ticketNo, 'boarding', 100, 'security')
  expect(passed.result).toBe('OPEN')
  await undoCheckIn(parts, passed.id, 'gate:one', before(99))
  expect(await answerTo(ticketNo, 'boarding', 60)).toBe('door-first')
  const [{ state }] = (await sql`select state from coupon where ticket_no = ${ticketNo}`) as unknown as [
    { state: string }
  ]
  expect(state).toBe('ISSUED')
})

test('the passages of a journey are one history, for those who may see its order', async () => {
  const passenger = person()
  const { id, coupons } = await sell(coach, [passenger])
  const ticketNo = coupons[0]!.ticketNo!
  await scan(ticketNo, 'security', 90)
  await scan(ticketNo, 'boarding', 130)
  await scan(ticketNo, 'boarding', 20)
  time.now = before(10)
  const url = `/v1/orders/${id}/passages`
  const { body } = await call({ url, headers: await as('clerk') })
  expect(body).toMatchObject([
    { passage: 'boarding', result: 'REFUSED', refusal: 'check-in-not-open', leg: 1, ticketNo },
    { passage: 'security', result: 'OPEN', gate: 91, means: 'code', offline: false },
    { passage: 'boarding', result: 'OPEN', gate: 93, conflict: '', undoneAt: null }
  ])
  const other = await call({ url, headers: await as('passenger') })
  expect(other.body.code).toBe('order-not-found')
})
