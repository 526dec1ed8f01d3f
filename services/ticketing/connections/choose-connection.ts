// What a passenger does about a broken connection: goes on by one of the ways offered, free of charge, or gives the rest back. Each
// ticket is changed or refunded by the ordinary flows under ids that follow from the connection's, so the same choice again goes on
// where it stopped.
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import type { Queryable } from '../../../clearing/database.ts'
import { Refusal } from '../../../clearing/refusal.ts'
import { sumFen } from '../../../clearing/money.ts'
import { refuse } from '../../refusals.ts'
import { changeTickets, quoteChange } from '../changes/change-tickets.ts'
import { derivedId } from './derived-id.ts'
import { payRefunds, type Paying } from '../pay-order.ts'
import { quoteRefunds, refundTickets } from '../refunds/refund-tickets.ts'
import type { Viewer } from '../show-order.ts'
import {
  findBrokenConnection,
  findBrokenConnections,
  findJourneyLegs,
  type BrokenRow,
  type JourneyLeg
} from './connection-queries.ts'
import { summaryOf } from './connection-rules.ts'
import type { ConnectionDecision, ShownConnection } from './connection-schemas.ts'
import { reviewJourney } from './review-connections.ts'

/** The broken connections of a journey as its owner sees them, the latest first. */
export async function showConnections(
  sql: Queryable,
  journey: string,
  viewer: Viewer,
  now: Date
): Promise<ShownConnection[]> {
  const broken = await findBrokenConnections(sql, journey)
  if (broken.length === 0) return []
  const legs = await findJourneyLegs(sql, journey)
  return await Promise.all(broken.map(async (one) => await showConnection(sql, one, { legs, viewer, now })))
}

async function showConnection(
  sql: Queryable,
  broken: BrokenRow,
  { legs, viewer, now }: { legs: readonly JourneyLeg[]; viewer: Viewer; now: Date }
): Promise<ShownConnection> {
  const open = broken.state === 'OPEN'
  return { ...summaryOf(broken), refund: open ? await quoteRest(sql, { broken, legs }, viewer, now) : null }
}

/** Under one contract all that was not travelled, by order; under several only what the break has suspended. */
function restOf(broken: BrokenRow, legs: readonly JourneyLeg[]): string[][] {
  const own = legs.filter(({ passenger, state, contract, ticketNo }) =>
    contract === 'THROUGH'
      ? broken.passengers.includes(passenger) && state !== 'CHECKED' && state !== 'USED'
      : state === 'SUSPENDED' && broken.tickets.includes(ticketNo)
  )
  const byOrder = Map.groupBy(own, ({ orderId }) => orderId)
  return [...byOrder.values()].map((tickets) => tickets.map(({ ticketNo }) => ticketNo))
}

/** Null when nothing is left to refund, or its own rule gives nothing back any more. */
async function quoteRest(
  sql: Queryable,
  { broken, legs }: { broken: BrokenRow; legs: readonly JourneyLeg[] },
  viewer: Viewer,
  now: Date
): Promise<ShownConnection['refund']> {
  const groups = restOf(broken, legs)
  if (groups.length === 0) return null
  try {
    const quotes = await Promise.all(groups.map(async (tickets) => await quoteRefunds(sql, tickets, viewer, now)))
    const [fee, amount] = [sumFen(quotes.map((quote) => quote.fee)), sumFen(quotes.map((quote) => quote.amount))]
    return { tickets: groups.flat(), fee, amount }
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

/** Throws connection-not-found, connection-not-open, choice-gone, refund-amount-changed and the refusals of a change. */
export async function chooseConnection(
  { sql, keys, gateways }: Paying & { keys: KeyStore },
  { id, decision }: { id: string; decision: ConnectionDecision },
  viewer: Viewer,
  now: Date
): Promise<ShownConnection> {
  const broken = await findBrokenConnection(sql, id)
  const legs = broken ? await findJourneyLegs(sql, broken.journey) : []
  const mine = viewer.seesAll || legs.some(({ owner }) => owner === viewer.owner)
  if (!broken || !mine) throw refuse('connection-not-found')
  if (broken.state !== 'OPEN') throw refuse('connection-not-open', { state: broken.state })
  if ('rebook' in decision)
    await rebook({ sql, keys, gateways }, { broken, legs, departures: decision.rebook }, viewer, now)
  else await refundRest({ sql, gateways }, { broken, legs, amount: decision.refund }, viewer, now)
  await reviewJourney(sql, broken.journey, now)
  const after = (await findBrokenConnection(sql, id))!
  return await showConnection(sql, after, { legs: await findJourneyLegs(sql, broken.journey), viewer, now })
}

/** The last leg first: each must be reached from the one before it, and may well be reached from the old one. */
async function rebook(
  { sql, keys, gateways }: Paying & { keys: KeyStore },
  { broken, legs, departures }: { broken: BrokenRow; legs: readonly JourneyLeg[]; departures: readonly number[] },
  viewer: Viewer,
  now: Date
): Promise<void> {
  const choice = broken.choices.find((one) => one.legs.map(({ departure }) => departure).join() === departures.join())
  if (!choice) throw refuse('choice-gone')
  for (const { leg, departure, from, to } of choice.legs.toReversed()) {
    const suspended = legs.filter(
      (each) => each.leg === leg && broken.tickets.includes(each.ticketNo) && each.departure !== departure
    )
    const byOrder = Map.groupBy(suspended, ({ orderId }) => orderId)
    for (const [orderId, own] of byOrder) {
      const asked = { tickets: own.map(({ ticketNo }) => ticketNo), departure, from, to }
      const change = derivedId(broken.id, orderId, String(leg), String(departure))
      const { due } = await quoteChange({ sql, keys }, asked, viewer, now)
      await changeTickets({ sql, keys }, { id: change, request: { ...asked, due } }, viewer, now)
      if (due < 0) await payRefunds({ sql, gateways }, now, change)
    }
  }
}

async function refundRest(
  paying: Paying,
  { broken, legs, amount }: { broken: BrokenRow; legs: readonly JourneyLeg[]; amount: number },
  viewer: Viewer,
  now: Date
): Promise<void> {
  const quote = await quoteRest(paying.sql, { broken, legs }, viewer, now)
  if (!quote) throw refuse('refund-closed')
  if (quote.amount !== amount) throw refuse('refund-amount-changed', { amount: quote.amount })
  for (const tickets of restOf(broken, legs)) {
    const part = await quoteRefunds(paying.sql, tickets, viewer, now)
    const request = { tickets, amount: part.amount }
    await refundTickets(paying, { id: derivedId(broken.id, 'refund', tickets[0]!), request }, viewer, now)
  }
}
