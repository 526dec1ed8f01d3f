// `npm run load -- sales [--seconds 30] [--clients 192] [--warm-up 8]`
// Tickets sold over HTTP as a province sells them (load-tests/sales/buyers.ts): four buyers in ten at a window for cash, three through an
// agent's program on credit (one request each: held, paid and issued), three on the phone (order, payment, cashier); with its own durable
// PostgreSQL and worker, loader included; beside it, with the same loader, a bare one-statement sale. Afterwards the database is asked
// whether any seat was sold twice and whether every payment ended.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { connect, type Database } from '../clearing/database.ts'
import { openClient, quantile, type Client } from './platform/keep-alive-client.ts'
import { costPerUnit, processorTime } from './platform/processor-time.ts'
import { startPlatform } from './platform/start-platform.ts'
import { buy, openSessions } from './sales/buyers.ts'
import { findMarket } from './sales/market.ts'

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    clients: { type: 'string', default: '192' },
    'warm-up': { type: 'string', default: '8' }
  }
})
const seconds = Number(flags.seconds)
const clients = Number(flags.clients)
const warmUp = Number(flags['warm-up'])
const spanSeconds = 20
/** A day of the sample province has about 60,000 places between the larger cities, twice as many in all. */
const daysWanted = 1 + Math.ceil(((seconds + warmUp) * 2000) / 40_000)
const daysOnSale = Math.min(13, daysWanted)

console.log('starting the platform with its sample province')
const platform = await startPlatform()
const sql = connect(platform.databaseUrl, { max: 2 })
try {
  const market = await findMarket(platform.url, daysOnSale, daysWanted > daysOnSale ? 'everywhere' : 'larger cities')
  const sessions = await openSessions(platform, market.departures[0]!.from.place)
  console.log(
    `selling on ${market.departures.length} departures and ${market.journeys.length} journeys for ${warmUp} + ${seconds} s with ${clients} clients`
  )
  const refusals: Record<string, number> = {}
  const sell = async (client: Client, tell: (ms: number) => void): Promise<number> => {
    const { tickets, refused } = await buy(client, sessions, market, tell)
    if (refused !== null) refusals[refused] = (refusals[refused] ?? 0) + 1
    return tickets
  }
  // A service runs for months: its first seconds, when every connection plans its statements, are not its measure.
  await forAWhile(platform.url, warmUp, sell)
  const spentBefore = processorTime(await backends())
  const spans: { outcome: Outcome; cost: number; pages: number }[] = []
  for (let left = Math.max(1, Math.round(seconds / spanSeconds)), each = seconds / left; left > 0; left--) {
    const before = { time: processorTime(), pages: await pagesRead() }
    const outcome = await forAWhile(platform.url, each, sell)
    const cost = costPerUnit(before.time, processorTime(), outcome.done)['all']!
    spans.push({ outcome, cost, pages: Math.round(((await pagesRead()) - before.pages) / outcome.done) })
  }
  const ours = spans.map(({ outcome }) => outcome).reduce(joined)
  const spent = costPerUnit(spentBefore, processorTime(await backends()), ours.done)
  const bareBefore = processorTime()
  const bare = await sellBarely()
  const bareSpent = costPerUnit(bareBefore, processorTime(), bare.done)
  const { oversold, unresolvedPayments } = await askTheDatabase(sql)
  console.log(
    JSON.stringify({
      load: 'sales',
      ticketsPerSecond: Math.round(ours.done / ours.seconds),
      ratioToBareSale: Number((ours.done / ours.seconds / (bare.done / bare.seconds)).toFixed(2)),
      p95Ms: quantile(ours.latencies, 0.95),
      oversold,
      unresolvedPayments,
      tickets: ours.done,
      requestsPerSecond: Math.round(ours.latencies.length / ours.seconds),
      p50Ms: quantile(ours.latencies, 0.5),
      p99Ms: quantile(ours.latencies, 0.99),
      refusals,
      /** Milliseconds of processor time for one ticket, by process. */
      processorMsPerTicket: spent,
      processorMsPerBareSale: bareSpent['all'],
      /** The first and the last span: what grows with time would show. */
      firstAndLastSpan: [spans[0]!, spans.at(-1)!].map(({ outcome, cost, pages }) => ({
        ticketsPerSecond: Math.round(outcome.done / outcome.seconds),
        processorMsPerTicket: cost,
        databasePagesPerTicket: pages
      })),
      barePerSecond: Math.round(bare.done / bare.seconds),
      seconds,
      clients,
      cores: availableParallelism(),
      processor: cpus()[0]!.model,
      node: process.version,
      data: 'sample province'
    })
  )
} finally {
  await sql.end()
  await platform.stop()
}

/** Who each of PostgreSQL's processes works for. */
async function backends(): Promise<Map<number, string>> {
  const rows = await sql<{ pid: number; name: string }[]>`
    select pid, coalesce(nullif(application_name, ''), backend_type) as name from pg_stat_activity`
  return new Map(rows.map(({ pid, name }) => [pid, `postgres ${name}`]))
}

/** By the database so far, from memory or not: unlike time, the same on a busy machine. */
async function pagesRead(): Promise<number> {
  const [row] = await sql<{ pages: number }[]>`
    select (blks_hit + blks_read)::float8 as pages from pg_stat_database where datname = current_database()`
  return row!.pages
}

interface Outcome {
  done: number
  seconds: number
  latencies: number[]
}

function joined(a: Outcome, b: Outcome): Outcome {
  return { done: a.done + b.done, seconds: a.seconds + b.seconds, latencies: a.latencies.concat(b.latencies) }
}

/** `one` answers how many tickets it sold. */
async function forAWhile(
  url: string,
  seconds: number,
  one: (client: Client, tell: (ms: number) => void) => Promise<number>
): Promise<Outcome> {
  const outcome: Outcome = { done: 0, seconds: 0, latencies: [] }
  const began = performance.now()
  const until = began + seconds * 1000
  const progress = setInterval(() => {
    console.log(`${Math.round((performance.now() - began) / 1000)} s: ${outcome.done.toLocaleString('en')} sold`)
  }, 10_000)
  const run = async (): Promise<void> => {
    const client = await openClient(url)
    while (performance.now() < until) {
      // Not `done += await …`: that would add to what was there before the others sold.
      const sold = await one(client, (ms) => outcome.latencies.push(ms))
      outcome.done += sold
    }
    client.close()
  }
  await Promise.all(Array.from({ length: clients }, run))
  clearInterval(progress)
  outcome.seconds = (performance.now() - began) / 1000
  return outcome
}

async function sellBarely(): Promise<Outcome> {
  await sql.unsafe(`
    create table bare_trip (id integer primary key, free integer not null check (free >= 0));
    insert into bare_trip select n, 1000000 from generate_series(1, 200) n;
    create table bare_order (id integer generated always as identity primary key, trip integer not null);
    create table bare_ticket (id integer generated always as identity primary key, bare_order integer not null, seat integer not null)`)
  const server = fork(join(import.meta.dirname, 'sales/bare-server.ts'), [platform.databaseUrl])
  const [address] = (await once(server, 'message')) as [AddressInfo]
  console.log('the bare sale beside it')
  const outcome = await forAWhile(`http://127.0.0.1:${address.port}`, Math.min(seconds, 60), async (client, tell) => {
    const trip = 1 + Math.floor(Math.random() * 200)
    const answer = await client.ask({ method: 'POST', path: '/sales', body: { trip } })
    tell(answer.ms)
    return answer.status === 200 ? 1 : 0
  })
  server.disconnect()
  return outcome
}

async function askTheDatabase(database: Database): Promise<{ oversold: number; unresolvedPayments: number }> {
  const [row] = await database<{ oversold: number; unresolvedPayments: number }[]>`
    select
      (select count(*)::int from coupon a join coupon b on a.departure = b.departure and a.seat_number = b.seat_number
        and a.stops && b.stops and a.ticket_no < b.ticket_no where a.live and b.live) as oversold,
      (select count(*)::int from charge join ticket_order on ticket_order.id = charge.order_id
        where charge.state in ('PENDING', 'UNKNOWN') or (charge.state = 'SUCCEEDED' and ticket_order.state = 'LOCKED'))
        as unresolved_payments`
  return row!
}
