// `npm run load -- province [--departures 3000] [--days 15] [--searches 300]`
// A province's timetable brought in, published and generated for all the days on sale, through the API of the whole platform; then the
// size of the database and how long a search takes that nobody asked before. The full province: --departures 45000.
import { request } from 'node:http'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { addDays, calendarDay } from '../clearing/business-day.ts'
import { connect, type Database } from '../clearing/database.ts'
import { startPlatform } from './platform/start-platform.ts'
import { fabricateTimetable } from './province/fabricate-timetable.ts'

const { values: flags } = parseArgs({
  options: {
    departures: { type: 'string', default: '3000' },
    days: { type: 'string', default: '15' },
    searches: { type: 'string', default: '300' }
  }
})
const departures = Number(flags.departures)
const days = Number(flags.days)

const platform = await startPlatform()
const sql = connect(platform.databaseUrl, { max: 1 })
try {
  await measure()
} finally {
  await sql.end()
  await platform.stop()
}

async function measure(): Promise<void> {
  const authorization = await platform.signIn('operator')
  // Sold 15 days ahead, so days fewer than 15 come of a later first day.
  const effective = addDays(calendarDay(new Date()), 16 - days)
  const { archive, stations, lines } = fabricateTimetable(departures)
  console.log(`${stations} stations, ${lines} lines, ${departures} departures a day for ${days} days`)

  const bytesBefore = await databaseBytes(sql)
  const importBegun = performance.now()
  const asked = new URLSearchParams({ name: 'province', format: 'csv', effective })
  const brought = await post(`/v1/timetable/imports?${asked.toString()}`, authorization, archive)
  const importSeconds = secondsSince(importBegun)
  if (brought['refused'] !== 0) throw new Error(`rows were refused: ${JSON.stringify(brought)}`)
  console.log(`imported ${String(brought['rows'])} rows in ${importSeconds} s`)

  const begun = performance.now()
  await post(`/v1/timetable/versions/${String(brought['version'])}/publication`, authorization, Buffer.alloc(0))
  const publishSeconds = secondsSince(begun)
  const [{ generated }] = (await sql`
    select count(*)::integer as generated from departure where number like 'P%'`) as unknown as [{ generated: number }]
  console.log(`published, and ${generated} departures generated, in ${publishSeconds} s`)
  if (generated !== departures * days) throw new Error(`${generated} departures instead of ${departures * days}`)

  const bytesAfter = await databaseBytes(sql)
  const first = await searchTimes(effective)
  console.log(
    JSON.stringify({
      load: 'province',
      departures: generated,
      seconds: Number((importSeconds + publishSeconds).toFixed(1)),
      gigabytes: Number((bytesAfter / 1e9).toFixed(2)),
      importSeconds,
      publishSeconds,
      departuresPerSecond: Math.round(generated / publishSeconds),
      bytesPerDeparture: Math.round((bytesAfter - bytesBefore) / generated),
      ...first,
      stations,
      lines,
      cores: availableParallelism(),
      processor: cpus()[0]!.model,
      node: process.version,
      data: 'synthetic province'
    })
  )
}

function secondsSince(begun: number): number {
  return Number(((performance.now() - begun) / 1000).toFixed(1))
}

/** The publication answers when all departures are there, which may be minutes. */
async function post(path: string, authorization: string, body: Buffer): Promise<Record<string, unknown>> {
  return await new Promise((done, failed) => {
    const headers = {
      authorization,
      'content-length': body.length,
      ...(body.length > 0 ? { 'content-type': 'application/zip' } : {})
    }
    const asked = request(new URL(path, platform.url), { method: 'POST', headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      answer.once('end', () => {
        if (answer.statusCode === 200) done(JSON.parse(text) as Record<string, unknown>)
        else failed(new Error(`${path}: ${answer.statusCode} ${text}`))
      })
    })
    asked.once('error', failed)
    asked.end(body)
  })
}

async function databaseBytes(sql: Database): Promise<number> {
  const [row] = await sql<{ bytes: string }[]>`select pg_database_size(current_database())::text as bytes`
  return Number(row!.bytes)
}

/** Milliseconds of searches between cities that nobody asked before, one after the other, each asked again at once. */
async function searchTimes(from: string): Promise<Record<string, number>> {
  await sql`analyze`
  const places = (await (await fetch(`${platform.url}/v1/places?q=${encodeURIComponent('负载站1')}`)).json()) as {
    city: string
  }[]
  const cities = [...new Set(places.map(({ city }) => city))]
  const pairs = cities.flatMap((one) =>
    cities.filter((other) => other !== one).map((other) => ({ from: one, to: other }))
  )
  const asked = Array.from({ length: Number(flags.searches) }, (_, nth) => {
    const day = addDays(from as never, Math.floor(nth / pairs.length) % days)
    const question = new URLSearchParams({ ...pairs[nth % pairs.length]!, day })
    return `${platform.url}/v1/departures?${question.toString()}`
  })
  const first: number[] = []
  const again: number[] = []
  let bytes = 0
  for (const url of asked)
    for (const times of [first, again]) {
      const begun = performance.now()
      bytes += (await (await fetch(url)).arrayBuffer()).byteLength
      times.push(performance.now() - begun)
    }
  const at = (times: readonly number[], share: number): number =>
    Number(times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) * share)]!.toFixed(1))
  return {
    searchP50Ms: at(first, 0.5),
    searchP95Ms: at(first, 0.95),
    cachedSearchP50Ms: at(again, 0.5),
    cachedSearchP95Ms: at(again, 0.95),
    bytesPerAnswer: Math.round(bytes / asked.length / 2)
  }
}
