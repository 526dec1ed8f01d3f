import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { addDays } from '../../clearing/business-day.ts'
import { Refusal } from '../../clearing/refusal.ts'
import { changeTickets, quoteChange } from '../ticketing/changes/change-tickets.ts'
import { holdOrder } from '../ticketing/hold-order.ts'
import { payOrder } from '../ticketing/pay-order.ts'
import { showOrder } from '../ticketing/show-order.ts'
import { at, buyer, clerk, createTestSale, person, today } from '../ticketing/test-sale.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { checkIn } from './check-in.ts'
import { reissueTicket } from './credentials/reissues/reissue-ticket.ts'
import { showCode } from './credentials/show-code.ts'
import { readCode } from './verify-ticket-rules.ts'

const { sql, keys, paying, find } = await createTestSale()
const parts = { sql, keys }
const codeOfError = (error: unknown): string => (error instanceof Refusal ? error.code : `bug: ${String(error)}`)
let coach: Departure
let sailings: Departure[]
const doors = new Map<string, number>()
const tomorrow = addDays(today, 1)

beforeAll(async () => {
  coach = (await find('湛江汽车总站', '徐闻汽车总站', tomorrow)).find(({ line }) => line === 'SL052')!
  const caught = coach.arrivesAt.getTime() + 60 * 60_000
  sailings = (await find('徐闻港', '新海港', tomorrow)).filter(
    ({ line, departsAt }) => line === 'SW01' && departsAt.getTime() >= caught
  )
  for (const { id, code } of await sql<{ id: number; code: string }[]>`
    select gate.id, place.code from gate join place on place.id = gate.place`)
    doors.set(code, id)
})

async function sellJourney(people = [person()]) {
  const legs = [coach, sailings[0]!].map(({ id, from, to }) => ({ departure: id, from: from.place, to: to.place }))
  const total = people.length * (coach.fullFare + sailings[0]!.fullFare - 500)
  const id = randomUUID()
  await holdOrder(
    parts,
    { id, request: { legs, product: 'ST02', passengers: people, total }, owner: buyer.owner },
    at(6)
  )
  await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
  const order = await showOrder(parts, id, buyer)
  return { order, tickets: order.coupons.map(({ ticketNo }) => ticketNo!) }
}
const show = async (ticketNo: string, now: Date) =>
  (await showCode(parts, { ticketNo, form: 'phone' }, buyer, now)).payload
async function scan(code: string, where: Departure, now: Date) {
  const gate = doors.get(where.from.place)!
  const answer = await checkIn(parts, { gate, nonce: randomUUID(), code }, 'gate:one', now)
  return [answer.code ?? answer.result, answer.ticket?.ticketNo]
}
const before = ({ departsAt }: Departure, minutes: number) => new Date(departsAt.getTime() - minutes * 60_000)

test('one code opens the door of each leg in turn, for its own passenger', async () => {
  const { order, tickets } = await sellJourney([person(), person()])
  const ofOne = order.coupons.flatMap(({ leg }, index) => (index % 2 === 0 ? [{ leg, ticketNo: tickets[index]! }] : []))
  expect(ofOne.map(({ leg }) => leg)).toEqual([0, 1])
  const first = ofOne[0]!.ticketNo
  const boards = before(coach, 20)
  const sails = before(sailings[0]!, 40)
  const code = await show(first, boards)
  expect(readCode(code).code!.claims.journey).toEqual({ number: order.journeyNumber, passenger: 0 })
  expect(await scan(code, sailings[0]!, boards)).toEqual(['check-in-not-open', ofOne[1]!.ticketNo])
  expect(await scan(code, coach, boards)).toEqual(['OPEN', first])
  expect(await scan(code, coach, boards)).toEqual(['already-checked', first])
  // The ticket it was made for is used; the code of the moment is still to be had for the way on.
  expect(await scan(await show(first, sails), sailings[0]!, sails)).toEqual(['OPEN', ofOne[1]!.ticketNo])
  expect(await show(first, sails).catch(codeOfError)).toBe('ticket-without-code')
})

test('a leg changed to a later sailing is opened by the same code', async () => {
  const { tickets } = await sellJourney()
  const [first, second] = tickets as [string, string]
  const later = sailings[1]!
  const asked = { tickets: [second], departure: later.id, from: later.from.place, to: later.to.place }
  const { due } = await quoteChange(parts, asked, buyer, at(6))
  const change = { id: randomUUID(), request: { ...asked, due } }
  await changeTickets(parts, change, buyer, at(6))
  const order = await showOrder(parts, change.id, buyer)
  const sails = before(later, 40)
  expect(await scan(await show(first, sails), later, sails)).toEqual(['OPEN', order.coupons[0]!.ticketNo])
})

test('a re-issue of any leg ends every code of the journey before it', async () => {
  const passenger = person()
  const { tickets } = await sellJourney([passenger])
  const boards = before(coach, 20)
  const old = await show(tickets[0]!, boards)
  const request = { ticketNo: tickets[1]!, document: passenger.document!, reason: 'stolen' } as const
  await reissueTicket(parts, { id: randomUUID(), request }, clerk, boards)
  expect((await scan(old, coach, boards))[0]).toBe('credential-revoked')
  expect((await scan(await show(tickets[0]!, boards), coach, boards))[0]).toBe('OPEN')
})

test('an open way back without a departure has no code', async () => {
  const out = (await find('天河客运站', '惠州汽车总站', tomorrow)).find(({ line }) => line === 'SL001')!
  const legs = [{ departure: out.id, from: out.from.place, to: out.to.place }]
  const id = randomUUID()
  const total = 2 * out.fullFare - 1400
  const request = { legs, product: 'SR01', openReturn: true as const, passengers: [person()], total }
  await holdOrder(parts, { id, request, owner: buyer.owner }, at(6))
  await payOrder(paying, { orderId: id, gateway: 'cash', actor: buyer.owner }, at(6))
  const { coupons } = await showOrder(parts, id, buyer)
  expect(await show(coupons[1]!.ticketNo!, at(6)).catch(codeOfError)).toBe('ticket-without-code')
})
