// `npm run load -- check-in [--tickets 12000] [--clients 96] [--rate 0]`
// Check-in over HTTP with real codes of real tickets, each scanned once: sold over the counter's API, moved to depart in an hour, shown
// as phones show them, scanned at the gates of their places with durable commits, loader included. `--rate` scans so many a second
// instead of as fast as answers come. Afterwards the database is asked what became of each.
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { connect, transaction } from '../clearing/database.ts'
import { codeNow, phoneTicket, type PhoneTicket } from './check-in/phone-code.ts'
import { openClient, quantile, type Client } from './platform/keep-alive-client.ts'
import { processorTime } from './platform/processor-time.ts'
import { startPlatform } from './platform/start-platform.ts'
import { newPassenger } from './sales/people.ts'

const { values: flags } = parseArgs({
  options: {
    tickets: { type: 'string', default: '12000' },
    clients: { type: 'string', default: '96' },
    rate: { type: 'string', default: '0' }
  }
})
const [ticketsWanted, clients, rate] = [Number(flags.tickets), Number(flags.clients), Number(flags.rate)]
const passengersPerOrder = 5
const sellers = 12

interface Departure {
  id: number
  fullFare: number
  placesLeft: number
  from: { place: string }
  to: { place: string }
}
interface Sold {
  ticketNo: string
  departure: number
  place: string
}
interface Gate {
  id: number
  place: string
  passage: string
}

console.log('starting the platform with its sample province')
const platform = await startPlatform()
const sql = connect(platform.databaseUrl, { max: 2 })
try {
  const clerk = await platform.signIn('clerk')
  const departures = await findDepartures()
  await openShift(clerk, departures[0]!.from.place)
  const sold = await sellTickets(clerk, departures)
  await departInAnHour(sold)
  const gate = await platform.signIn('gate')
  const gates = Map.groupBy(
    (await getJson<Gate[]>('/v1/gates')).filter(({ passage }) => passage === 'boarding'),
    ({ place }) => place
  )
  const shown = await showCodes(clerk, gate, sold, gates)
  const ticketNos = shown.map(({ ticketNo }) => ticketNo)
  // A platform that has been running: the first tenth is not counted.
  const warmUp = shown.splice(0, Math.floor(shown.length / 10))
  const warm = await scanAll(gate, warmUp, gates)
  console.log(`scanning ${shown.length} codes at ${gates.size} places with ${clients} clients`)
  const usedBefore = processorTime()
  const scanned = await scanAll(gate, shown, gates)
  const used = processorTime()
  const [row] = await sql<{ checked: number; twice: number }[]>`
    select (select count(*)::integer from coupon where state = 'CHECKED' and ticket_no = any (${ticketNos})) as checked,
      (select (count(*) - count(distinct ticket_no))::integer from boarding_check
        where result = 'OPEN' and undone_at is null) as twice`
  const perSecond = Math.round(scanned.opened / scanned.seconds)
  const p95Ms = quantile(scanned.latencies, 0.95)
  const p50Ms = quantile(scanned.latencies, 0.5)
  const lost = warm.opened + scanned.opened - row!.checked
  // Processor time of each check, by process: what the figure would be where nothing else runs.
  const cpuMsPerCheck = Object.fromEntries(
    Object.entries(used).map(([kind, ms]) => [kind, Number(((ms - (usedBefore[kind] ?? 0)) / shown.length).toFixed(3))])
  )
  const { twice } = row!
  const { counts } = scanned
  console.log(
    JSON.stringify({ load: 'check-in', perSecond, p95Ms, p50Ms, ...counts, lost, twice, cpuMsPerCheck, clients })
  )
} finally {
  await sql.end()
  await platform.stop()
}

async function getJson<Answer>(path: string, authorization?: string): Promise<Answer> {
  const answer = await fetch(`${platform.url}${path}`, { headers: authorization ? { authorization } : {} })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as Answer
}

async function openShift(authorization: string, place: string): Promise<void> {
  const answer = await fetch(`${platform.url}/v1/counter/shifts/${randomUUID()}`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ place, window: 1, openingCash: 0 })
  })
  if (!answer.ok) throw new Error(`opening a shift answered ${answer.status}: ${await answer.text()}`)
}

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
  const found: Departure[] = []
  for (const ahead of [32, 56, 80])
    for (const from of cities)
      for (const to of cities) {
        if (from === to) continue
        const day = new Date(Date.now() + ahead * 3_600_000).toISOString().slice(0, 10)
        const query = new URLSearchParams({ from, to, day }).toString()
        found.push(...(await getJson<Departure[]>(`/v1/departures?${query}`)))
      }
  // Each from one stop only: all that is sold of a departure then has one time.
  return [...new Map(found.map((departure) => [departure.id, departure])).values()]
}

async function sellTickets(authorization: string, departures: readonly Departure[]): Promise<Sold[]> {
  const sold: Sold[] = []
  let next = 0
  const sell = async (): Promise<void> => {
    const client = await openClient(platform.url)
    while (sold.length < ticketsWanted && next < departures.length * 8) {
      const departure = departures[next++ % departures.length]!
      if ((departure.placesLeft -= passengersPerOrder) < 0) continue
      sold.push(...(await sellOrder(client, authorization, departure)))
      if (sold.length % 2000 < passengersPerOrder) console.log(`${sold.length} tickets sold`)
    }
    client.close()
  }
  await Promise.all(Array.from({ length: sellers }, sell))
  return sold
}

async function sellOrder(client: Client, authorization: string, departure: Departure): Promise<Sold[]> {
  const id = randomUUID()
  const { place: from } = departure.from
  const passengers = Array.from({ length: passengersPerOrder }, newPassenger)
  const total = departure.fullFare * passengers.length
  const counter = { place: from, window: 1 + Math.floor(Math.random() * 20) }
  const body = { departure: departure.id, from, to: departure.to.place, passengers, total, counter }
  const held = await client.ask({ method: 'PUT', path: `/v1/orders/${id}`, authorization, body })
  // Sold out, or sold by class.
  if (held.status === 409 || held.status === 422) {
    departure.placesLeft = 0
    return []
  }
  if (held.status >= 300) throw new Error(`hold answered ${held.status}: ${held.body}`)
  const payment = {
    method: 'POST',
    path: `/v1/orders/${id}/payments`,
    authorization,
    body: { gateway: 'cash' }
  } as const
  const paid = await client.ask(payment)
  if (paid.status !== 200) throw new Error(`payment answered ${paid.status}: ${paid.body}`)
  const order = await client.ask({ method: 'GET', path: `/v1/orders/${id}`, authorization })
  const { coupons } = JSON.parse(order.body) as { coupons: { ticketNo: string }[] }
  return coupons.map(({ ticketNo }) => ({ ticketNo, departure: departure.id, place: from }))
}

/** The day is moved up: everything sold leaves its boarding stop within the hour, so that its check-in is open. */
async function departInAnHour(sold: readonly Sold[]): Promise<void> {
  const departures = [...new Set(sold.map(({ departure }) => departure))]
  await transaction(sql, async (tx) => {
    await tx`
      update departure set first_departs_at = null, kind = 'fixed', departs_at = now() + interval '50 minutes' - (
        select min(board.minutes) * interval '1 minute' from coupon
        join line_stop as board on board.line = departure.line and board.position = lower(coupon.stops)
        where coupon.departure = departure.id)
      where id = any (${departures})`
  })
}

interface Shown extends PhoneTicket {
  place: string
  departure: number
}

/** Each code once, which signs it; the moments are made when they are scanned. */
async function showCodes(
  clerk: string,
  gate: string,
  sold: readonly Sold[],
  gates: ReadonlyMap<string, Gate[]>
): Promise<Shown[]> {
  const departureKeys = new Map<number, Uint8Array>()
  for (const place of new Set(sold.map((ticket) => ticket.place))) {
    const path = `/v1/boarding/gates/${gates.get(place)![0]!.id}/manifest?hours=2`
    const { departures } = await getJson<{ departures: { id: number; key: string }[] }>(path, gate)
    for (const { id, key } of departures) departureKeys.set(id, Buffer.from(key, 'base64'))
  }
  const shown: Shown[] = []
  let next = 0
  const fetchSome = async (): Promise<void> => {
    const client = await openClient(platform.url)
    for (let ticket = sold[next++]; ticket; ticket = sold[next++]) {
      const { ticketNo, departure, place } = ticket
      // A departure sold at several stops is not near yet at the later ones.
      const departureKey = departureKeys.get(departure)
      if (!departureKey) continue
      const answer = await client.ask({ method: 'GET', path: `/v1/tickets/${ticketNo}/code`, authorization: clerk })
      if (answer.status !== 200) throw new Error(`the code of ${ticketNo} answered ${answer.status}: ${answer.body}`)
      const { payload } = JSON.parse(answer.body) as { payload: string }
      shown.push({ ...phoneTicket(ticketNo, payload, departureKey), place, departure })
      if (shown.length % 2000 === 0) console.log(`${shown.length} codes shown`)
    }
    client.close()
  }
  await Promise.all(Array.from({ length: sellers }, fetchSome))
  return shown
}

interface Scanned {
  opened: number
  seconds: number
  latencies: number[]
  counts: { scans: number; opened: number; refused: Record<string, number> }
}

async function scanAll(
  authorization: string,
  shown: readonly Shown[],
  gates: ReadonlyMap<string, Gate[]>
): Promise<Scanned> {
  const latencies: number[] = []
  const refused: Record<string, number> = {}
  let next = 0
  let opened = 0
  const began = performance.now()
  const scan = async (): Promise<void> => {
    const client = await openClient(platform.url)
    for (let index = next++; index < shown.length; index = next++) {
      if (rate > 0) await until(began + (index / rate) * 1000)
      const ticket = shown[index]!
      const there = gates.get(ticket.place)!
      const body = { gate: there[index % there.length]!.id, nonce: randomUUID(), code: codeNow(ticket) }
      const answer = await client.ask({ method: 'POST', path: '/v1/boarding/checks', authorization, body })
      if (answer.status !== 200) throw new Error(`a check answered ${answer.status}: ${answer.body}`)
      latencies.push(answer.ms)
      const { result, code } = JSON.parse(answer.body) as { result: string; code: string }
      if (result === 'OPEN') opened++
      else refused[code] = (refused[code] ?? 0) + 1
    }
    client.close()
  }
  await Promise.all(Array.from({ length: clients }, scan))
  const seconds = (performance.now() - began) / 1000
  return { opened, seconds, latencies, counts: { scans: latencies.length, opened, refused } }
}

async function until(at: number): Promise<void> {
  const wait = at - performance.now()
  if (wait > 0) await new Promise((done) => setTimeout(done, wait))
}
