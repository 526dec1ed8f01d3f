import { parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { transaction } from '../../../clearing/database.ts'
import { at, createTestSale, today } from '../../ticketing/test-sale.ts'
import { readFeed } from './realtime-feed.ts'

const { app, sql, as, sell, find, time } = await createTestSale()
time.now = at(6)

async function get(url: string, headers: Record<string, string> = {}) {
  const { statusCode, headers: answered, rawPayload } = await app.inject({ url, headers })
  return { status: statusCode, headers: answered, bytes: rawPayload }
}

type Row = Record<string, string>

/** Rows of a file of the feed as objects; no cell of ours holds a line end. */
function rowsOf(text: string): Row[] {
  const [heads, ...rows] = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','))
  return rows.map((row) => Object.fromEntries(heads!.map((head, at) => [head, row[at]!])))
}

/** Our archives store their files as they are, one behind the other. */
function filesOf(archive: Buffer): Map<string, Row[]> {
  const files = new Map<string, Row[]>()
  for (let at = 0; archive.readUInt32LE(at) === 0x04034b50;) {
    const [size, title] = [archive.readUInt32LE(at + 22), archive.readUInt16LE(at + 26)]
    const begins = at + 30 + title
    files.set(archive.toString('utf8', at + 30, begins), rowsOf(archive.toString('utf8', begins, begins + size)))
    at = begins + size
  }
  return files
}

test('the timetable as GTFS holds together, and comes back through our own import without a refused row', async () => {
  const { status, headers, bytes } = await get('/v1/open-data/gtfs.zip')
  expect([status, headers['content-type']]).toEqual([200, 'application/zip'])
  expect((await get('/v1/open-data/gtfs.zip', { 'if-none-match': String(headers['etag']) })).status).toBe(304)
  const files = filesOf(bytes)
  const ids = (name: string, column: string) => new Set(files.get(name)!.map((row) => row[column]!))
  const trips = files.get('trips.txt')!
  const [[departures]] = [
    await sql<
      { days: number }[]
    >`select count(*)::int as days from departure where day >= ${today} and state <> 'PLANNED'`
  ]
  const daysOf = Map.groupBy(files.get('calendar_dates.txt')!, ({ service_id }) => service_id)
  // Every departure on sale is one day of one trip.
  expect(trips.reduce((sum, { service_id }) => sum + daysOf.get(service_id)!.length, 0)).toBe(departures!.days)
  expect(trips.every(({ route_id }) => ids('routes.txt', 'route_id').has(route_id!))).toBe(true)
  const stops = ids('stops.txt', 'stop_id')
  const times = Map.groupBy(files.get('stop_times.txt')!, ({ trip_id }) => trip_id!)
  for (const { trip_id } of trips) {
    const calls = times.get(trip_id!)!
    expect(calls.length).toBeGreaterThan(1)
    expect(calls.every(({ stop_id }) => stops.has(stop_id!))).toBe(true)
    expect(calls.every((call, at) => at === 0 || call['arrival_time']! > calls[at - 1]!['arrival_time']!)).toBe(true)
  }
  expect(
    files.get('stops.txt')!.every(({ stop_lat, stop_lon }) => Number(stop_lat) > 19 && Number(stop_lon) > 109)
  ).toBe(true)

  const operator = await as('operator')
  const sent = await app.inject({
    method: 'POST',
    url: '/v1/timetable/imports?format=gtfs&coachPlaces=45&ferryPlaces=999&effective=2026-12-20&name=round-trip',
    headers: { ...operator, 'content-type': 'application/zip' },
    payload: bytes
  })
  const { id } = sent.json<{ id: number }>()
  const refused = await app.inject({ url: `/v1/timetable/imports/${id}/refusals`, headers: operator })
  expect(refused.json()).toEqual([])
})

test('a delayed trip is late at every stop, a cancelled one does not run, and a sold-out one is full', async () => {
  const [late, gone, full] = (await find('440100003', '441300001', today)).slice(2)
  await sell(full!)
  await transaction(sql, async (tx) => {
    await tx`update departure set planned_departs_at = departs_at, departs_at = departs_at + interval '25 minutes' where id = ${late!.id}`
    await tx`update departure set state = 'CANCELLED' where id = ${gone!.id}`
    await tx`update departure set places = 1 where id = ${full!.id}`
  })
  time.now = new Date(full!.departsAt.getTime() - 3_600_000)
  const feedOf = async (kind: string) =>
    readFeed((await get(`/v1/open-data/gtfs-realtime/${kind}`)).bytes) as {
      header: { gtfsRealtimeVersion: string; timestamp: number }
      entity: {
        id: string
        tripUpdate: { trip: { scheduleRelationship: number }; stopTimeUpdate: { departure: { delay: number } }[] }
        vehicle: { occupancyStatus: number; occupancyPercentage: number }
      }[]
    }
  const updates = await feedOf('trip-updates')
  expect(updates.header).toMatchObject({ gtfsRealtimeVersion: '2.0', timestamp: time.now.getTime() / 1000 })
  const entityOf = (feed: typeof updates, number: string) => feed.entity.find(({ id }) => id.includes(`.${number}.`))!
  expect(
    new Set(entityOf(updates, late!.number).tripUpdate.stopTimeUpdate.map(({ departure }) => departure.delay))
  ).toEqual(new Set([1500]))
  expect(entityOf(updates, gone!.number).tripUpdate.trip.scheduleRelationship).toBe(3)
  expect(entityOf(await feedOf('occupancy'), full!.number).vehicle).toMatchObject({
    occupancyStatus: 5,
    occupancyPercentage: 100
  })
  time.now = at(6)
})

test('figures of lines by day are the same as CSV, as JSON lines and as Parquet', async () => {
  const span = `from=${today}&to=${today}`
  const [csv, lines, parquet] = await Promise.all(
    ['csv', 'ndjson', 'parquet'].map(
      async (format) => (await get(`/v1/open-data/tables/line-days/${format}?${span}`)).bytes
    )
  )
  const rows = lines!
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const [sold] = await sql<{ tickets: number }[]>`select count(*)::int as tickets from coupon where live`
  expect(rows.reduce((sum, { tickets }) => sum + Number(tickets), 0)).toBe(sold!.tickets)
  expect(csv!.toString().trimEnd().split('\r\n').length).toBe(rows.length + 1)
  const file = new Uint8Array(parquet!).buffer
  const stored = await parquetReadObjects({
    file: { byteLength: file.byteLength, slice: (from, to) => file.slice(from, to) }
  })
  expect(stored.map((row) => ({ ...row, departures: Number(row['departures']) }))).toMatchObject(
    rows.map(({ day, line, departures }) => ({ day, line, departures }))
  )
})

test('the catalogue names every file, and every file it names answers', async () => {
  const { bytes, headers } = await get('/v1/open-data')
  expect(headers['content-type']).toContain('application/ld+json')
  const catalogue = JSON.parse(bytes.toString()) as {
    'dcat:dataset': { 'dcat:distribution': { 'dcat:accessURL': string }[] }[]
  }
  const urls = catalogue['dcat:dataset'].flatMap((one) =>
    one['dcat:distribution'].map((each) => each['dcat:accessURL'])
  )
  expect(urls.length).toBe(12)
  for (const url of urls) expect([url, (await get(new URL(url).pathname)).status]).toEqual([url, 200])
})
