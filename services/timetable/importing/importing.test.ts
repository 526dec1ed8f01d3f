import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDays, shanghaiInstant, type BusinessDay } from '../../../clearing/business-day.ts'
import { seedProvince } from '../../local/sample-province/seed-province.ts'
import { createTestApp } from '../../test-app.ts'
import { csvRows } from './csv-rows.ts'
import { importTimetable, timetableBytesMax } from './import-timetable.ts'
import { zipOf, type ArchiveLies } from './test-archive.ts'

const today = '2026-12-01' as BusinessDay
const world = await createTestApp()
const { call, parts } = world
let operator: { authorization: string }

beforeAll(async () => {
  world.time.now = shanghaiInstant(today, 6 * 3600)
  await seedProvince(parts.sql, today)
  operator = await world.as('operator')
})

const send = async (parameters: Record<string, string>, payload: Buffer | string, type = 'application/zip') => {
  const all = new URLSearchParams({ name: 'T', format: 'csv', effective: '2026-12-03', ...parameters })
  const headers = { ...operator, 'content-type': type }
  return await call({ method: 'POST', url: `/v1/timetable/imports?${all.toString()}`, headers, payload })
}
const refusals = async (id: number): Promise<string[]> => {
  const { body } = await call({ url: `/v1/timetable/imports/${id}/refusals`, headers: operator })
  return (body as { file: string; line: number; reason: string; detail: string }[]).map(
    ({ file, line, reason, detail }) => `${file}:${line} ${reason} ${detail}`
  )
}

describe('rows of a CSV file', () => {
  const read = async (...pieces: (string | Uint8Array)[]) =>
    await Array.fromAsync(csvRows(Readable.from(pieces.map((piece) => Buffer.from(piece)))))

  test.each<[string, (string | Uint8Array)[], unknown[]]>([
    [
      'commas and line ends',
      ['a,b\r\n1, 2 \n'],
      [
        [1, ['a', 'b']],
        [2, ['1', '2']]
      ]
    ],
    ['a byte order mark', ['\ufeffa\n'], [[1, ['a']]]],
    [
      'quotes, doubled quotes and a line end inside them',
      ['"x ""y"", z","1\n2",\nq,,\n'],
      [
        [1, ['x "y", z', '1\n2', '']],
        [3, ['q', '', '']]
      ]
    ],
    [
      'a last row without line end',
      ['a\nb'],
      [
        [1, ['a']],
        [2, ['b']]
      ]
    ],
    [
      'empty lines are counted and passed over',
      ['a\n\n\nb\n'],
      [
        [1, ['a']],
        [4, ['b']]
      ]
    ],
    [
      'pieces cut inside a character and inside quotes',
      [Buffer.from('广州').subarray(0, 4), Buffer.from('广州').subarray(4), ',"a', 'b"\n'],
      [[1, ['广州', 'ab']]]
    ]
  ])('%s', async (_, pieces, expected) => {
    expect((await read(...pieces)).map(({ line, cells, fault }) => (fault ? [line, fault] : [line, cells]))).toEqual(
      expected
    )
  })

  test('a row that cannot be read does not hide the next', async () => {
    const rows = await read('a\n', Buffer.from([0xb9, 0xe3, 0x0a]), `${'x'.repeat(40_000)}\n`, 'b\n"open\nc\nd\n')
    expect(rows.map(({ line, cells, fault }) => [line, fault ?? cells[0]])).toEqual([
      [1, 'a'],
      [2, 'not-utf-8'],
      [3, 'row-too-long'],
      [4, 'b'],
      [5, 'quote-unclosed'],
      [6, 'c'],
      [7, 'd']
    ])
  })
})

const csv = {
  'carriers.csv': 'carrier,name\nC90,新客运\n',
  'places.csv': 'place,kind,name,city,address\n440100099,station,试验站,广州市,\n440100P99,station,错港,广州,\n',
  'lines.csv':
    'line,name,mode,class,carrier,real_name\nN1,试验线,coach,2,C90,yes\nN2,无站线,coach,2,C90,yes\nSL001,改名,coach,2,C01,yes\n',
  'stops.csv':
    'line,position,place,minutes,kilometres\nN1,0,440100099,0,0\nN1,1,441300001,90,100\nN2,0,440100099,0,0\nN2,1,999999999,10,5\nSL001,0,440100003,0,0\nSL001,1,441300001,141,150\n',
  'fares.csv': 'line,from_position,to_position,full_fare,half_fare\nN1,0,1,45.50,22.75\nN1,1,0,45,20\nN1,0,1,45,46\n',
  'calendars.csv':
    'calendar,weekdays,parity,first_day,last_day\nodd,,odd,2026-01-01,2027-12-31\nwork,12345,,2026-01-01,2027-12-31\n',
  'exceptions.csv': 'calendar,day,runs\nwork,2026-12-04,no\nnone,2026-12-04,no\n',
  'departures.csv':
    'line,number,kind,first_departs,departs,places,calendar\nN1,N1-1,,,08:00,45,odd\nN1,N1-2,shuttle,06:00,20:00,200,work\nN1,N1-2,,,09:00,45,\nN1,N1-3,shuttle,,20:00,200,\nN1,N1-4,,,25:61,45,\nN2,N2-1,,,08:00,45,\n',
  'loadings.csv': 'line,number,position,gate\nN1,N1-1,0,7\nN1,N1-1,1,\n',
  'cabins.csv': 'line,number,cabin,places\nN1,N1-1,gold,10\n',
  'readme.txt': 'hello'
}

test('every row of an import is taken or refused with its line and reason', async () => {
  const { status, body } = await send({}, zipOf(csv))
  expect(status).toBe(200)
  expect(await refusals(body.id)).toEqual([
    'cabins.csv:2 cabin-unknown gold',
    'departures.csv:4 duplicate N1 N1-2',
    'departures.csv:5 shuttle-window shuttle',
    'departures.csv:6 value-malformed departs: 25:61',
    'departures.csv:7 line-unknown N2',
    'exceptions.csv:3 calendar-unknown none',
    'fares.csv:3 position-unknown 1 0',
    'fares.csv:4 duplicate N1 0 1 ',
    'lines.csv:3 line-stop-refused N2',
    'lines.csv:4 line-differs SL001',
    'loadings.csv:3 position-unknown 1',
    'places.csv:3 place-kind 440100P99 station',
    'stops.csv:4 line-stop-refused N2',
    'stops.csv:5 place-unknown 999999999',
    'stops.csv:6 line-differs SL001',
    'stops.csv:7 line-differs SL001'
  ])
  expect(body).toMatchObject({ rows: 28, taken: 12, refused: 16, ignored: ['readme.txt'] })
  expect((await send({}, zipOf(csv))).body).toEqual(body)
  const [counts] = await parts.sql`select count(*)::integer from timetable_version`
  expect(counts!['count']).toBe(1)
})

test('calendars decide the days, a shuttle counts places, a loading station has its gate', async () => {
  const url = `/v1/timetable/versions/1/publication`
  expect((await call({ method: 'POST', url, headers: operator })).body).toMatchObject({
    version: { state: 'PUBLISHED', plans: 2 }
  })
  const rows = await parts.sql<{ number: string; days: string[] }[]>`
    select number, array_agg(to_char(day, 'MM-DD') order by day) as days from departure
    where number like 'N1-%' group by number order by number`
  expect([...rows]).toEqual([
    { number: 'N1-1', days: ['12-03', '12-05', '12-07', '12-09', '12-11', '12-13', '12-15'] },
    // 4 December is an exception; 5, 6, 12 and 13 are a weekend.
    { number: 'N1-2', days: ['12-03', '12-07', '12-08', '12-09', '12-10', '12-11', '12-14', '12-15', '12-16'] }
  ])
  const found = await call({
    url: `/v1/departures?from=${encodeURIComponent('试验站')}&to=${encodeURIComponent('惠州')}&day=2026-12-03`
  })
  expect(found.body).toMatchObject([
    { number: 'N1-1', kind: 'fixed', gate: 7, placesLeft: 45, fullFare: 4550, firstDepartsAt: null },
    { number: 'N1-2', kind: 'shuttle', gate: null, placesLeft: 200, firstDepartsAt: '2026-12-02T22:00:00.000Z' }
  ])
})

test('a loading station is stopped by itself, and its state sells', async () => {
  const clerk = await world.as('clerk')
  const [departure] = await parts.sql<
    { id: number }[]
  >`select id from departure where number = 'N1-1' and day = '2026-12-05'`
  const url = `/v1/departures/${departure!.id}/loading-stations`
  const set = async (place: string, payload: object) => {
    const { status, body } = await call({ method: 'PUT', url: `${url}/${place}`, headers: clerk, payload })
    return status === 200 ? body : body.code
  }
  expect(await set('441300001', { state: 'CHECKING', gate: null })).toBe('loading-station-not-found')
  expect(await set('440100099', { state: 'CHECKING', gate: 3 })).toBe('gate-not-found')
  const quote = async () => {
    const payload = { departure: departure!.id, from: '440100099', to: '441300001', fares: ['full'] }
    return await call({ method: 'POST', url: '/v1/quotes', payload })
  }
  expect((await quote()).status).toBe(200)
  expect(await set('440100099', { state: 'SALE_STOPPED', gate: null })).toMatchObject([
    { place: '440100099', state: 'SALE_STOPPED', gate: null, departsAt: '2026-12-05T00:00:00.000Z' }
  ])
  expect((await quote()).body.code).toBe('sale-closed')
  await set('440100099', { state: 'CANCELLED', gate: null })
  expect((await quote()).body.code).toBe('departure-cancelled')
  expect(await set('440100099', { state: 'ON_SALE', gate: null })).toBe('loading-station-closed')
  expect((await call({ url })).body).toMatchObject([{ state: 'CANCELLED' }])
})

test('a single CSV file names its table', async () => {
  const file = 'line,number,departs,places\nSL001,X-1,12:00,45\nSL001,,12:00,45\n'
  const { body } = await send({ table: 'departures' }, file, 'text/csv')
  expect(body).toMatchObject({ rows: 2, taken: 1, refused: 1 })
  expect(await refusals(body.id)).toEqual(['departures.csv:3 value-missing number'])
  const unnamed = await send({}, file, 'text/csv')
  expect([unnamed.status, unnamed.body.code]).toEqual([422, 'timetable-unreadable'])
})

const gtfs = {
  'feed/agency.txt': 'agency_id,agency_name\nA1,外省客运\n',
  'feed/stops.txt':
    'stop_id,stop_name,stop_lat,stop_lon,zone_id\n440100003,天河,23.18,113.38,Z1\nS2,惠州汽车总站,23.10,114.41,Z2\nS3,无名站,,,\n',
  'feed/routes.txt': 'route_id,agency_id,route_long_name,route_type\nR1,A1,广惠,3\nR2,A1,地铁,1\n',
  'feed/trips.txt': 'route_id,service_id,trip_id\nR1,S,T1\nR1,S,T2\nR1,S,T3\nR2,S,T4\nR1,S,T5\n',
  'feed/stop_times.txt':
    'trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT1,08:00:00,08:00:00,440100003,1\nT1,10:00:00,10:00:00,S2,2\nT2,09:00:00,09:00:00,440100003,1\nT2,11:00:00,11:00:00,S2,2\nT3,08:00:00,08:00:00,440100003,1\nT3,10:00:00,10:00:00,S3,2\nT4,08:00:00,08:00:00,440100003,1\nT5,24:30:00,24:30:00,440100003,5\nT5,25:30:00,25:30:00,S2,9\nT9,08:00:00,08:00:00,S2,1\n',
  'feed/calendar.txt':
    'service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nS,1,1,1,1,1,1,1,20261201,20261231\n',
  'feed/calendar_dates.txt': 'service_id,date,exception_type\nS,20261205,2\n',
  'feed/frequencies.txt': 'trip_id,start_time,end_time,headway_secs\nT2,06:00:00,21:00:00,600\n',
  'feed/fare_attributes.txt': 'fare_id,price,currency_type\nF1,67.50,CNY\nF2,9,USD\n',
  'feed/fare_rules.txt': 'fare_id,route_id,origin_id,destination_id\nF1,R1,Z1,Z2\nF2,R1,,\n',
  'feed/shapes.txt': 'x\n'
}

test('a timetable that breaks off, or that is larger than any, leaves nothing behind', async () => {
  const request = { name: 'T', format: 'csv', effective: '2026-12-03' as BusinessDay, replaces: 'departures' } as const
  const take = async (bytes: AsyncIterable<Buffer>) =>
    await importTimetable(parts, { request, bytes: Readable.from(bytes), actor: 'operator:one' }, world.time.now).catch(
      (error: { code: string }) => error.code
    )
  const cut = async function* () {
    yield Buffer.from('PK')
    throw Object.assign(new Error('the other side is gone'), { code: 'ECONNRESET' })
  }
  const flood = async function* () {
    const piece = Buffer.alloc(1024 * 1024)
    for (let sent = 0; sent <= timetableBytesMax; sent += piece.length) yield piece
  }
  expect(await take(cut())).toBe('upload-broken')
  expect(await take(flood())).toBe('upload-too-large')
  expect(await readdir(join(parts.config.dataFolder, 'timetables'))).toEqual([])
})

test('classes of a sailing come with their places and prices; a coach has none', async () => {
  const given = {
    'lines.csv': 'line,name,mode,class,carrier,real_name\nF9,试航,ferry,,F02,yes\n',
    'stops.csv': 'line,position,place,minutes,kilometres\nF9,0,440300P01,0,0\nF9,1,440400P01,60,0\n',
    'fares.csv':
      'line,from_position,to_position,full_fare,half_fare,cabin\nF9,0,1,100,50,\nF9,0,1,160,80,first\nF9,0,1,160,80,gold\nF9,0,1,1,1,first\n',
    'departures.csv': 'line,number,departs,places\nF9,F9-1,08:00,100\nSL001,SL001-0001,00:01,45\n',
    'cabins.csv':
      'line,number,cabin,places\nF9,F9-1,economy,70\nF9,F9-1,first,30\nF9,F9-1,vip,1\nSL001,SL001-0001,first,10\n'
  }
  const { body } = await send({ effective: '2026-12-16' }, zipOf(given))
  expect(await refusals(body.id)).toEqual([
    'cabins.csv:4 cabins-above-places F9 F9-1',
    'cabins.csv:5 cabin-on-coach SL001',
    'fares.csv:4 cabin-unknown gold',
    'fares.csv:5 duplicate F9 0 1  first'
  ])
  const url = `/v1/timetable/versions/${body.version}/publication`
  const { status } = await call({ method: 'POST', url, headers: operator })
  expect(status).toBe(200)
  const found = await call({ url: '/v1/departures?from=440300P01&to=440400P01&day=2026-12-16' })
  const { cabins } = found.body.find(({ line }: { line: string }) => line === 'F9')
  expect(cabins.map((one: Record<string, unknown>) => [one['code'], one['placesLeft'], one['fullFare']])).toEqual([
    ['economy', 70, 10_000],
    ['first', 30, 16_000]
  ])
})

test('a GTFS feed becomes lines, plans, shuttles and fares; what is not ours is named', async () => {
  const { body } = await send({ format: 'gtfs', coachPlaces: '45' }, zipOf(gtfs))
  expect(await refusals(body.id)).toEqual([
    'fare_attributes.txt:3 value-malformed currency_type: USD',
    'fare_rules.txt:3 fare-unknown F2',
    'routes.txt:3 mode-not-ours 1',
    'stop_times.txt:6 trip-refused T3',
    'stop_times.txt:7 stop-unknown T3',
    'stop_times.txt:8 trip-refused T4',
    'stop_times.txt:11 trip-unknown T9',
    'stops.txt:4 place-unknown 无名站',
    'trips.txt:4 trip-stop-unknown T3',
    'trips.txt:5 route-unknown R2'
  ])
  expect(body.ignored).toEqual(['feed/shapes.txt'])
  const plans = await parts.sql`
    select plan.number, plan.kind, plan.first_minute, plan.departs_minute, line.class, line.real_name from departure_plan as plan
    join line on line.id = plan.line where plan.version = ${body.version} order by plan.number`
  expect([...plans]).toEqual([
    { number: 'T1', kind: 'fixed', firstMinute: null, departsMinute: 480, class: 2, realName: true },
    { number: 'T2', kind: 'shuttle', firstMinute: 360, departsMinute: 1260, class: 2, realName: true },
    { number: 'T5', kind: 'fixed', firstMinute: null, departsMinute: 1470, class: 2, realName: true }
  ])
  const fares = await parts.sql`select full_fare, half_fare from version_fare where version = ${body.version}`
  expect(fares.map(({ fullFare, halfFare }) => [fullFare, halfFare])).toContainEqual([6750, 3375])
})

test('GTFS says nothing about places: without them no trip is taken', async () => {
  const { body } = await send({ format: 'gtfs' }, zipOf(gtfs))
  expect(await refusals(body.id)).toContain('trips.txt:2 places-unknown coach')
})

test.each<[string, Buffer]>([
  ['no archive', Buffer.from('PK\x03\x04 but nothing else')],
  ['nothing', Buffer.alloc(0)],
  ['no file of the format', zipOf({ 'a.doc': 'x' })],
  ['a file twice', zipOf({ 'lines.csv': 'line\n', 'x/lines.csv': 'line\n' })],
  ...(
    [
      ['a bomb', { size: 1_000_000_000 }],
      ['more than it says', { size: 3 }],
      ['other bytes than it says', { checksum: 1 }],
      ['an unknown method', { method: 99 }],
      ['a secret', { flags: 1 }]
    ] as [string, ArchiveLies][]
  ).map(([name, lies]): [string, Buffer] => [name, zipOf({ 'lines.csv': 'line,name\n' }, lies)]),
  ['a cut archive', zipOf(csv).subarray(0, 900)]
])('an archive with %s is refused and nothing is laid', async (_, archive) => {
  const before = await parts.sql`select count(*) from timetable_import`
  const { status, body } = await send({ name: 'hostile' }, archive)
  expect([status, body.code]).toEqual([422, 'timetable-unreadable'])
  expect(await parts.sql`select count(*) from timetable_import`).toEqual(before)
})

test('names in an archive are compared, never followed', async () => {
  const { body } = await send(
    { name: 'names' },
    zipOf({ '../../../etc/departures.csv': 'line,number,departs,places\nSL001,Y-1,12:00,45\n' })
  )
  expect(body).toMatchObject({ rows: 1, taken: 1 })
})

test('the same timetable sent twice at once is one import', async () => {
  const archive = zipOf({ 'departures.csv': 'line,number,departs,places\nSL001,Z-1,12:00,45\n' })
  const [one, other] = await Promise.all([send({ name: 'twice' }, archive), send({ name: 'twice' }, archive)])
  expect(one.body).toEqual(other.body)
  expect(one.body.taken).toBe(1)
})

test('only who runs the timetable may', async () => {
  const clerk = await world.as('clerk')
  const url = `/v1/timetable/imports?name=x&format=csv&effective=${addDays(today, 2)}`
  const headers = { ...clerk, 'content-type': 'application/zip' }
  expect((await call({ method: 'POST', url, headers, payload: zipOf(csv) })).body.code).toBe('not-permitted')
  expect((await call({ url: '/v1/timetable/imports/999/refusals', headers: operator })).body.code).toBe(
    'timetable-import-not-found'
  )
})
