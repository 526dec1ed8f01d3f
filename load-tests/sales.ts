// `npm run load -- sales [--seconds 30] [--clients 24]`
// Tickets sold over HTTP at a counter (hold, then cash and issue: two requests a ticket), on a mixed province with its own durable
// PostgreSQL, loader included; beside it, with the same loader, a bare one-statement sale. Afterwards the database is asked
// whether any seat was sold twice and whether every payment ended.
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { connect, type Database } from '../clearing/database.ts'
import { openClient, quantile, type Client } from './platform/keep-alive-client.ts'
import { startPlatform } from './platform/start-platform.ts'
import { newPassenger } from './sales/people.ts'

const { values: flags } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, clients: { type: 'string', default: '24' } }
})
const seconds = Number(flags.seconds)
const clients = Number(flags.clients)

interface Departure {
  id: number
  fullFare: number
  from: { place: string }
  to: { place: string }
}

console.log('starting the platform with its sample province')
const platform = await startPlatform()
const sql = connect(platform.databaseUrl, { max: 2 })
try {
  const authorization = await platform.signIn('clerk')
  const departures = await findDepartures()
  console.log(`selling on ${departures.length} departures for ${seconds} s with ${clients} clients`)
  const ours = await forAWhile(
    platform.url,
    async (client, tell) => await sellOne(client, authorization, departures, tell)
  )
  const bare = await sellBarely()
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
      refused: ours.refused,
      barePerSecond: Math.round(bare.done / bare.seconds),
      seconds,
      clients
    })
  )
} finally {
  await sql.end()
  await platform.stop()
}

/** Everything on sale the day after tomorrow between the larger cities, both ways. */
async function findDepartures(): Promise<Departure[]> {
  const cities = [
    '广州',
    '深圳',
    '惠州',
    '河源',
    '梅州',
    '佛山',
    '东莞',
    '湛江',
    '江门',
    '汕头',
    '珠海',
    '中山',
    '清远',
    '肇庆'
  ]
  const day = new Date(Date.now() + 56 * 3_600_000).toISOString().slice(0, 10)
  const found: Departure[] = []
  for (const from of cities)
    for (const to of cities) {
      if (from === to) continue
      const query = new URLSearchParams({ from, to, day }).toString()
      const answer = await fetch(`${platform.url}/v1/departures?${query}`)
      if (answer.ok) found.push(...((await answer.json()) as Departure[]))
    }
  return found
}

async function sellOne(
  client: Client,
  authorization: string,
  departures: readonly Departure[],
  tell: (ms: number) => void
): Promise<boolean> {
  const departure = departures[Math.floor(Math.random() * departures.length)]!
  const id = randomUUID()
  const { place: from } = departure.from
  const counter = { place: from, window: 1 + Math.floor(Math.random() * 20) }
  const passengers = [newPassenger()]
  const body = { departure: departure.id, from, to: departure.to.place, passengers, total: departure.fullFare, counter }
  const held = await client.ask({ method: 'PUT', path: `/v1/orders/${id}`, authorization, body })
  tell(held.ms)
  if (held.status === 409) return false
  if (held.status >= 300) throw new Error(`hold answered ${held.status}: ${held.body}`)
  const paid = await client.ask({
    method: 'POST',
    path: `/v1/orders/${id}/payments`,
    authorization,
    body: { gateway: 'cash' }
  })
  tell(paid.ms)
  if (paid.status !== 200) throw new Error(`payment answered ${paid.status}: ${paid.body}`)
  return true
}

interface Outcome {
  done: number
  refused: number
  seconds: number
  latencies: number[]
}

async function forAWhile(
  url: string,
  one: (client: Client, tell: (ms: number) => void) => Promise<boolean>
): Promise<Outcome> {
  const outcome: Outcome = { done: 0, refused: 0, seconds: 0, latencies: [] }
  const began = performance.now()
  const until = began + seconds * 1000
  const progress = setInterval(() => {
    console.log(`${Math.round((performance.now() - began) / 1000)} s: ${outcome.done.toLocaleString('en')} sold`)
  }, 10_000)
  const run = async (): Promise<void> => {
    const client = await openClient(url)
    while (performance.now() < until) {
      if (await one(client, (ms) => outcome.latencies.push(ms))) outcome.done++
      else outcome.refused++
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
  const outcome = await forAWhile(`http://127.0.0.1:${address.port}`, async (client, tell) => {
    const trip = 1 + Math.floor(Math.random() * 200)
    const answer = await client.ask({ method: 'POST', path: '/sales', body: { trip } })
    tell(answer.ms)
    return answer.status === 200
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
