// The calls of the passenger page, each by the name of what it does. Ids of orders and refunds are the caller's own, so every
// one of them may be repeated after an answer was lost.
import { call } from '../shell/api.js'
import { describeVehicle } from './deck.js'
import { wayOf } from './trip.js'

const ifAny = (name, list) => (list?.length > 0 ? { [name]: list } : {})

/** The service fee is that of the channel the session belongs to; without one, the web's. */
export function askQuote(trip, { fares, certificates, vehicles, session }) {
  const named = certificates?.some((one) => one !== null) ? certificates : []
  const more = { ...ifAny('certificates', named), ...ifAny('vehicles', vehicles?.map(describeVehicle)) }
  return call('POST', '/v1/quotes', { session, body: { ...wayOf(trip), fares, ...more } })
}

/** `counter` says where a clerk sells. */
export function placeOrder(session, id, { trip, passengers, vehicles, total, counter }) {
  const body = { ...wayOf(trip), passengers, ...ifAny('vehicles', vehicles), total, ...(counter ? { counter } : {}) }
  return call('PUT', `/v1/orders/${id}`, { session, body })
}

/** A place in the line of a full departure; `limit` is what it may cost at most. */
export function joinWaitlist(session, id, { trip, passengers, total }) {
  const { departure, ...way } = wayOf(trip)
  const body = { ...way, departures: [departure], passengers, limit: total }
  return call('PUT', `/v1/waitlist/${id}`, { session, body })
}

export function findOrder(session, id) {
  return call('GET', `/v1/orders/${id}`, { session })
}

export function findOrders(session) {
  return call('GET', '/v1/orders', { session })
}

export function findWaiting(session) {
  return call('GET', '/v1/waitlist', { session })
}

export function giveUpOrder(session, id) {
  return call('DELETE', `/v1/orders/${id}`, { session })
}

export function openPayment(session, id) {
  return call('POST', `/v1/orders/${id}/payments`, { session, body: { gateway: 'simulated-cashier' } })
}

export function decideCharge(key, choice) {
  return call('POST', `/v1/simulated-cashier/charges/${key}`, { body: { choice } })
}

export function findTicket(session, ticketNo) {
  return call('GET', `/v1/tickets/${ticketNo}`, { session })
}

export function findEvents(session, ticketNo) {
  return call('GET', `/v1/tickets/${ticketNo}/events`, { session })
}

/** What tickets of one order would give back together. */
export function askRefund(session, tickets) {
  return call('POST', '/v1/refund-quotes', { session, body: { tickets } })
}

/** `more`: {void} or {overrule}, at the counter. */
export function refundTickets(session, id, { tickets, amount, ...more }) {
  return call('PUT', `/v1/refunds/${id}`, { session, body: { tickets, amount, ...more } })
}
