// Who buys in a province, and how: at a station's window for cash, through an agent's program on its credit, or on the phone, where the
// payer decides at the cashier. Parties of one to three, children, wishes for a seat, journeys of two legs, and impatient people who
// press the button twice.
import { randomUUID } from 'node:crypto'
import type { Answer, Client } from '../platform/keep-alive-client.ts'
import type { Platform } from '../platform/start-platform.ts'
import type { Departure, Journey, Market } from './market.ts'
import { newPassenger } from './people.ts'

export interface Sessions {
  clerk: string
  /** Several, each with an account of its own. */
  agents: string[]
  passenger: string
}

export interface Sale {
  /** Tickets issued; none when it was refused or the payer did not pay. */
  tickets: number
  refused: string | null
}

type Tell = (ms: number) => void
type Role = 'clerk' | 'agent' | 'passenger'

interface Order {
  [name: string]: unknown
  passengers: object[]
  total: number
}

const chance = (share: number): boolean => Math.random() < share
const oneOf = <One>(all: readonly One[]): One => all[Math.floor(Math.random() * all.length)]!

/** What is on top of the fares seen, by role: learned from the first refusal, as a buyer would. */
const feePerTicket: Record<Role, number> = { clerk: 0, agent: 0, passenger: 0 }

export async function buy(client: Client, sessions: Sessions, market: Market, tell: Tell): Promise<Sale> {
  const role: Role = chance(0.4) ? 'clerk' : chance(0.5) ? 'agent' : 'passenger'
  const offer = chance(0.04) && market.journeys.length > 0 ? oneOf(market.journeys) : oneOf(market.departures)
  const order = 'legs' in offer ? journeyOrder(offer) : singleOrder(offer)
  const refusedFor = (code: string): Sale => {
    if (code === 'no-places-left') soldOut(market, offer)
    return { tickets: 0, refused: code }
  }
  const authorization = role === 'agent' ? oneOf(sessions.agents) : sessions[role]
  const id = randomUUID()
  const ask = async (method: 'PUT' | 'POST', path: string, body: object): Promise<Answer> => {
    const answer = await client.ask({ method, path, authorization, body })
    tell(answer.ms)
    return answer
  }
  const { tickets, ...body } = order
  const asked: Order = {
    ...body,
    total: body.total + tickets * feePerTicket[role],
    ...(role === 'clerk'
      ? { counter: { place: boarding(body), window: 1 + Math.floor(Math.random() * 20) }, gateway: 'cash' }
      : {}),
    ...(role === 'agent' ? { gateway: 'credit' } : {})
  }
  const place = async (): Promise<Answer> => await ask('PUT', `/v1/orders/${id}`, asked)
  let held = await place()
  if (held.status === 409) {
    const { code, facts } = JSON.parse(held.body) as { code: string; facts?: { total?: number } }
    const total = facts?.total
    if (code !== 'price-changed' || total === undefined) return refusedFor(code)
    // A product's discount is no fee.
    if (!('legs' in body)) feePerTicket[role] = (total - body.total) / tickets
    asked.total = total
    held = await place()
    if (held.status === 409) return refusedFor((JSON.parse(held.body) as { code: string }).code)
  }
  if (held.status !== 200) throw new Error(`the order was answered ${held.status}: ${held.body}`)
  if (chance(0.01) && (await place()).status !== 200) throw new Error('the same order again was not the same order')
  if (role !== 'passenger') return { tickets: issued(held.body), refused: null }
  return { tickets: await payByPhone(id, ask), refused: null }
}

/** What has no places left is no longer offered by the next search. */
function soldOut(market: Market, offer: Departure | Journey): void {
  const offers: unknown[] = 'legs' in offer ? market.journeys : market.departures
  const at = offers.indexOf(offer)
  if (at >= 0) offers.splice(at, 1)
}

/** One in fifty lets the time run out, one in thirty fails to pay. */
async function payByPhone(
  id: string,
  ask: (method: 'PUT' | 'POST', path: string, body: object) => Promise<Answer>
): Promise<number> {
  if (chance(0.02)) return 0
  const opened = await ask('POST', `/v1/orders/${id}/payments`, { gateway: 'simulated-cashier' })
  if (opened.status !== 200) throw new Error(`the payment was answered ${opened.status}: ${opened.body}`)
  const { payAt, order } = JSON.parse(opened.body) as { payAt: string; order: { coupons: object[] } }
  const choice = chance(0.03) ? 'failure' : 'success'
  const decided = await ask('POST', payAt, { choice })
  if (decided.status !== 200) throw new Error(`the cashier answered ${decided.status}: ${decided.body}`)
  return choice === 'success' ? order.coupons.length : 0
}

function issued(body: string): number {
  const order = JSON.parse(body) as { state: string; coupons: object[] }
  if (order.state !== 'ISSUED') throw new Error(`the order is ${order.state}`)
  return order.coupons.length
}

/** Six parties in ten are alone, three are two, one is three; the third is a child for half. */
function party(): { fare: 'full' | 'half' }[] {
  const size = chance(0.6) ? 1 : chance(0.75) ? 2 : 3
  return Array.from({ length: size }, (_, nth) => ({ fare: nth === 2 ? 'half' : 'full' }))
}

function singleOrder(departure: Departure) {
  const { id, mode, from, to, cabins } = departure
  const cabin = cabins.length > 0 ? oneOf(cabins) : null
  const { fullFare, halfFare } = cabin ?? departure
  const passengers = party().map(({ fare }) => ({
    ...newPassenger(fare),
    ...(mode === 'coach' && chance(0.03) ? { seats: [1 + Math.floor(Math.random() * 40)] } : {})
  }))
  const total = passengers.reduce((sum, { fare }) => sum + (fare === 'half' ? halfFare : fullFare), 0)
  const ride = { departure: id, from: from.place, to: to.place, ...(cabin ? { cabin: cabin.code } : {}) }
  return { ...ride, passengers, total, tickets: passengers.length }
}

function journeyOrder({ legs, fullFare, product }: Journey) {
  const passengers = party().map(() => newPassenger('full'))
  return {
    legs: legs.map(({ id, from, to, cabins: [cheapest] }) => {
      return { departure: id, from: from.place, to: to.place, ...(cheapest ? { cabin: cheapest.code } : {}) }
    }),
    ...(product ? { product: product.code } : {}),
    passengers,
    total: fullFare * passengers.length,
    tickets: legs.length * passengers.length
  }
}

function boarding(order: { from?: unknown; legs?: { from: string }[] }): unknown {
  return order.from ?? order.legs?.[0]!.from
}

/** Agents with money in their accounts and programs that may sell, a clerk with an open shift, and somebody on a phone. */
export async function openSessions(platform: Platform, place: string): Promise<Sessions> {
  const operator = await platform.signIn('operator')
  const clerk = await platform.signIn('clerk')
  const call = async (
    method: string,
    path: string,
    body: object,
    authorization?: string
  ): Promise<Record<string, string>> => {
    const headers = { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) }
    const answer = await fetch(`${platform.url}${path}`, { method, headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as Record<string, string>
  }
  await call('PUT', `/v1/counter/shifts/${randomUUID()}`, { place, window: 1, openingCash: 0 }, clerk)
  const agents: string[] = []
  for (const code of ['LOAD1', 'LOAD2', 'LOAD3', 'LOAD4']) {
    await call('PUT', `/v1/channels/${code}`, agentTerms, operator)
    await call('PUT', `/v1/channels/${code}/top-ups/${randomUUID()}`, { amount: 2_000_000_000 }, operator)
    const scopes = ['buy-ticket', 'read-own-orders', 'sell-on-credit']
    const client = await call('POST', `/v1/channels/${code}/clients`, { name: 'load', scopes, secret: true }, operator)
    const { token } = await call('POST', '/v1/client-tokens', {
      clientId: client['id'],
      clientSecret: client['secret']
    })
    agents.push(`Bearer ${token}`)
  }
  return { clerk, agents, passenger: await platform.signIn('passenger') }
}

const agentTerms = {
  name: '压测代售',
  kind: 'agent',
  state: 'active',
  opensMinute: 0,
  closesMinute: 1440,
  ticketsPerDay: null,
  refundsFreeQuota: true,
  commissionRate: '0.02',
  ticketCharge: 50,
  creditLimit: 0
}
