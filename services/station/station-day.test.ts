import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addDays, calendarDay } from '../../clearing/business-day.ts'
import { sm2Verify } from '../../card-crypto/sm2.ts'
import { transaction } from '../../clearing/database.ts'
import { person, today } from '../ticketing/test-sale.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { exchangeCounts } from './dispatch/exchange-counts.ts'
import { simulatedCounterpart } from './dispatch/simulated-counterpart.ts'
import { createTestStation } from './test-station.ts'

const world = await createTestStation()
const { sql, time, find, sell, dispatcher, manager, ask, inspect, report, act, board, stateOf } = world

const coaches: Departure[] = []
const sailings: Departure[] = []
let next = { coach: 0, sailing: 0, vehicle: 1 }
const minutesBefore = ({ departsAt }: Departure, minutes: number) => new Date(departsAt.getTime() - minutes * 60_000)
const freshCoach = (): Departure => coaches[next.coach++]!
const freshVehicle = (codes = '粤A示'): string => `${codes}${String(next.vehicle++).padStart(3, '0')}`
const placeOf = (departure: Departure) => departure.from.place

beforeAll(async () => {
  for (const day of [today, addDays(today, 1)])
    coaches.push(...(await find('天河客运站', '惠州汽车总站', day)).filter(({ line }) => line === 'SL001'))
  sailings.push(...(await find('徐闻港', '新海港', today)))
})
beforeEach(() => {
  time.now = new Date(Math.max(time.now.getTime(), Date.parse(`${today}T06:00:00+08:00`)))
})

/** Inspected and reported, an hour before it leaves. */
async function reported(departure: Departure, vehicle = freshVehicle(), driver = `C01-${vehicle.slice(-3)}`) {
  time.now = minutesBefore(departure, 60)
  await inspect(vehicle, placeOf(departure))
  const { status, body } = await report(departure, vehicle, [driver])
  expect(status, JSON.stringify(body)).toBe(200)
  return { vehicle, driver, body }
}

describe('a report (报班)', () => {
  test('is taken with papers, driver and a passed safety inspection, and not without any of them', async () => {
    const coach = freshCoach()
    const vehicle = freshVehicle()
    time.now = minutesBefore(coach, 60)
    expect((await report(coach, vehicle, ['C01-001'])).body).toMatchObject({
      code: 'inspection-not-valid',
      facts: { inspection: 'missing' }
    })
    await inspect(vehicle, placeOf(coach), ['制动'])
    expect((await report(coach, vehicle, ['C01-001'])).body.facts).toEqual({ inspection: 'failed' })
    time.now = minutesBefore(coach, 55)
    await inspect(vehicle, placeOf(coach))
    expect((await report(coach, vehicle, ['C01-999'])).body.code).toBe('crew-member-not-found')
    expect((await report(coach, '粤A示999', ['C01-001'])).body.code).toBe('conveyance-not-found')
    expect((await report(coach, '粤H示001', ['C01-001'])).body.code).toBe('conveyance-not-fit')
    expect((await report(coach, vehicle, ['F01-001'])).body.code).toBe('crew-not-fit')
    await inspect('粤A示040', placeOf(coach))
    const ranOut = (await report(coach, '粤A示040', ['C01-001'])).body
    expect(ranOut).toMatchObject({ code: 'papers-not-valid', facts: { of: 'conveyance' } })
    expect(ranOut.facts.papers).toEqual([{ kind: 'liability-insurance', validTo: '2026-11-30' }])
    const { status, body } = await report(coach, vehicle, ['C01-001'])
    expect([status, body.conveyance, body.places]).toEqual([200, vehicle, 49])
  })

  test('comes neither too early nor too late', async () => {
    const coach = freshCoach()
    const vehicle = freshVehicle()
    time.now = minutesBefore(coach, 60)
    await inspect(vehicle, placeOf(coach))
    time.now = minutesBefore(coach, 181)
    expect((await report(coach, vehicle, ['C01-002'])).body.code).toBe('report-too-early')
    time.now = minutesBefore(coach, -31)
    expect((await report(coach, vehicle, ['C01-002'])).body.code).toBe('report-too-late')
  })

  test('puts a vehicle and its driver in one place at a time', async () => {
    const [first, second] = [freshCoach(), freshCoach()]
    const { vehicle, driver } = await reported(first)
    const other = freshVehicle()
    await inspect(other, placeOf(second))
    expect((await report(second, vehicle, ['C01-020'])).body.code).toBe('conveyance-elsewhere')
    expect((await report(second, other, [driver])).body.code).toBe('crew-elsewhere')
    expect((await report(second, other, ['C01-020'])).status).toBe(200)
  })

  test('is the same one under the same id, changes the vehicle under another, and can be taken back', async () => {
    const coach = freshCoach()
    const { body, vehicle, driver } = await reported(coach)
    expect((await report(coach, vehicle, [driver], body.id)).body.id).toBe(body.id)
    expect((await report(coach, vehicle, ['C01-021'], body.id)).body.code).toBe('report-id-reused')
    const other = freshVehicle()
    await inspect(other, placeOf(coach))
    const changed = (await report(coach, other, [driver])).body
    expect(changed.conveyance).toBe(other)
    const url = `/v1/station/reports/${changed.id}?place=${placeOf(coach)}`
    expect((await dispatcher('DELETE', url)).status).toBe(204)
    expect((await dispatcher('DELETE', url)).status).toBe(204)
    expect((await act(coach, 'check-in')).body.code).toBe('departure-not-reported')
    const none = `/v1/station/reports/${randomUUID()}?place=${placeOf(coach)}`
    expect((await dispatcher('DELETE', none)).body.code).toBe('report-not-found')
  })

  test('is refused for a vehicle smaller than what is sold, and when the departure is closed', async () => {
    const coach = freshCoach()
    const small = freshVehicle()
    const entry = { mode: 'coach', carrier: 'C01', places: 2 }
    expect((await manager('PUT', `/v1/station/register/conveyances/${encodeURIComponent(small)}`, entry)).status).toBe(
      200
    )
    await sell(coach, [person(), person(), person()])
    time.now = minutesBefore(coach, 60)
    await inspect(small, placeOf(coach))
    expect((await report(coach, small, ['C01-022'])).body).toMatchObject({
      code: 'more-sold-than-places',
      facts: { sold: 3, places: 2 }
    })
    await transaction(sql, async (tx) => {
      await tx`update departure set state = 'CANCELLED' where id = ${coach.id}`
    })
    expect((await report(coach, small, ['C01-022'])).body.code).toBe('report-closed')
  })

  test('shows beforehand who could go and why not', async () => {
    const coach = freshCoach()
    time.now = minutesBefore(coach, 60)
    const vehicle = freshVehicle()
    await inspect(vehicle, placeOf(coach))
    const { body } = await dispatcher('GET', `/v1/station/departures/${coach.id}/places/${placeOf(coach)}/candidates`)
    const faultOf = (code: string) => body.conveyances.find((one: { code: string }) => one.code === code).fault
    expect([faultOf(vehicle), faultOf('粤A示040'), faultOf('粤A示039')]).toEqual([
      null,
      'papers-not-valid',
      'inspection-not-valid'
    ])
    expect(body.crew).toHaveLength(40)
  })
})

describe('a bay', () => {
  test('belongs to one departure at a time, and the gate must be there', async () => {
    const [first, second] = [freshCoach(), freshCoach()]
    await transaction(sql, async (tx) => {
      await tx`update departure set departs_at = (select departs_at from departure where id = ${first.id}) where id = ${second.id}`
    })
    expect((await act(first, 'bay', { gate: 2, bay: '7' })).body).toMatchObject({ gate: 2, bay: '7' })
    expect((await act(second, 'bay', { gate: 1, bay: '7' })).body.code).toBe('bay-taken')
    expect((await act(second, 'bay', { gate: 99, bay: null })).body.code).toBe('gate-not-found')
    expect((await act(second, 'bay', { gate: 1, bay: '8' })).status).toBe(200)
    const nowhere = { ...first, from: { ...first.from, place: '810000P01' } }
    expect((await act(nowhere, 'bay', { gate: 1, bay: '8' })).body.code).toBe('departure-not-found')
  })
})

describe('a dispatch (发班)', () => {
  test('needs a report and its time; who was checked travels, who was not has missed it, and the money follows', async () => {
    const coach = freshCoach()
    const { coupons } = await sell(coach, [person(), person('half', '20150307'), person()])
    const [full, half, late] = coupons.map(({ ticketNo }) => ticketNo!)
    time.now = minutesBefore(coach, 10)
    expect((await act(coach, 'dispatch')).body.code).toBe('departure-not-reported')
    await reported(coach)
    time.now = minutesBefore(coach, 121)
    expect((await act(coach, 'check-in')).body.code).toBe('check-in-too-early')
    expect((await act(coach, 'dispatch')).body.code).toBe('dispatch-too-early')
    time.now = minutesBefore(coach, 10)
    expect((await act(coach, 'check-in')).body.state).toBe('CHECKING')
    await board(full!)
    await board(half!)
    const { body } = await act(coach, 'dispatch')
    expect(body).toMatchObject({ counts: { full: 1, half: 1, free: 0 }, missed: 1 })
    expect((await act(coach, 'dispatch')).body).toEqual(body)
    expect(await Promise.all([full, half, late].map((ticketNo) => stateOf(ticketNo!)))).toEqual([
      'USED',
      'USED',
      'NO_SHOW'
    ])
    const events = await sql`select event, state from ticket_event where ticket_no = ${full!} order by id desc limit 1`
    expect({ ...events[0] }).toEqual({ event: 'dispatch', state: 'USED' })
    expect((await act(coach, 'check-in')).body.code).toBe('departure-not-here')
  })

  test('leaves a manifest whose SM2 signature anybody can verify, and keeps who read it', async () => {
    const coach = freshCoach()
    const { coupons } = await sell(coach, [person()])
    await reported(coach)
    time.now = minutesBefore(coach, 5)
    const url = `/v1/station/departures/${coach.id}/places/${placeOf(coach)}/manifest`
    expect((await dispatcher('GET', url)).body.code).toBe('dispatch-not-found')
    await board(coupons[0]!.ticketNo!)
    const { body: dispatch } = await act(coach, 'dispatch')
    const manifest = (await ask('gate')('GET', url)).body as string
    expect(manifest).toContain(coupons[0]!.ticketNo!)
    expect(manifest).toContain('测试旅客')
    const { body: key } = await world.call({ url: '/v1/station/manifest-key' })
    const verified = sm2Verify(
      Buffer.from(key.publicKey, 'hex'),
      Buffer.from(manifest),
      Buffer.from(dispatch.signature, 'hex')
    )
    expect(verified).toBe(true)
    const forged = sm2Verify(
      Buffer.from(key.publicKey, 'hex'),
      Buffer.from(`${manifest} `),
      Buffer.from(dispatch.signature, 'hex')
    )
    expect(forged).toBe(false)
    const readings = await sql`select actor from manifest_reading where departure = ${coach.id}`
    expect(readings.map(({ actor }) => actor.split(':')[0])).toEqual(['gate'])
    const clerkless = await world.call({ url, headers: await world.as('passenger') })
    expect(clerkless.body.code).toBe('not-permitted')
  })

  test('exchanges its counts with port and carrier, and a difference stays until it is explained or counted again', async () => {
    const sailing = sailings.find(({ id, departsAt }) => id % 20 === 7 && departsAt > time.now) ?? sailings.at(-1)!
    const { coupons } = await sell(sailing, [person(), person()])
    time.now = minutesBefore(sailing, 60)
    await inspect('示例海峡001', placeOf(sailing))
    await report(sailing, '示例海峡001', ['F01-001'])
    time.now = minutesBefore(sailing, 5)
    for (const { ticketNo } of coupons) await board(ticketNo!)
    expect((await act(sailing, 'dispatch')).status).toBe(200)
    const counts = async () =>
      (await dispatcher('GET', `/v1/station/counts?place=${placeOf(sailing)}&departure=${sailing.id}`)).body
    const [waiting] = await sql`select count(*)::integer as count from count_exchange where state = 'WAITING'`
    const silent = { exchange: async () => await Promise.reject(new Error('the port does not answer')) }
    expect(await exchangeCounts(sql, silent, time.now)).toBe(0)
    time.now = new Date(time.now.getTime() + 60_000)
    const miscounts = { exchange: async () => ({ full: 1, half: 0, free: 0, vehicle: 0, truck: 0 }) }
    expect(await exchangeCounts(sql, miscounts, time.now)).toBe(waiting!['count'])
    expect((await counts()).map(({ party, state }: Record<string, string>) => [party, state])).toEqual([
      ['carrier', 'DIFFERS'],
      ['port', 'DIFFERS']
    ])
    const chase = async (party: string, payload: object) =>
      await dispatcher(
        'POST',
        `/v1/station/departures/${sailing.id}/places/${placeOf(sailing)}/counts/${party}`,
        payload
      )
    expect((await chase('carrier', { settlement: '船员多计一人，已更正' })).status).toBe(200)
    expect((await chase('carrier', { again: true })).body.code).toBe('count-not-differing')
    expect((await chase('port', { again: true })).status).toBe(200)
    expect(await exchangeCounts(sql, simulatedCounterpart(sql), time.now)).toBe(1)
    expect((await counts()).map(({ state }: Record<string, string>) => state)).toContain('SETTLED')
  })
})

describe('late and mixed check-in (补检、混检)', () => {
  const admit = async (ticketNo: string, to: Departure, id: string = randomUUID()) =>
    await dispatcher('PUT', `/v1/station/admissions/${id}`, { ticketNo, departure: to.id, place: placeOf(to) })

  test('lets a late passenger aboard while his departure is there, and one who missed another of the line', async () => {
    const [first, second] = [freshCoach(), freshCoach()]
    const [late, missed] = (await sell(first, [person(), person()])).coupons.map(({ ticketNo }) => ticketNo!)
    const [own] = (await sell(second)).coupons.map(({ ticketNo }) => ticketNo!)
    await reported(first)
    time.now = minutesBefore(first, -5)
    const id = randomUUID()
    expect((await admit(late!, first, id)).body).toMatchObject({ kind: 'late', ticketNo: late })
    expect((await admit(late!, first, id)).body).toMatchObject({ kind: 'late' })
    expect((await admit(missed!, first, id)).body.code).toBe('admission-id-reused')
    expect((await admit(late!, first)).body.code).toBe('ticket-not-admissible')
    expect((await act(first, 'dispatch')).body).toMatchObject({ counts: { full: 1 }, missed: 1 })
    expect(await stateOf(missed!)).toBe('NO_SHOW')
    expect((await admit(missed!, first)).body.code).toBe('departure-not-here')
    expect((await admit(missed!, second)).body.code).toBe('departure-not-here')
    await reported(second)
    expect((await admit(missed!, second)).body).toMatchObject({ kind: 'mixed', fromDeparture: first.id })
    expect([await stateOf(missed!), await stateOf(own!)]).toEqual(['CHECKED', 'ISSUED'])
    await world.assertSound()
    time.now = minutesBefore(second, -11)
    expect((await admit(own!, second)).body.code).toBe('admission-too-late')
  })

  test('takes no ticket of another line or another day, and nobody when it is full', async () => {
    const coach = freshCoach()
    const [tomorrow] = await find('天河客运站', '惠州汽车总站', addDays(today, 3))
    const [sailing] = await find('徐闻港', '新海港')
    const other = (await sell(sailing!)).coupons[0]!.ticketNo!
    const later = (await sell(tomorrow!)).coupons[0]!.ticketNo!
    await reported(coach)
    expect((await admit(other, coach)).body.code).toBe('admission-other-line')
    expect((await admit(later, coach)).body.code).toBe('admission-other-day')
    expect((await admit('44010000200A99999999', coach)).body.code).toBe('ticket-not-found')
    const sameDay = ({ id, departsAt }: Departure) =>
      id !== coach.id && calendarDay(departsAt) === calendarDay(coach.departsAt)
    const again = coaches.find(sameDay)!
    const early = (await sell(again)).coupons[0]!.ticketNo!
    await transaction(sql, async (tx) => {
      await tx`update seat_map set occupied = array_fill(1, array[45]) where departure = ${coach.id}`
    })
    expect((await admit(early, coach)).body.code).toBe('no-places-left')
    expect(await stateOf(early)).toBe('ISSUED')
  })
})

describe('the board', () => {
  test('shows what leaves in the coming hours, and answers 304 while nothing changed', async () => {
    const coach = freshCoach()
    time.now = minutesBefore(coach, 30)
    const url = `/v1/board/${placeOf(coach)}`
    const first = await world.call({ url })
    const row = first.body.rows.find(({ departure }: { departure: number }) => departure === coach.id)
    expect(row).toMatchObject({ number: coach.number, toName: '惠州汽车总站', plannedAt: null })
    const etag = String(first.headers['etag'])
    const same = await world.app.inject({ url, headers: { 'if-none-match': etag } })
    expect([same.statusCode, same.payload]).toEqual([304, ''])
    await act(coach, 'bay', { gate: 3, bay: '12' })
    const changed = await world.call({ url, headers: { 'if-none-match': etag } })
    const now = changed.body.rows.find(({ departure }: { departure: number }) => departure === coach.id)
    expect([changed.status, now.gate, now.bay]).toEqual([200, 3, '12'])
    expect((await world.call({ url: '/v1/board/999999999' })).body.code).toBe('place-not-found')
  })

  test('gives the staff every departure of the day with its load', async () => {
    const coach = freshCoach()
    await sell(coach, [person(), person()])
    const { body } = await dispatcher(
      'GET',
      `/v1/station/departures?place=${placeOf(coach)}&day=${calendarDay(coach.departsAt)}`
    )
    const row = body.find(({ departure }: { departure: number }) => departure === coach.id)
    expect(row).toMatchObject({ sold: 2, checked: 0, suspended: 0, report: null, dispatch: null, places: 45 })
  })
})

describe('the register', () => {
  test('renews a paper by a new row, and knows only carriers that are there', async () => {
    const url = `/v1/station/register/conveyances/${encodeURIComponent('粤A示040')}`
    const paper = { number: '新保单', validTo: '2027-11-30' }
    const renewed = await manager('PUT', `${url}/papers/liability-insurance`, paper)
    expect(renewed.body.papers.find(({ kind }: { kind: string }) => kind === 'liability-insurance').validTo).toBe(
      '2027-11-30'
    )
    expect((await manager('PUT', url, { mode: 'coach', carrier: 'X9', places: 3 })).body.code).toBe('carrier-not-found')
    expect((await dispatcher('PUT', url, { mode: 'coach', carrier: 'C01', places: 3 })).body.code).toBe('not-permitted')
    const driver = '/v1/station/register/crew/C01-777'
    expect((await manager('PUT', `${driver}/papers/qualification`, paper)).body.code).toBe('crew-member-not-found')
    expect((await manager('PUT', driver, { name: '示例', mode: 'coach', carrier: 'C01' })).body.papers).toEqual([])
    expect((await manager('PUT', `${driver}/papers/qualification`, paper)).body.papers).toHaveLength(1)
    const id = randomUUID()
    const entry = { conveyance: '粤A示040', place: '440100003', failedItems: [], inspector: '甲' }
    expect((await dispatcher('PUT', `/v1/station/inspections/${id}`, entry)).status).toBe(200)
    expect((await dispatcher('PUT', `/v1/station/inspections/${id}`, { ...entry, inspector: '乙' })).body.code).toBe(
      'inspection-id-reused'
    )
  })
})
