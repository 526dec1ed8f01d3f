import { beforeAll, expect, test } from 'vitest'
import { addDays, shanghaiInstant, type BusinessDay } from '../../clearing/business-day.ts'
import { connect, transaction } from '../../clearing/database.ts'
import { createTestDatabase } from '../../clearing/test-database.ts'
import { seedProvince } from '../local/sample-province/seed-province.ts'
import { findPlaces } from '../network/network-queries.ts'
import { findOffer, searchDepartures } from './departure-queries.ts'
import { generateDepartures } from './generate-departures.ts'

const today = '2026-12-01' as BusinessDay
const now = shanghaiInstant(today, 6 * 3600)
const { sql, url } = await createTestDatabase()

beforeAll(async () => {
  await seedProvince(sql, today)
})

test('seeding again adds nothing; the next day adds one day', async () => {
  const [before] = await sql<{ count: number }[]>`select count(*)::integer from departure`
  expect(before!.count).toBeGreaterThan(10_000)
  expect(await seedProvince(sql, today)).toBe(0)
  expect(await generateDepartures(sql, addDays(today, 1))).toBe(before!.count / 16)
})

test('a city, part of a station name and a code find the same departures', async () => {
  const day = addDays(today, 1)
  const byCity = await searchDepartures(sql, { from: '广州', to: '惠州市', day }, now)
  const byName = await searchDepartures(sql, { from: '天河客运', to: '惠州汽车总站', day }, now)
  const byCode = await searchDepartures(sql, { from: '440100003', to: '441300001', day }, now)
  expect(byCity.length).toBeGreaterThan(3)
  expect(byName).toEqual(byCity)
  expect(byCode).toEqual(byCity)
  expect(byCity[0]).toMatchObject({ fullFare: 6700, halfFare: 3350, placesLeft: 45, realName: true, sampleFare: true })
  const times = byCity.map((row) => row.departsAt.getTime())
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('no wildcard and no quote of the asker means anything', async () => {
  for (const from of ['%', '_', "' or true --", '\\', '广州\u0000'.replace('\u0000', '%')])
    expect(await searchDepartures(sql, { from, to: '惠州', day: today }, now)).toEqual([])
  expect(await findPlaces(sql, '%')).toEqual([])
})

test('a line of several stops sells each stretch forwards only, with its own times and fare', async () => {
  const day = addDays(today, 2)
  const along = await searchDepartures(sql, { from: '惠州汽车总站', to: '陆丰', day }, now)
  expect(along.map((row) => row.line)).toContain('SM001')
  const departure = along.find((row) => row.line === 'SM001')!
  expect(departure.departsAt.getTime()).toBeLessThan(departure.arrivesAt.getTime())
  expect(departure.fullFare).toBe(Math.max(15, Math.round(0.42 * 145 + 4)) * 100)
  const back = { departure: departure.id, from: departure.to.place, to: departure.from.place }
  expect(await findOffer(sql, back)).toBeNull()
})

test('a departure whose sale has closed is not offered', async () => {
  const [first] = await searchDepartures(sql, { from: '广州', to: '惠州', day: today }, now)
  const after = new Date(first!.saleClosesAt.getTime())
  const later = await searchDepartures(sql, { from: '广州', to: '惠州', day: today }, after)
  expect(later.map((row) => row.id)).not.toContain(first!.id)
})

test('the sailing across the strait has its licensed number, its published fares and its own refund policy', async () => {
  const [sailing] = await searchDepartures(sql, { from: '徐闻港', to: '海口', day: addDays(today, 1) }, now)
  expect(sailing).toMatchObject({ placesLeft: 999, fullFare: 4150, halfFare: 2250, sampleFare: false, mode: 'ferry' })
  const offer = await findOffer(sql, { departure: sailing!.id, from: '440800P01', to: '460100P01' })
  const [policy] = await sql`select code from refund_policy where id = ${offer!.refundPolicy}`
  expect(policy!['code']).toBe('strait-2024')
})

test('the search need not read any table from end to end that grows with the days on sale', async () => {
  await sql`analyze`
  // A connection of its own: another's counts hold what it did in the second before.
  const fresh = connect(url, { max: 1 })
  const scans = await transaction(fresh, async (tx) => {
    // The sample province is so small that reading a whole table can seem cheaper; what counts is that an index leads there.
    await tx`set local enable_seqscan = off`
    const asked = { from: '广州', to: '惠州', day: addDays(today, 3) }
    expect((await searchDepartures(tx, asked, now)).length).toBeGreaterThan(3)
    return await tx<{ relname: string }[]>`
      select relname from pg_stat_xact_user_tables
      where seq_scan > 0 and relname in ('departure', 'seat_map', 'capacity_pool')`
  })
  await fresh.end()
  expect(scans.map((row) => row.relname)).toEqual([])
})
