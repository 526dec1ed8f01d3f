import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays, shanghaiInstant, type BusinessDay } from '../../../clearing/business-day.ts'
import { seedProvince } from '../../local/sample-province/seed-province.ts'
import { mod11CheckCharacter } from '../../identity/check-digits.ts'
import { createTestApp } from '../../test-app.ts'
import { generateDepartures, generateDeparturesJob } from '../generate-departures.ts'
import { checkNotice, type NoticeTerms } from './publication-rules.ts'

const today = '2026-12-01' as BusinessDay
const world = await createTestApp()
const { call, parts } = world
const { sql } = parts
let operator: { authorization: string }
let passenger: { authorization: string }

beforeAll(async () => {
  world.time.now = shanghaiInstant(today, 6 * 3600)
  await seedProvince(sql, today)
  operator = await world.as('operator')
  passenger = await world.as('passenger')
})

/** A draft of these departures of SL001, which runs between Tianhe and Huizhou. */
const draft = async (rows: string[], parameters: Record<string, string> = {}): Promise<number> => {
  const all = new URLSearchParams({
    name: 'T',
    format: 'csv',
    table: 'departures',
    effective: addDays(today, 3),
    ...parameters
  })
  const payload = `line,number,kind,departs,places\n${rows.join('\n')}\n`
  const headers = { ...operator, 'content-type': 'text/csv' }
  const { body } = await call({ method: 'POST', url: `/v1/timetable/imports?${all.toString()}`, headers, payload })
  expect(body.refused).toBe(0)
  return body.version
}
const publish = async (version: number) =>
  await call({ method: 'POST', url: `/v1/timetable/versions/${version}/publication`, headers: operator })
const departuresOf = async (number: string, day: BusinessDay) =>
  await sql<{ id: number; at: string; places: number; seats: number }[]>`
    select id, to_char(departs_at, 'HH24:MI') as at, places, cardinality(occupied) as seats
    from departure left join seat_map on departure = id where number = ${number} and day = ${day}`
let people = 100
const holdSeat = async (departure: number) => {
  const first17 = `44010019900307${++people}`
  const document = { kind: '01', number: first17 + mod11CheckCharacter(first17) }
  const passengers = [{ name: '测试旅客', document, fare: 'full' }]
  const payload = { departure, from: '440100003', to: '441300001', passengers, total: 6700 }
  return await call({ method: 'PUT', url: `/v1/orders/${randomUUID()}`, headers: passenger, payload })
}

test.each<[string, Partial<NoticeTerms>, number, string | null]>([
  ['a change on water', { changes: true }, 15, null],
  ['a change on water', { changes: true }, 14, 'notice-too-short'],
  ['an extra sailing', {}, 0, null],
  ['stopping a sailing', { stops: true }, 30, null],
  ['stopping a sailing', { stops: true, changes: true }, 29, 'notice-too-short'],
  ['anything', {}, -1, 'effective-day-passed']
])('%s (%o) with %i days notice: %s', (_, terms, days, expected) => {
  const all = { changes: false, stops: false, changeDays: 15, stopDays: 30, ...terms }
  expect(checkNotice([all], addDays(today, days), today)).toBe(expected)
})

test('a draft runs nothing; published it takes the place of what it names from its day on', async () => {
  const version = await draft(['SL001,SL001-0700,,07:15,50', 'SL001,SL001-0645,extra,06:45,45'])
  const [before] = await departuresOf('SL001-0700', addDays(today, 3))
  expect(before).toMatchObject({ at: '07:00', seats: 45 })
  expect(await departuresOf('SL001-0645', addDays(today, 3))).toHaveLength(0)

  const { status, body } = await publish(version)
  expect(status).toBe(200)
  // Days 3 to 15 from today; the changed ones are made anew.
  expect(body).toMatchObject({ generated: 26, version: { state: 'PUBLISHED', changed: 13, withdrawn: 0, kept: 0 } })
  expect(await departuresOf('SL001-0700', addDays(today, 3))).toMatchObject([{ at: '07:15', places: 50, seats: 50 }])
  expect(await departuresOf('SL001-0700', addDays(today, 2))).toMatchObject([{ at: '07:00', places: 45 }])
  expect(await departuresOf('SL001-0645', addDays(today, 3))).toMatchObject([{ at: '06:45' }])
  expect((await publish(version)).body).toMatchObject({ generated: 0, version: { changed: 13 } })
})

test('a departure somebody bought stays as it was sold, and is listed', async () => {
  const day = addDays(today, 5)
  const [sold] = await departuresOf('SL001-0800', day)
  expect((await holdSeat(sold!.id)).status).toBeLessThan(300)
  const version = await draft(['SL001,SL001-0800,,08:30,45'], { effective: day })
  expect((await publish(version)).body.version).toMatchObject({ kept: 1, changed: 10 })
  expect(await departuresOf('SL001-0800', day)).toMatchObject([{ id: sold!.id, at: '08:00' }])
  expect(await departuresOf('SL001-0800', addDays(day, 1))).toMatchObject([{ at: '08:30' }])
  const kept = await call({ url: `/v1/timetable/versions/${version}/kept-departures`, headers: operator })
  expect(kept.body).toMatchObject([
    { departure: sold!.id, number: 'SL001-0800', day, wanted: 'changed', ticketsHeld: 1 }
  ])
})

test('a version for whole lines stops what it leaves out', async () => {
  const day = addDays(today, 10)
  const version = await draft(['SL002,SL002-NEW,,09:30,45'], { effective: day, replaces: 'lines' })
  const left = async () =>
    (
      await sql<{ number: string }[]>`
      select distinct number from departure join line on line.id = line where code = 'SL002' and day >= ${day}`
    ).map(({ number }) => number)
  expect((await left()).length).toBeGreaterThan(1)
  const { body } = await publish(version)
  expect(body.version.withdrawn).toBeGreaterThan(5)
  expect(await left()).toEqual(['SL002-NEW'])
})

test('a later version published first keeps its days', async () => {
  const late = await draft(['SL003,SL003-V,,10:30,45'], { effective: addDays(today, 8) })
  const early = await draft(['SL003,SL003-V,,10:15,45'], { effective: addDays(today, 4) })
  await publish(late)
  await publish(early)
  expect(await departuresOf('SL003-V', addDays(today, 7))).toMatchObject([{ at: '10:15' }])
  expect(await departuresOf('SL003-V', addDays(today, 8))).toMatchObject([{ at: '10:30' }])
})

test('buyers and a publication at once: every buyer has the departure as he bought it, or no place', async () => {
  const day = addDays(today, 6)
  const before = await sql<{ id: number }[]>`
    select departure.id from departure join line on line.id = line where code = 'SL001' and day = ${day} and number <> 'SL001-0645'
    order by departure.id`
  const rows = (
    await sql<{ number: string }[]>`select number from departure where id = any (${before.map(({ id }) => id)})`
  ).map(({ number }) => `SL001,${number},,23:00,45`)
  const version = await draft(rows, { effective: day })
  const [published, ...holds] = await Promise.all([
    publish(version),
    ...before.map(async ({ id }) => await holdSeat(id))
  ])
  expect(published.status).toBe(200)
  const held = before.filter((_, index) => holds[index]!.status < 300).map(({ id }) => id)
  const kept = await sql<{ id: number; at: string }[]>`
    select id, to_char(departs_at, 'HH24:MI') as at from departure where id = any (${held})`
  expect(kept.length).toBe(held.length)
  expect(kept.every(({ at }) => at !== '23:00')).toBe(true)
  const codes = new Set(holds.filter(({ status }) => status >= 300).map(({ body }) => body.code as string))
  expect([...codes].filter((code) => !['departure-not-found', 'no-places-left'].includes(code))).toEqual([])
})

describe('a sailing', () => {
  test('is changed 15 days ahead or not at all; an extra one at once', async () => {
    const soon = await draft(['SW01,SW01-0030,,00:30,999'])
    const { status, body } = await publish(soon)
    expect([status, body.code]).toEqual([409, 'notice-too-short'])
    expect((await publish(await draft(['SW01,SW01-0045,extra,00:45,999']))).status).toBe(200)
    const late = await draft(['SW01,SW01-0100,,01:10,999'], { effective: addDays(today, 15) })
    expect((await publish(late)).status).toBe(200)
  })

  test('is stopped 30 days ahead', async () => {
    const version = await draft(['SW01,SW01-0030,,00:30,999'], { effective: addDays(today, 29), replaces: 'lines' })
    expect((await publish(version)).body.code).toBe('notice-too-short')
  })
})

test('refusals of a publication', async () => {
  expect((await publish(999_999)).body.code).toBe('timetable-version-not-found')
  expect((await publish(await draft(['SL001,P-1,,09:00,45'], { effective: addDays(today, -1) }))).body.code).toBe(
    'effective-day-passed'
  )
})

test('the worker generates once a day, and again after a publication', async () => {
  const { now } = world.time
  await generateDepartures(sql, today)
  expect(await generateDeparturesJob.due(parts, now)).toEqual([])
  const tomorrow = new Date(now.getTime() + 86_400_000)
  expect(await generateDeparturesJob.due(parts, tomorrow)).toEqual([addDays(today, 1)])
  const version = await draft(['SL001,W-1,,09:00,45'])
  await sql.begin(async (tx) => {
    await tx`select set_config('app.tx', 'test', true)`
    await tx`select publish_timetable(${version}, ${now}, 'test')`
  })
  expect(await generateDeparturesJob.due(parts, now)).toEqual([today])
  await generateDeparturesJob.perform(parts, today, now)
  expect(await departuresOf('W-1', addDays(today, 3))).toHaveLength(1)
})
