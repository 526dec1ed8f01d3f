// `npm run load -- hot-departure [--buyers 10000] [--clients 100]`
// Everybody wants the same coach at the same moment: exactly its seats are sold, everybody else gets a clear answer.
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { openClient, quantile } from './platform/keep-alive-client.ts'
import { startPlatform } from './platform/start-platform.ts'
import { newPassenger } from './sales/people.ts'

const { values: flags } = parseArgs({
  options: { buyers: { type: 'string', default: '10000' }, clients: { type: 'string', default: '100' } }
})
const buyers = Number(flags.buyers)
const clients = Number(flags.clients)

interface Departure {
  id: number
  fullFare: number
  placesLeft: number
  from: { place: string }
  to: { place: string }
}

console.log('starting the platform with its sample province')
const platform = await startPlatform()
try {
  const authorization = await platform.signIn('clerk')
  const day = new Date(Date.now() + 56 * 3_600_000).toISOString().slice(0, 10)
  const query = new URLSearchParams({ from: '天河客运站', to: '惠州汽车总站', day }).toString()
  const answer = await fetch(`${platform.url}/v1/departures?${query}`)
  const departure = ((await answer.json()) as Departure[])[0]!
  console.log(`${buyers.toLocaleString('en')} buyers for ${departure.placesLeft} seats`)
  const rush = await rushFor(departure, authorization)
  const { statuses, sold, latencies, seconds } = rush
  const other = Object.entries(statuses).filter(([status]) => status !== '200' && status !== '201' && status !== '409')
  console.log(
    JSON.stringify({
      load: 'hot-departure',
      sold,
      seconds: Number(seconds.toFixed(2)),
      seats: departure.placesLeft,
      buyers,
      refusedClearly: statuses[409] ?? 0,
      otherAnswers: Object.fromEntries(other),
      answersPerSecond: Math.round(buyers / seconds),
      p95Ms: quantile(latencies, 0.95),
      clients
    })
  )
  if (sold !== departure.placesLeft) process.exitCode = 1
} finally {
  await platform.stop()
}

async function rushFor(departure: Departure, authorization: string) {
  const statuses: Record<number, number> = {}
  const latencies: number[] = []
  let [begun, sold] = [0, 0]
  const { place: from } = departure.from
  const journey = { departure: departure.id, from, to: departure.to.place, total: departure.fullFare }
  const people = Array.from({ length: buyers }, newPassenger)
  const run = async (): Promise<void> => {
    const client = await openClient(platform.url)
    while (begun < buyers) {
      const body = { ...journey, passengers: [people[begun++]!], counter: { place: from, window: 1 } }
      const held = await client.ask({ method: 'PUT', path: `/v1/orders/${randomUUID()}`, authorization, body })
      statuses[held.status] = (statuses[held.status] ?? 0) + 1
      latencies.push(held.ms)
      if (held.status < 300) sold++
    }
    client.close()
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: clients }, run))
  return { statuses, sold, latencies, seconds: (performance.now() - began) / 1000 }
}
