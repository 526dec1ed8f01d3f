// Passengers of the simulated station, as any passenger is: they sign in, buy for a departure within the next hour or so, pay, and come to
// the gate some minutes before it leaves with the code on their phone. One in twelve never comes.
import { randomInt, randomUUID } from 'node:crypto'
import { calendarDay } from '../../../clearing/business-day.ts'
import { newSamplePassenger } from '../sample-province/sample-station-day.ts'

export interface Passengers {
  buy(way: { from: string; to: string }): Promise<void>
  /** Who stands at a gate now, each once. */
  come(now: Date): Promise<{ ticketNo: string; from: string; payload: string }[]>
}

interface Departure {
  id: number
  departsAt: string
  saleClosesAt: string
  notOnSale: string | null
  placesLeft: number
  fullFare: number
  serviceFee: number
  cabins: { code: string; fullFare: number; placesLeft: number }[]
}

interface Order {
  ride: { from: string; departsAt: string }
  coupons: { ticketNo: string | null; state: string }[]
}

const minuteMs = 60_000
const buysAheadMs = 90 * minuteMs
const comesMinutes = { first: 20, last: 5 }

export function simulatedPassengers(url: string, account: { name: string; password: string }): Passengers {
  let token: string | null = null
  const ask = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    token ??= await signIn(url, account)
    const headers = { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) }
    const answer = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    if (answer.status === 401) token = null
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as Answer
  }
  const came = new Set<string>()
  return {
    async buy({ from, to }) {
      const now = new Date()
      const found = await ask<Departure[]>('GET', `/v1/departures?from=${from}&to=${to}&day=${calendarDay(now)}`)
      const soon = found.filter((departure) => isSoon(departure, now))
      if (soon.length === 0) return
      const { id: departure, fullFare, serviceFee, cabins } = soon[randomInt(soon.length)]!
      const size = randomInt(4) === 0 ? 2 : 1
      const cabin = cabins.find(({ placesLeft }) => placesLeft > size)
      const passengers = Array.from({ length: size }, newSamplePassenger)
      const total = size * ((cabin ?? { fullFare }).fullFare + serviceFee)
      const id = randomUUID()
      const order = { departure, from, to, ...(cabin ? { cabin: cabin.code } : {}), passengers, total }
      await ask('PUT', `/v1/orders/${id}`, order)
      const { payAt } = await ask<{ payAt: string }>('POST', `/v1/orders/${id}/payments`, {
        gateway: 'simulated-cashier'
      })
      await ask('POST', payAt, { choice: 'success' })
    },
    async come(now) {
      const orders = await ask<Order[]>('GET', '/v1/orders')
      const atGate = []
      for (const { ride, coupons } of orders)
        for (const { ticketNo, state } of coupons) {
          if (!ticketNo || state !== 'ISSUED' || came.has(ticketNo) || !isThere(ticketNo, ride.departsAt, now)) continue
          const code = await ask<{ payload: string; notBefore: string }>(
            'GET',
            `/v1/tickets/${ticketNo}/code?form=phone`
          )
          if (Date.parse(code.notBefore) > now.getTime()) continue
          came.add(ticketNo)
          atGate.push({ ticketNo, from: ride.from, payload: code.payload })
        }
      return atGate
    }
  }
}

function isSoon({ departsAt, saleClosesAt, notOnSale, placesLeft }: Departure, now: Date): boolean {
  const isOpen = notOnSale === null && placesLeft > 2 && Date.parse(saleClosesAt) > now.getTime()
  return isOpen && Date.parse(departsAt) - now.getTime() < buysAheadMs
}

/** Everybody has minutes of his own before the departure; the last digits of the ticket say which. */
function isThere(ticketNo: string, departsAt: string, now: Date): boolean {
  const serial = Number(ticketNo.slice(-4))
  if (serial % 12 === 0) return false
  const minutes = comesMinutes.last + (serial % (comesMinutes.first - comesMinutes.last))
  const left = (Date.parse(departsAt) - now.getTime()) / minuteMs
  return left <= minutes && left > comesMinutes.last - 2
}

async function signIn(url: string, account: { name: string; password: string }): Promise<string> {
  const answer = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account)
  })
  if (!answer.ok) throw new Error(`signing in answered ${answer.status}`)
  return ((await answer.json()) as { token: string }).token
}
