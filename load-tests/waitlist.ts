// `npm run load -- waitlist [--coaches 4] [--expiries 20]`
// How long a returned seat takes to become the ticket of the first in line, over HTTP: given back by a passenger, and by a hold that ran
// out unpaid. Full coaches with as many prepaid entries waiting as seats come back; each is asked for until it is filled and issued.
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { connect, transaction } from '../clearing/database.ts'
import { openClient, quantile } from './platform/keep-alive-client.ts'
import { startPlatform } from './platform/start-platform.ts'
import { newPassenger } from './sales/people.ts'

const { values: flags } = parseArgs({
  options: { coaches: { type: 'string', default: '4' }, expiries: { type: 'string', default: '20' } }
})

interface Departure {
  id: number
  fullFare: number
  placesLeft: number
  notOnSale: string | null
  from: { place: string }
  to: { place: string }
}

interface Order {
  id: string
  coupons: { ticketNo: string; fare: number }[]
}

const askEveryMs = 5
const partySize = 5

console.log('starting the platform with its sample province')
const platform = await startPlatform()
const sql = connect(platform.databaseUrl, { max: 2 })
try {
  const authorization = await platform.signIn('passenger')
  const client = await openClient(platform.url)
  const ask = async <Answer>(method: 'GET' | 'PUT' | 'POST', path: string, body?: object): Promise<Answer> => {
    const { status, body: text } = await client.ask({ method, path, authorization, ...(body ? { body } : {}) })
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`)
    return JSON.parse(text) as Answer
  }
  const returned: number[] = []
  const expired: number[] = []
  for (const coach of await findCoaches(ask, Number(flags.coaches))) {
    const orders = await sellOut(ask, coach)
    for (const order of orders) {
      const entry = await wait(ask, coach)
      returned.push(await timeFilled(ask, entry, async () => await giveBack(ask, order)))
    }
    console.log(
      `${returned.length} seats came back, the slowest to be issued in ${Math.max(...returned).toFixed(0)} ms`
    )
  }
  const [coach] = await findCoaches(ask, 1)
  const places = coach!.placesLeft
  for (let taken = 0; taken < places - 1; taken += partySize)
    await buy(ask, coach!, Math.min(partySize, places - 1 - taken))
  for (let nth = 0; nth < Number(flags.expiries); nth++) {
    const held = await hold(ask, coach!, 1)
    const entry = await wait(ask, coach!)
    expired.push(await timeFilled(ask, entry, async () => await expire(held)))
    // The seat comes free again for the next round.
    const { order } = await ask<{ order: string }>('GET', `/v1/waitlist/${entry}`)
    await giveBack(ask, await ask<Order>('GET', `/v1/orders/${order}`))
  }
  client.close()
  console.log(
    JSON.stringify({
      load: 'waitlist',
      seatsReturned: returned.length,
      returnToIssuedP50Ms: quantile(returned, 0.5),
      returnToIssuedP95Ms: quantile(returned, 0.95),
      holdsExpired: expired.length,
      expiryToIssuedP50Ms: quantile(expired, 0.5),
      expiryToIssuedP95Ms: quantile(expired, 0.95)
    })
  )
} finally {
  await sql.end()
  await platform.stop()
}

type Ask = <Answer>(method: 'GET' | 'PUT' | 'POST', path: string, body?: object) => Promise<Answer>

/** Each time others, none of which has sold anything yet. */
async function findCoaches(ask: Ask, most: number): Promise<Departure[]> {
  const day = new Date(Date.now() + 56 * 3_600_000).toISOString().slice(0, 10)
  const way = new URLSearchParams({ from: '天河客运站', to: '惠州汽车总站', day })
  const found = await ask<Departure[]>('GET', `/v1/departures?${way.toString()}`)
  const all = found.filter(({ placesLeft, notOnSale }) => placesLeft === 45 && notOnSale === null)
  return most === 1 ? all.slice(-1) : all.slice(0, most)
}

async function hold(ask: Ask, coach: Departure, passengers: number): Promise<string> {
  const id = randomUUID()
  await ask('PUT', `/v1/orders/${id}`, {
    departure: coach.id,
    from: coach.from.place,
    to: coach.to.place,
    passengers: Array.from({ length: passengers }, () => newPassenger()),
    total: passengers * coach.fullFare
  })
  return id
}

async function pay(ask: Ask, path: string): Promise<void> {
  const { payAt } = await ask<{ payAt: string }>('POST', `${path}/payments`, { gateway: 'simulated-cashier' })
  await ask('POST', payAt, { choice: 'success' })
}

async function buy(ask: Ask, coach: Departure, passengers: number): Promise<Order> {
  const id = await hold(ask, coach, passengers)
  await pay(ask, `/v1/orders/${id}`)
  return await ask<Order>('GET', `/v1/orders/${id}`)
}

/** Each ticket in an order of its own, to be given back by itself. */
async function sellOut(ask: Ask, coach: Departure): Promise<Order[]> {
  const orders: Order[] = []
  for (let sold = 0; sold < coach.placesLeft; sold++) orders.push(await buy(ask, coach, 1))
  return orders
}

async function wait(ask: Ask, coach: Departure): Promise<string> {
  const id = randomUUID()
  await ask('PUT', `/v1/waitlist/${id}`, {
    from: coach.from.place,
    to: coach.to.place,
    departures: [coach.id],
    passengers: [newPassenger()],
    limit: 1_000_000
  })
  await pay(ask, `/v1/waitlist/${id}`)
  return id
}

async function giveBack(ask: Ask, { coupons }: Order): Promise<void> {
  const tickets = coupons.map(({ ticketNo }) => ticketNo)
  const { amount } = await ask<{ amount: number }>('POST', '/v1/refund-quotes', { tickets })
  await ask('PUT', `/v1/refunds/${randomUUID()}`, { tickets, amount })
}

/** As if its minutes were over. */
async function expire(order: string): Promise<void> {
  await transaction(sql, async (tx) => await tx`update ticket_order set hold_until = now() where id = ${order}`)
}

/** From before the seat is given up until its next holder has a ticket. */
async function timeFilled(ask: Ask, entry: string, giveUp: () => Promise<void>): Promise<number> {
  const from = performance.now()
  await giveUp()
  for (;;) {
    const { state, order } = await ask<{ state: string; order: string | null }>('GET', `/v1/waitlist/${entry}`)
    if (state === 'FILLED') {
      const { state: issued } = await ask<{ state: string }>('GET', `/v1/orders/${order}`)
      if (issued === 'ISSUED') return performance.now() - from
    } else if (state !== 'WAITING') throw new Error(`the entry ended as ${state}`)
    if (performance.now() - from > 60_000) throw new Error('not filled within a minute')
    await new Promise((wake) => setTimeout(wake, askEveryMs))
  }
}
