// `npm run load -- oversell-storm [--buyers 1000] [--clients 100] [--kill-every 700]` (full size, R1: --buyers 5000 --clients 500)
// Everybody wants stretches of the same coach at once, at windows, through agents and on the phone, some twice, some giving up, while
// the database connections of server and worker are cut again and again. Whoever gets no clear answer asks the same again. All the while
// no place may be sold twice, and sold, held and free seats must be all there are; in the end every payment is a ticket or a refund.
import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect } from '../../clearing/database.ts'
import { openClient, quantile, type Answer, type Call, type Client } from '../platform/keep-alive-client.ts'
import { startPlatform } from '../platform/start-platform.ts'
import { openSessions } from '../sales/buyers.ts'
import { newPassenger } from '../sales/people.ts'
import type { Departure } from '../sales/market.ts'

const { values: flags } = parseArgs({
  options: {
    buyers: { type: 'string', default: '1000' },
    clients: { type: 'string', default: '100' },
    'kill-every': { type: 'string', default: '700' }
  }
})
const buyers = Number(flags.buyers)
const clients = Number(flags.clients)
const killEveryMs = Number(flags['kill-every'])

/** A long-distance coach of the sample province and its stretches. */
const calls = ['天河客运站', '惠州汽车总站', '海丰', '陆丰', '汕头汽车站']

console.log('starting the platform with its sample province')
const platform = await startPlatform()
const sql = connect(platform.databaseUrl, { max: 2, name: 'storm' })
const storm = new AbortController()
const counts = { sold: 0, given: 0, asked: 0, again: 0, kills: 0, checks: 0, wrong: 0 }
const refusals: Record<string, number> = {}
const latencies: number[] = []
try {
  const stretches = await findStretches()
  const coach = stretches[0]!.id
  const sessions = await openSessions(platform, stretches[0]!.from.place)
  console.log(
    `${buyers} buyers for one coach of ${stretches.length} stretches; a connection dies every ${killEveryMs} ms`
  )
  const faults = Promise.all([killConnections(), checkAllTheWhile(coach)])
  const began = performance.now()
  let begun = 0
  await Promise.all(
    Array.from({ length: clients }, async () => {
      let client = await openClient(platform.url)
      while (begun++ < buyers) {
        const stretch = stretches[Math.floor(Math.random() * stretches.length)]!
        client = await buy(client, stretch, sessions)
      }
      client.close()
    })
  )
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1))
  storm.abort()
  await faults
  const end = await conclude(coach)
  console.log(
    JSON.stringify({
      load: 'oversell-storm',
      ...end,
      ...counts,
      refusals,
      buyers,
      seconds,
      p95Ms: quantile(latencies, 0.95),
      clients,
      cores: availableParallelism(),
      node: process.version,
      data: 'sample province'
    })
  )
  if (end.oversold + end.unresolvedPayments + end.seatsWrong + counts.wrong > 0) process.exitCode = 1
} finally {
  storm.abort()
  await sql.end()
  await platform.stop()
}

async function findStretches(): Promise<Departure[]> {
  const day = new Date(Date.now() + 56 * 3_600_000).toISOString().slice(0, 10)
  const found: Departure[] = []
  for (const [nth, from] of calls.entries())
    for (const to of calls.slice(nth + 1)) {
      const query = new URLSearchParams({ from, to, day }).toString()
      const answer = await fetch(`${platform.url}/v1/departures?${query}`)
      found.push(...((await answer.json()) as Departure[]))
    }
  const most = longest(found)
  return found.filter(({ id }) => id === most)
}

/** The departure that serves the most stretches. */
function longest(found: readonly Departure[]): number {
  const byId = Map.groupBy(found, ({ id }) => id)
  return [...byId].toSorted(([, a], [, b]) => b.length - a.length)[0]![0]
}

type Sessions = Awaited<ReturnType<typeof openSessions>>

async function buy(first: Client, stretch: Departure, sessions: Sessions): Promise<Client> {
  const line = { client: first }
  const role = (['clerk', 'agent', 'passenger'] as const)[Math.floor(Math.random() * 3)]!
  const authorization = role === 'agent' ? sessions.agents[0]! : sessions[role]
  const path = `/v1/orders/${randomUUID()}`
  const body = orderOn(stretch, role)
  let held = await ask(line, { method: 'PUT', path, authorization, body })
  const refusal = held.status === 409 ? (JSON.parse(held.body) as { code: string; facts?: { total?: number } }) : null
  if (refusal?.code === 'price-changed') {
    const total = refusal.facts?.total
    held = await ask(line, { method: 'PUT', path, authorization, body: { ...body, total } })
  }
  if (held.status !== 200) {
    const { code } = JSON.parse(held.body) as { code: string }
    refusals[code] = (refusals[code] ?? 0) + 1
  } else if (role === 'passenger') await payByPhone(line, { path, authorization, tickets: body.passengers.length })
  else counts.sold += body.passengers.length
  return line.client
}

function orderOn({ id, from: { place: from }, to, fullFare }: Departure, role: 'clerk' | 'agent' | 'passenger') {
  const passengers = Array.from({ length: 1 + Math.floor(Math.random() * 3) }, () => newPassenger())
  return {
    departure: id,
    from,
    to: to.place,
    passengers,
    total: fullFare * passengers.length,
    ...(role === 'clerk' ? { counter: { place: from, window: 1 }, gateway: 'cash' } : {}),
    ...(role === 'agent' ? { gateway: 'credit' } : {})
  }
}

/** One in five gives up, one in ten of the others cannot pay. */
async function payByPhone(
  line: { client: Client },
  { path, authorization, tickets }: { path: string; authorization: string; tickets: number }
): Promise<void> {
  if (Math.random() < 0.2) {
    counts.given++
    await ask(line, { method: 'DELETE', path, authorization })
    return
  }
  const body = { gateway: 'simulated-cashier' }
  const opened = await ask(line, { method: 'POST', path: `${path}/payments`, authorization, body })
  if (opened.status !== 200) return
  const { payAt } = JSON.parse(opened.body) as { payAt: string }
  const choice = Math.random() < 0.1 ? 'failure' : 'success'
  await ask(line, { method: 'POST', path: payAt, authorization, body: { choice } })
  if (choice === 'success') counts.sold += tickets
}

/** Asks until there is a clear answer: a cut connection, a 5xx or a closed socket is none. */
async function ask(line: { client: Client }, call: Call): Promise<Answer> {
  for (;;) {
    counts.asked++
    const answer = await line.client.ask(call).catch(() => null)
    if (answer && answer.status < 500) {
      latencies.push(answer.ms)
      return answer
    }
    counts.again++
    await sleep(20 + Math.random() * 100)
    if (!answer) line.client = await openClient(platform.url)
  }
}

/** Of our own platform's processes alone: the database knows them by name. */
async function killConnections(): Promise<void> {
  while (!storm.signal.aborted) {
    await sleep(killEveryMs)
    const killed = await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name in ('lingnan-server', 'lingnan-worker') and random() < 0.2`
    counts.kills += killed.length
  }
}

/** Sold and held seats are what the map says, at every moment that is looked at. */
async function checkAllTheWhile(coach: number): Promise<void> {
  while (!storm.signal.aborted) {
    await sleep(250)
    const { seatsWrong, oversold } = await judgeSeats(coach)
    counts.checks++
    counts.wrong += seatsWrong + oversold
  }
}

async function judgeSeats(coach: number): Promise<{ seatsWrong: number; oversold: number }> {
  const [row] = await sql<{ seatsWrong: number; oversold: number }[]>`
    select (select count(*)::integer from seat_map cross join lateral unnest(occupied) with ordinality as seat(mask, number)
        where departure = ${coach} and mask <> (select coalesce(bit_or(stretch_mask(lower(stops), upper(stops))), 0) from coupon
          where coupon.departure = seat_map.departure and seat_number = number and live)) as seats_wrong,
      (select count(*)::integer from coupon a join coupon b on a.departure = b.departure and a.seat_number = b.seat_number
        and a.stops && b.stops and a.ticket_no < b.ticket_no where a.departure = ${coach} and a.live and b.live) as oversold`
  return row!
}

/** What the gateway still has to be asked is asked by the worker; half a minute after the storm nothing may be open. */
async function conclude(coach: number) {
  let unresolvedPayments = 0
  for (let second = 0; second < 60; second++) {
    const [row] = await sql<{ open: number }[]>`
      select count(*)::integer as open from charge join ticket_order on ticket_order.id = charge.order_id
      where charge.state = 'UNKNOWN' or charge.state = 'PENDING' and exists (
          select from simulated_cashier_charge as there where there.key = charge.key and choice is not null)
        or charge.state = 'SUCCEEDED' and ticket_order.state not in ('ISSUED', 'PART_REFUNDED', 'REFUNDED')
          and not exists (select from refund where charge_key = charge.key and refund.amount = charge.amount)`
    unresolvedPayments = row!.open
    if (unresolvedPayments === 0) break
    await sleep(1000)
  }
  const [money] = await sql<{ chargedTwice: number }[]>`
    select count(*)::integer as charged_twice from (
      select order_id from charge where state = 'SUCCEEDED' group by order_id having count(*) > 1) as twice`
  return { ...(await judgeSeats(coach)), unresolvedPayments, chargedTwice: money!.chargedTwice }
}
