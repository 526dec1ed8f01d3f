// `npm run load -- hot-departure [--buyers 10000] [--aboard 20000] [--clients 200]`
// Everybody wants the same coach at the same moment: exactly its seats are sold, everybody else gets a clear answer. Then everybody
// wants the same sailing, on foot or with a car: passengers, car slots and new-energy places are each exactly full.
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { openClient, quantile } from './platform/keep-alive-client.ts'
import { costPerUnit, processorTime } from './platform/processor-time.ts'
import { startPlatform } from './platform/start-platform.ts'
import { newPassenger } from './sales/people.ts'

const { values: flags } = parseArgs({
  options: {
    buyers: { type: 'string', default: '10000' },
    aboard: { type: 'string', default: '20000' },
    clients: { type: 'string', default: '200' }
  }
})
const buyers = Number(flags.buyers)
const aboard = Number(flags.aboard)
const clients = Number(flags.clients)

/** Of the sample province (services/local/sample-province): 60 cars of 6 m fill slots and lane alike. */
const deck = { slots: 60, newEnergy: 12, carFare: 37_400 }

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
  const coach = await findDeparture('天河客运站', '惠州汽车总站')
  console.log(`${buyers.toLocaleString('en')} buyers for ${coach.placesLeft} seats`)
  const onCoach = await rush(
    authorization,
    Array.from({ length: buyers }, () => seat(coach))
  )
  const sailing = await findDeparture('徐闻港', '新海港')
  const parties = Array.from({ length: aboard }, (_, turn) => party(sailing, turn))
  console.log(
    `${aboard.toLocaleString('en')} parties, every fourth with a car, for ${sailing.placesLeft} places aboard`
  )
  const onSailing = await rush(authorization, parties)
  const cars = onSailing.sold.filter(({ vehicles }) => vehicles)
  const sailed = {
    sailingPassengers: onSailing.sold.length,
    sailingCars: cars.length,
    sailingNewEnergy: cars.filter(({ vehicles }) => vehicles![0]!.newEnergy).length
  }
  console.log(
    JSON.stringify({
      load: 'hot-departure',
      sold: onCoach.sold.length,
      seconds: onCoach.seconds,
      seats: coach.placesLeft,
      buyers,
      refusedClearly: onCoach.refused,
      otherAnswers: { ...onCoach.other, ...onSailing.other },
      answersPerSecond: Math.round(buyers / onCoach.seconds),
      p95Ms: quantile(onCoach.latencies, 0.95),
      ...sailed,
      sailingPlaces: { passengers: sailing.placesLeft, cars: deck.slots, newEnergy: deck.newEnergy },
      sailingRequests: aboard,
      sailingSeconds: onSailing.seconds,
      sailingRefusedClearly: onSailing.refused,
      /** Milliseconds of processor time for one answer, by process. */
      processorMsPerAnswer: onCoach.spent,
      processorMsPerSailingAnswer: onSailing.spent,
      clients
    })
  )
  const full =
    sailed.sailingPassengers === sailing.placesLeft &&
    sailed.sailingCars === deck.slots &&
    sailed.sailingNewEnergy === deck.newEnergy
  if (onCoach.sold.length !== coach.placesLeft || !full) process.exitCode = 1
} finally {
  await platform.stop()
}

async function findDeparture(from: string, to: string): Promise<Departure> {
  const day = new Date(Date.now() + 56 * 3_600_000).toISOString().slice(0, 10)
  const query = new URLSearchParams({ from, to, day }).toString()
  const answer = await fetch(`${platform.url}/v1/departures?${query}`)
  return ((await answer.json()) as Departure[])[0]!
}

interface Body {
  departure: number
  from: string
  to: string
  passengers: object[]
  vehicles?: { newEnergy: boolean }[]
  total: number
  counter: { place: string; window: number }
}

function seat({ id, from, to, fullFare }: Departure): Body {
  const counter = { place: from.place, window: 1 }
  return { departure: id, from: from.place, to: to.place, passengers: [newPassenger()], total: fullFare, counter }
}

/** Every fourth comes with a car, every other car is a new-energy one. */
function party(sailing: Departure, turn: number): Body {
  const onFoot = seat(sailing)
  if (turn % 4 !== 0) return onFoot
  const newEnergy = turn % 8 === 0
  const plate = `粤A${newEnergy ? 'D' : ''}${String(10_000 + turn).padStart(5, '0')}`
  const car = { plate, kind: 'car', lengthCm: 600, newEnergy, dangerousGoods: false, driver: 0 }
  return { ...onFoot, vehicles: [car], total: onFoot.total + deck.carFare }
}

async function rush(authorization: string, bodies: readonly Body[]) {
  const statuses: Record<number, number> = {}
  const latencies: number[] = []
  const sold: Body[] = []
  let begun = 0
  const run = async (): Promise<void> => {
    const client = await openClient(platform.url)
    while (begun < bodies.length) {
      const body = bodies[begun++]!
      const held = await client.ask({ method: 'PUT', path: `/v1/orders/${randomUUID()}`, authorization, body })
      statuses[held.status] = (statuses[held.status] ?? 0) + 1
      latencies.push(held.ms)
      if (held.status < 300) sold.push(body)
    }
    client.close()
  }
  const spentBefore = processorTime()
  const began = performance.now()
  await Promise.all(Array.from({ length: clients }, run))
  const seconds = Number(((performance.now() - began) / 1000).toFixed(2))
  const { 200: _held, 409: refused = 0, ...other } = statuses
  const spent = costPerUnit(spentBefore, processorTime(), bodies.length)
  return { sold, refused, other, latencies, seconds, spent }
}
