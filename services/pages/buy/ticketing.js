// The calls of the passenger page, each by the name of what it does. Ids of orders and refunds are the caller's own, so every
// one of them may be repeated after an answer was lost.
import { call } from '../shell/api.js'

const legOf = ({ id, from, to }) => ({ departure: id, from: from.place, to: to.place })
const journeyOf = ({ legs, product, ...departure }) =>
  legs ? { legs: legs.map(legOf), ...(product ? { product } : {}) } : legOf(departure)

export function askQuote(departure, fares) {
  return call('POST', '/v1/quotes', { body: { ...journeyOf(departure), fares } })
}

export function placeOrder(session, id, { departure, passengers, total }) {
  return call('PUT', `/v1/orders/${id}`, { session, body: { ...journeyOf(departure), passengers, total } })
}

/** A place in the line of a full departure; `limit` is what it may cost at most. */
export function joinWaitlist(session, id, { departure, passengers, total }) {
  const { from, to } = legOf(departure)
  return call('PUT', `/v1/waitlist/${id}`, {
    session,
    body: { from, to, departures: [departure.id], passengers, limit: total }
  })
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

export function askRefund(session, ticketNo) {
  return call('POST', `/v1/tickets/${ticketNo}/refund-quote`, { session })
}

export function refundTicket(session, id, { ticketNo, amount }) {
  return call('PUT', `/v1/refunds/${id}`, { session, body: { tickets: [ticketNo], amount } })
}
