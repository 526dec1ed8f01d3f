import { describe, expect, test } from 'vitest'
import { shanghaiInstant, type BusinessDay } from '../../../clearing/business-day.ts'
import { transaction } from '../../../clearing/database.ts'
import { seedParticipants } from '../../../clearing/participants/seed-participants.ts'
import { createTestApp } from '../../test-app.ts'
import { analyseDay, analyseFlowJob } from './analyse-day.ts'
import { chainTrips, journeysOf, ridesOf, type Tap } from './chain-rules.ts'
import { csvOf } from './flow-csv.ts'
import type { FlowNetwork } from './flow-network.ts'
import { layLine, layRuns, laySites } from './network-queries.ts'
import { openPaths } from './path-rules.ts'
import { leastShown, suppressSmall } from './suppression-rules.ts'

/** Metro A–B–C–D (line 1), B–E (line 2); bus from C over X to Y and back on a line of its own (3 there, 4 back). */
const [A, B, C, D, E, X, Y] = [1, 2, 3, 4, 5, 6, 7] as const
const stops = (...places: number[]) => places.map((place, at) => ({ place, minutes: at * 5 }))
const network: FlowNetwork = {
  lines: new Map([
    [1, { id: 1, mode: 2, stops: stops(A, B, C, D) }],
    [2, { id: 2, mode: 2, stops: stops(B, E) }],
    [3, { id: 3, mode: 1, stops: stops(C, X, Y) }],
    [4, { id: 4, mode: 1, stops: stops(Y, X, C) }]
  ]),
  sites: [
    undefined,
    { line: 1, place: A, vehicle: null },
    { line: 1, place: C, vehicle: null },
    { line: 3, place: null, vehicle: 'bus' },
    { line: 2, place: E, vehicle: null }
  ],
  runs: new Map([
    [
      'bus',
      [
        { startsAt: 8 * 3600, line: 3 },
        { startsAt: 18 * 3600, line: 4 }
      ]
    ]
  ]),
  zones: new Map()
}
const tap = (hour: number, minute: number, site: number, passage = 0): Tap => ({
  second: (hour * 60 + minute) * 60,
  site,
  passage
})

describe('rides from the taps of a card', () => {
  test('an entry and its exit are one ride; a forgotten exit is told, not guessed', () => {
    const day = ridesOf(
      [tap(7, 0, 1, 1), tap(7, 30, 2, 2), tap(9, 0, 2, 1), tap(20, 0, 1, 1), tap(20, 20, 4, 2)],
      network
    )
    expect(day.rides.map(({ origin, destination }) => [origin.place, destination?.place])).toEqual([
      [A, C],
      [A, E]
    ])
    expect(day).toMatchObject({ openEntries: 1, openExits: 0, notInferred: 0 })
  })

  test('five hours inside is not one ride', () => {
    expect(ridesOf([tap(7, 0, 1, 1), tap(12, 0, 2, 2)], network)).toMatchObject({
      rides: [],
      openEntries: 1,
      openExits: 1
    })
  })

  test('a bus passenger gets off where his next ride begins, and at night where the day began', () => {
    const { rides } = ridesOf(
      [tap(7, 0, 1, 1), tap(7, 30, 2, 2), tap(8, 1, 3), tap(18, 1, 3), tap(18, 40, 2, 1), tap(19, 0, 1, 2)],
      network
    )
    expect(chainTrips(rides, network)).toBe(0)
    expect(rides.map(({ origin, destination, inferred }) => [origin.place, destination?.place, inferred])).toEqual([
      [A, C, false],
      [C, Y, true],
      [Y, C, true],
      [C, A, false]
    ])
  })

  test('a bus ride whose next ride begins elsewhere stays without an end', () => {
    const { rides } = ridesOf([tap(8, 1, 3), tap(12, 0, 4, 1), tap(12, 20, 1, 2)], network)
    expect(chainTrips(rides, network)).toBe(1)
    expect(rides[0]!.destination).toBeNull()
  })

  test('what follows within half an hour is the same journey, but a way back is another', () => {
    const { rides } = ridesOf(
      [tap(7, 30, 1, 1), tap(7, 55, 2, 2), tap(8, 1, 3), tap(18, 1, 3), tap(18, 40, 2, 1), tap(19, 0, 1, 2)],
      network
    )
    chainTrips(rides, network)
    expect(journeysOf(rides).map((journey) => journey.length)).toEqual([2, 2])
  })
})

describe('ways through the metro', () => {
  const paths = openPaths(network, 2)
  test('go over every section between, changes of line included', () => {
    expect(paths.pathOf(D, E)).toEqual([
      { line: 1, position: 3, backward: true },
      { line: 1, position: 2, backward: true },
      { line: 2, position: 0, backward: false }
    ])
    expect(paths.pathOf(A, A)).toEqual([])
    expect(paths.pathOf(A, Y)).toEqual([])
  })

  test('know which stations are one stop apart', () => {
    expect([paths.isNear(B, E), paths.isNear(A, C)]).toEqual([true, false])
  })
})

test('a cell of fewer than ten people is left out, and its table does not give it away by its sum', () => {
  const cells = (...counts: number[]) =>
    suppressSmall(
      counts.map((rides) => ({ rides })),
      ({ rides }) => rides
    )
  expect(cells(20, leastShown, 9)).toEqual({ rows: [{ rides: 20 }, { rides: 10 }], hidden: { cells: 1, sum: null } })
  expect(cells(9, 9).hidden).toEqual({ cells: 2, sum: 18 })
  expect(cells(4, 3).hidden).toEqual({ cells: 2, sum: null })
})

test('a name that a spreadsheet would run is text', () => {
  expect(csvOf([{ name: '=1+1', note: 'a "b", c', taps: -3 }])).toBe(
    '\uFEFFname,note,taps\r\n\'=1+1,"a ""b"", c",-3\r\n'
  )
})

describe('a day in the database', async () => {
  const { parts, call, as } = await createTestApp()
  const { sql } = parts
  const day = '2026-11-02' as BusinessDay
  await seedParticipants(sql)
  const commuters = 12

  test('is analysed from its transactions, twice the same, and shown without its small cells', async () => {
    await transaction(sql, async (tx) => {
      const along = (...places: string[]) => places.map((place, at) => ({ place, zone: `区${place}`, minutes: at * 5 }))
      await layLine(tx, { network: 'test', name: '一号线', mode: 2, stops: along('甲', '乙', '丙') })
      await layLine(tx, { network: 'test', name: '8路', mode: 1, stops: along('丙', '丁') })
      const refused = await laySites(tx, 'test', [
        { terminal: '1', line: '一号线', place: '甲', vehicle: null },
        { terminal: '2', line: '一号线', place: '丙', vehicle: null },
        { terminal: '3', line: '8路', place: null, vehicle: '粤A1' },
        { terminal: '4', line: '九号线', place: null, vehicle: null },
        { terminal: '5', line: '一号线', place: '未知', vehicle: null }
      ])
      expect(refused).toEqual([3, 4])
      await layRuns(tx, 'test', [{ vehicle: '粤A1', line: '8路', startsAt: shanghaiInstant(day, 8 * 3600) }])
      const taps = Array.from({ length: commuters }, (_, card) => [
        [card, 1, 7 * 3600, 1],
        [card, 2, 7.6 * 3600, 2],
        [card, 3, 8 * 3600 + 30, 0],
        // One comes back by another way nobody has laid.
        [card, card === 0 ? 99 : 2, 18 * 3600, card === 0 ? 0 : 1],
        ...(card === 0 ? [] : [[card, 1, 18.5 * 3600, 2]])
      ]).flat()
      await tx`select open_card_transaction_days(array[${day}::date])`
      await tx`
        insert into card_file (name, format, digest, size, stored_as, state)
        values ('taps', 'cttic-cd', decode(repeat('00', 32), 'hex'), 1, 'taps', 'loading')`
      await tx.unsafe(
        `insert into card_transaction_${day.replaceAll('-', '')} (card_number, terminal_number, occurred_at, transaction_day, card_sequence,
           terminal_sequence, amount, price, file_id, line_number, issuer, acquirer, service, kind, passage, discount, algorithm)
         select 1000 + 10 * card, terminal, $1::timestamptz + second * interval '1 second', $2::date, row_number() over (), row_number() over (),
           case passage when 1 then 0 else 190 end, case passage when 1 then 0 else 200 end, (select max(id) from card_file), row_number() over (),
           (select min(id) from participant), (select min(id) from participant), 2, 9, passage, 0, 0
         from unnest($3::int[], $4::int[], $5::float8[], $6::int[]) as t (card, terminal, second, passage)`,
        [
          shanghaiInstant(day, 0),
          day,
          taps.map((row) => row[0]!),
          taps.map((row) => row[1]!),
          taps.map((row) => row[2]!),
          taps.map((row) => row[3]!)
        ]
      )
      await tx`select key_card_transaction_day(${day}, 'card'), key_card_transaction_day(${day}, 'terminal')`
      await tx`select attach_card_transaction_day(${day})`
    })
    const first = await analyseDay(sql, day, new Date('2026-11-03T00:00:00Z'))
    expect(first).toMatchObject({
      taps: 12 * 4 + 11,
      known: 12 * 4 + 10,
      placed: 12 * 4 + 10,
      paired: 12 + 11,
      openEntries: 0,
      // The next ride begins at 丙, where the bus came from: its end stays unknown.
      notInferred: 12,
      transfers: 0
    })

    const operator = await as('operator')
    const asked = await call({ method: 'POST', url: `/v1/flow/days/${day}/analysis`, headers: operator })
    expect(asked.status).toBe(202)
    const [due] = await analyseFlowJob.due(parts, first.analysedAt)
    await analyseFlowJob.perform(parts, due!, first.analysedAt)
    expect(await analyseFlowJob.due(parts, first.analysedAt)).toEqual([])
    const [again] = (await call({ url: '/v1/flow/days', headers: operator })).body
    const { seconds: _seconds, megabytes: _megabytes, analysedAt: _at, ...figures } = first
    expect(again).toMatchObject(figures)

    const get = async (path: string) =>
      await call({ method: 'GET', url: `/v1/flow/days/${day}/${path}`, headers: operator })
    const pairs = (await get('pairs')).body
    expect(
      pairs.rows.map((row: Record<string, unknown>) => [row['originName'], row['destinationName'], row['rides']])
    ).toEqual([
      ['甲', '丙', 12],
      ['丙', '甲', 11]
    ])
    const loads = (await get('loads?hour=7')).body
    expect(
      loads.rows.map((row: Record<string, unknown>) => [row['fromName'], row['toName'], row['passengers']])
    ).toEqual([
      ['甲', '乙', 12],
      ['乙', '丙', 12]
    ])
    expect((await get('journeys')).body.rows[0]).toMatchObject({
      originZone: '区甲',
      destinationZone: '区丙',
      journeys: 12
    })
    expect((await get('discounts')).body.rows).toMatchObject([
      { lineName: '8路', taps: 12, price: 2400, amount: 2280 },
      { lineName: '一号线', taps: 23, price: 4600, amount: 4370 }
    ])
    const file = await get('boardings?format=csv')
    expect(file.headers['content-type']).toContain('text/csv')
    expect(String(file.body).split('\r\n')[0]).toBe(
      '\uFEFFnetwork,mode,line,lineName,place,placeName,passage,quarter,taps'
    )
    const other = await call({ method: 'GET', url: '/v1/flow/days/2020-01-01/pairs', headers: operator })
    expect(other.body.code).toBe('flow-day-not-found')
    const stranger = await call({ method: 'GET', url: `/v1/flow/days/${day}/pairs`, headers: await as('clerk') })
    expect(stranger.body.code).toBe('not-permitted')
  })
})
