import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { addDays } from '../../../clearing/business-day.ts'
import { fen } from '../../../clearing/money.ts'
import { openShift, showShift } from '../../counter/hand-over.ts'
import { person, today } from '../../ticketing/test-sale.ts'
import type { Departure } from '../../timetable/timetable-schemas.ts'
import { createTestStation } from '../test-station.ts'
import { payCashRefund } from './pay-cash-refund.ts'

const world = await createTestStation()
const { sql, keys, time, paying, find, sell, dispatcher, ask, stateOf, assertSound } = world
const clerk = ask('clerk')
let coach: Departure
let disruption = ''

const family = [person(), person('half', '20150307')]
const alone = person()
let tickets: string[] = []
let other = ''

beforeAll(async () => {
  coach = (await find('天河客运站', '惠州汽车总站', addDays(today, 1))).find(({ line }) => line === 'SL001')!
  tickets = (await sell(coach, family)).coupons.map(({ ticketNo }) => ticketNo!)
  other = (await sell(coach, [alone])).coupons[0]!.ticketNo!
  disruption = randomUUID()
  const note = '大雾，能见度不足五百米'
  const command = { kind: 'CANCEL', departures: [coach.id], cause: 'WEATHER', note, refund: 'at-once' }
  expect((await dispatcher('PUT', `/v1/disruptions/${disruption}`, command)).status).toBe(200)
})

const documentsOf = (...people: { document?: unknown }[]) => people.map(({ document }) => document!)
const pay = async (asked: { tickets: string[]; documents: unknown[]; amount: number }, id: string = randomUUID()) =>
  await clerk('PUT', `/v1/station/cash-refunds/${id}`, asked)
const worklist = async () => (await clerk('GET', `/v1/station/cash-refunds?place=${coach.from.place}`)).body
const figures = async () => {
  const { atCounter, paidAtCounter } = (await dispatcher('GET', `/v1/disruptions/${disruption}`)).body.refunds
  return [atCounter, paidAtCounter]
}

test('what was paid in cash waits at the station, and each document shows what it may take away', async () => {
  const { fullFare, halfFare } = coach
  const { body } = await clerk('GET', `/v1/station/cash-refunds?place=${coach.from.place}`)
  expect(body).toMatchObject({ tickets: 3, amount: 2 * fullFare + halfFare })
  expect(body.refunds.map(({ ticketNo }: { ticketNo: string }) => ticketNo).toSorted()).toEqual(
    [...tickets, other].toSorted()
  )
  expect(JSON.stringify(body)).not.toContain(alone.document!.number)
  const search = async (...documents: unknown[]) =>
    (await clerk('POST', '/v1/station/cash-refund-searches', { documents })).body
  expect(await search(alone.document)).toMatchObject([{ ticketNo: other, amount: fullFare, ownDocument: true }])
  expect(await search(...documentsOf(...family))).toHaveLength(2)
  expect(await search(person().document)).toEqual([])
})

test('is handed out within a shift, against the document, once, and the disruption’s figure falls', async () => {
  expect(await figures()).toEqual([3, 0])
  const asked = { tickets: [other], documents: documentsOf(alone), amount: coach.fullFare }
  expect((await pay(asked)).body.code).toBe('shift-required')
  await clerk('PUT', `/v1/counter/shifts/${randomUUID()}`, { place: coach.from.place, window: 1, openingCash: 50_000 })
  expect((await pay({ ...asked, documents: documentsOf(family[0]!) })).body.code).toBe('cash-refund-documents')
  expect((await pay({ ...asked, amount: coach.fullFare - 1 })).body.code).toBe('refund-amount-changed')
  const id = randomUUID()
  const paid = await pay(asked, id)
  expect(paid.body).toMatchObject({ state: 'PAID', amount: coach.fullFare, reason: 'carrier' })
  expect((await pay(asked, id)).body).toEqual(paid.body)
  expect((await pay(asked)).body.code).toBe('already-refunded')
  expect(await stateOf(other)).toBe('REFUNDED')
  expect(await figures()).toEqual([2, 1])
  expect((await worklist()).tickets).toBe(2)
  const [shift] = (await clerk('GET', '/v1/counter/shifts')).body
  expect(shift.expectedCash).toBe(50_000 - coach.fullFare)
  await assertSound()
})

test('two clerks at once pay once', async () => {
  const amount = fen(coach.fullFare + coach.halfFare)
  const documents = family.map(({ document }) => document!)
  const clerks = ['clerk:one', 'clerk:two'].map((owner) => ({ owner, seesAll: true, id: randomUUID() }))
  for (const { owner, id } of clerks) {
    const drawer = { place: coach.from.place, window: 2, openingCash: fen(0) }
    await openShift(sql, { id, clerk: owner }, drawer, time.now)
  }
  const request = { tickets, documents, amount }
  const answers = await Promise.allSettled(
    clerks.map(
      async (viewer) => await payCashRefund({ ...paying, keys }, { id: randomUUID(), request }, viewer, time.now)
    )
  )
  expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'already-refunded' } })
  const drawers = await Promise.all(
    clerks.map(async ({ id, owner }) => (await showShift(sql, { id, clerk: owner })).expectedCash)
  )
  expect(drawers.toSorted((a, b) => a - b)).toEqual([0 - amount, 0])
  expect(await figures()).toEqual([0, 3])
  expect(await worklist()).toEqual({ tickets: 0, amount: 0, refunds: [] })
  await assertSound()
})
