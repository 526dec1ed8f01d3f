// `npm run load -- flow [--taps 1000000]`
// Passenger flow of one day at a large city's size: cards that take a bus to the metro, ride to work and back, laid straight into the
// transaction table of a platform of its own; then the analysis, asked for over HTTP and done by its worker, and pages of it over HTTP.
// At full size: --taps 18000000.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import { shanghaiInstant, type BusinessDay } from '../../clearing/business-day.ts'
import { connect, transaction, type Database } from '../../clearing/database.ts'
import { startPlatform } from '../platform/start-platform.ts'

interface Analysed {
  day: string
  taps: number
  seconds: number
  megabytes: number
  paired: number
  inferred: number
  notInferred: number
  chainTried: number
  chainRight: number
  journeys: number
}

const { values: flags } = parseArgs({ options: { taps: { type: 'string', default: '1000000' } } })
const day = '2026-11-02' as BusinessDay
const metroLines = 12
const stationsPerLine = 25
const busLines = 200

console.log('starting the platform with its sample province')
const platform = await startPlatform()
const sql = connect(platform.databaseUrl, { max: 4 })
try {
  const headers = { authorization: await platform.signIn('operator') }
  await layNetwork(sql)
  const taps = await layTaps(sql, Number(flags.taps))
  console.log(`analysing ${taps.toLocaleString('en')} taps`)
  const asked = await fetch(`${platform.url}/v1/flow/days/${day}/analysis`, { method: 'POST', headers })
  if (!asked.ok) throw new Error(`asking for the analysis was answered ${asked.status}`)
  const analysed = await untilAnalysed(headers)
  const pageMs: number[] = []
  for (const page of ['boardings?mode=2', 'pairs?hour=8', 'journeys', 'loads?hour=8', 'discounts']) {
    const began = performance.now()
    const answer = await fetch(`${platform.url}/v1/flow/days/${day}/${page}`, { headers })
    const size = (await answer.text()).length
    pageMs.push(Math.round(performance.now() - began))
    console.log(`${page}: ${size.toLocaleString('en')} bytes in ${pageMs.at(-1)} ms`)
  }
  const { seconds, megabytes, paired, journeys, inferred, notInferred, chainRight, chainTried } = analysed
  console.log(
    JSON.stringify({
      load: 'flow',
      taps,
      seconds: Number(seconds.toFixed(1)),
      /** Of the worker; PostgreSQL sorts beside it in two backends. */
      peakMegabytes: megabytes,
      tapsPerSecond: Math.round(taps / seconds),
      slowestPageMs: Math.max(...pageMs),
      paired,
      journeys,
      inferredShare: Number((inferred / Math.max(1, inferred + notInferred)).toFixed(3)),
      chainRightShare: Number((chainRight / Math.max(1, chainTried)).toFixed(3)),
      processor: cpus()[0]!.model,
      node: process.version,
      data: 'fabricated commuters'
    })
  )
} finally {
  await sql.end()
  await platform.stop()
}

async function untilAnalysed(headers: Record<string, string>): Promise<Analysed> {
  for (let waited = 0; ; waited += 2) {
    const days = (await (await fetch(`${platform.url}/v1/flow/days`, { headers })).json()) as Analysed[]
    const found = days.find((one) => one.day === day)
    if (found) return found
    if (waited % 10 === 0) console.log(`${waited} s`)
    await pause(2000)
  }
}

/** Metro lines that cross at their sixth stations, and bus lines with a vehicle each that ends at a metro station. */
async function layNetwork(database: Database): Promise<void> {
  await transaction(database, async (tx) => {
    await tx.unsafe(`
      create temporary table stop_of on commit drop as
        select '地铁' || line as line, 2 as mode, at as position, at * 2 as minutes,
          case at when 5 then '换乘' || line / 3 else '站' || line || '-' || at end as place, '区' || (line + at) % 11 as zone
        from generate_series(0, ${metroLines - 1}) line, generate_series(0, ${stationsPerLine - 1}) at
        union all
        select bus || '路', 1, at, at * 3,
          case when at < 9 then '车站' || bus || '-' || at
            when bus % ${stationsPerLine} = 5 then '换乘' || bus % ${metroLines} / 3 else '站' || bus % ${metroLines} || '-' || bus % ${stationsPerLine} end,
          '区' || bus % 11
        from generate_series(0, ${busLines - 1}) bus, generate_series(0, 9) at;
      insert into flow_place (network, name, zone) select distinct on (place) 'load', place, zone from stop_of order by place, line
        on conflict do nothing;
      insert into flow_line (network, name, mode) select distinct 'load', line, mode from stop_of;
      insert into flow_line_stop (line, position, place, minutes)
        select l.id, s.position, p.id, s.minutes from stop_of s join flow_line l on l.network = 'load' and l.name = s.line
          join flow_place p on p.network = 'load' and p.name = s.place;
      insert into terminal_site (terminal_number, line, place)
        select substr(l.name, 3)::int * ${stationsPerLine} + s.position, l.id, s.place
        from flow_line l join flow_line_stop s on s.line = l.id where l.network = 'load' and l.mode = 2;
      insert into terminal_site (terminal_number, line, vehicle)
        select 10000 + rtrim(name, '路')::int, id, name from flow_line where network = 'load' and mode = 1;
      insert into vehicle_run (vehicle, starts_at, line)
        select l.name, timestamptz '${shanghaiInstant(day, 6 * 3600).toISOString()}' + run * interval '30 minutes', l.id
        from flow_line l, generate_series(0, 31) run where l.network = 'load' and l.mode = 1`)
  })
}

/** Five taps a card: a bus to its metro station, in, out; in and out again in the evening. */
async function layTaps(database: Database, wanted: number): Promise<number> {
  const cards = Math.ceil(wanted / 5)
  const step = 1_000_000
  const midnight = shanghaiInstant(day, 0).toISOString()
  await transaction(database, async (tx) => {
    await tx`select open_card_transaction_days(array[${day}::date])`
    await tx`insert into card_file (name, format, digest, size, stored_as, state) values ('taps', 'cttic-cd', decode(repeat('00', 32), 'hex'), 1, 'taps', 'loading')`
  })
  for (let from = 0; from < cards; from += step) {
    await transaction(database, async (tx) => {
      await tx.unsafe(`
        insert into card_transaction_${day.replaceAll('-', '')} (card_number, terminal_number, occurred_at, transaction_day, card_sequence,
          terminal_sequence, amount, price, file_id, line_number, issuer, acquirer, service, kind, passage, discount, algorithm)
        select 3104000000000000000 + card * 10, terminal, timestamptz '${midnight}' + second * interval '1 second', '${day}', nth, card::int * 5 + nth,
          case passage when 1 then 0 else 285 end, case passage when 1 then 0 else 300 end, f.id, card::int, p.id, p.id, 2, 9, passage, 0, 0
        from (select max(id) as id from card_file) f, (select min(id) as id from participant) p,
          generate_series(${from}::bigint, ${Math.min(cards, from + step) - 1}) card,
          lateral (select (card * 7919) % ${busLines} as bus, (card * 104729) % ${metroLines * stationsPerLine} as work,
            (6 * 60 + ((card * 31) % 300)) * 60 as leaves) q,
          lateral (values
            (1, 10000 + bus, leaves, 0),
            (2, (bus % ${metroLines}) * ${stationsPerLine} + bus % ${stationsPerLine}, leaves + 1800, 1),
            (3, work, leaves + 3600, 2),
            (4, work, leaves + 36000, 1),
            (5, (bus % ${metroLines}) * ${stationsPerLine} + bus % ${stationsPerLine}, leaves + 38400, 2)
          ) tap (nth, terminal, second, passage)`)
    })
    console.log(`${Math.min(cards, from + step).toLocaleString('en')} of ${cards.toLocaleString('en')} cards laid`)
  }
  await Promise.all(['card', 'terminal'].map(async (key) => await keyDay(database, key)))
  await transaction(database, async (tx) => await tx`select attach_card_transaction_day(${day})`)
  await database.unsafe('analyze card_transaction')
  return cards * 5
}

async function keyDay(database: Database, key: string): Promise<void> {
  console.log(`keying the day by ${key}`)
  await transaction(database, async (tx) => await tx`select key_card_transaction_day(${day}, ${key})`)
}
