// Refunds in two steps: the places are free and the tickets void at once, in one transaction; the money follows through the gateway,
// repeated under the refund's own id until it is known to be paid.
import { equalConstantTime } from '../../../card-crypto/bytes.ts'
import { sm3 } from '../../../card-crypto/sm3.ts'
import { transaction, type Queryable } from '../../../clearing/database.ts'
import { calendarDay } from '../../../clearing/business-day.ts'
import { sumFen, type Fen } from '../../../clearing/money.ts'
import { refundTermsOf } from '../../fares/terms/terms-text-rules.ts'
import { refuse } from '../../refusals.ts'
import { checkChanged, checkRefundable, checkVoid, type RefundReason } from '../coupon-rules.ts'
import { checkFreeChildren } from '../fare-rules.ts'
import { canonicalJson } from '../hold-order.ts'
import { payRefunds, type Paying } from '../pay-order.ts'
import type { Viewer } from '../show-order.ts'
import { findRefund, findRefundables, lockOrder, recordRefund, type RefundableTicket } from './refund-queries.ts'
import { fullRefund, passengerRefund, type RefundSum } from './refund-rules.ts'
import type { Refund, RefundQuote, RefundQuotes, RefundRequest } from './refund-schemas.ts'
import { valueOf } from './refund-value-rules.ts'

/** What a refund would give now. Throws the refusals of a refund. */
export async function quoteRefund(sql: Queryable, ticketNo: string, viewer: Viewer, now: Date): Promise<RefundQuote> {
  return (await quoteRefunds(sql, [ticketNo], viewer, now)).items[0]!
}

/** What tickets of one order would give now, refunded together. Throws the refusals of a refund. */
export async function quoteRefunds(
  sql: Queryable,
  ticketNos: readonly string[],
  viewer: Viewer,
  now: Date
): Promise<RefundQuotes> {
  const { asked, others } = await requireTickets(sql, ticketNos, viewer)
  const all = [...asked, ...others]
  const items = asked.map((ticket) => {
    const reason = causeOf(ticket, all)
    const fare = valueOf(ticket, asked, all)
    return {
      ticketNo: ticket.ticketNo,
      reason,
      terms: refundTermsOf(ticket.table),
      ...sumFor({ ticket, fare, reason }, viewer, now)
    }
  })
  return { items, fee: sumFen(items.map(({ fee }) => fee)), amount: sumFen(items.map(({ amount }) => amount)) }
}

export interface RefundPlacement {
  id: string
  request: RefundRequest
}

/** The same id with the same content is the same refund. Throws the refusals of a refund, refund-amount-changed and refund-id-reused. */
export async function refundTickets(
  paying: Paying,
  { id, request }: RefundPlacement,
  viewer: Viewer,
  now: Date
): Promise<Refund> {
  const digest = sm3(new TextEncoder().encode(canonicalJson([viewer.owner, request])))
  await transaction(paying.sql, async (tx) => {
    const { orderId } = (await requireTickets(tx, request.tickets, viewer)).asked[0]!
    await lockOrder(tx, orderId)
    const known = await findRefund(tx, id)
    if (known) {
      if (!equalConstantTime(known.requestDigest, digest)) throw refuse('refund-id-reused')
      return
    }
    const { asked, others } = await requireTickets(tx, request.tickets, viewer)
    const stated = request.void ? 'void' : request.overrule ? 'overrule' : null
    const all = [...asked, ...others]
    const causes = new Set(asked.map((ticket) => stated ?? causeOf(ticket, all)))
    const reason = causes.size === 1 ? [...causes][0]! : 'passenger'
    const items = asked.map((ticket) => {
      const fare = valueOf(ticket, asked, all)
      const cause = stated ?? causeOf(ticket, all)
      return { ticketNo: ticket.ticketNo, ...sumFor({ ticket, fare, reason: cause }, viewer, now) }
    })
    assertChildrenKeepAnAdult(others)
    assertVehiclesKeepTheirDriver(others)
    const amount = sumFen(items.map((item) => item.amount))
    if (amount !== request.amount) throw refuse('refund-amount-changed', { amount })
    const overrule = request.overrule ?? null
    await recordRefund(tx, { id, orderId, digest, reason, overrule, amount, items, actor: viewer.owner, askedAt: now })
  })
  await payRefunds(paying, now, id)
  return await showRefund(paying.sql, id, viewer)
}

/** Throws the refusal refund-not-found. */
export async function showRefund(sql: Queryable, id: string, viewer: Viewer): Promise<Refund> {
  const refund = await findRefund(sql, id)
  if (!refund || !(viewer.seesAll || refund.owner === viewer.owner)) throw refuse('refund-not-found')
  return refund
}

/** The asked tickets, all of one order the viewer may see, and the order's other coupons. */
async function requireTickets(sql: Queryable, ticketNos: readonly string[], { owner, seesAll }: Viewer) {
  const all = await findRefundables(sql, ticketNos[0]!)
  const asked = all.filter((ticket) => ticketNos.includes(ticket.ticketNo))
  if (asked.length !== ticketNos.length || !(seesAll || asked[0]!.owner === owner)) throw refuse('ticket-not-found')
  return { asked, others: all.filter((ticket) => !ticketNos.includes(ticket.ticketNo)) }
}

/**
 * Each leg by its own carrier: one that is cancelled comes back whole, the others by their rule. Under one contract for the whole way
 * a broken leg takes the others with it (CONNECTION_BROKEN).
 */
function causeOf(ticket: RefundableTicket, all: readonly RefundableTicket[]): 'passenger' | 'carrier' {
  if (isBroken(ticket)) return 'carrier'
  const own = all.filter(({ passenger }) => passenger === ticket.passenger)
  return ticket.contract === 'THROUGH' && own.some(isBroken) ? 'carrier' : 'passenger'
}

/** Under contracts of their own the carrier of a leg that runs answers for no connection. */
function isBroken({ departureState, feesWaived, state, contract, connectionBroken }: RefundableTicket): boolean {
  if (feesWaived || departureState === 'CANCELLED' || departureState === 'MISSED') return true
  return state === 'SUSPENDED' && !(connectionBroken && contract === 'COMBINED')
}

/** An open leg has no departure to be late for until its time is over. */
function secondsLeft({ departsAt, openUntil }: RefundableTicket, now: Date): number {
  if (departsAt) return (departsAt.getTime() - now.getTime()) / 1000
  return openUntil !== null && calendarDay(now) <= openUntil ? Infinity : -Infinity
}

const isEarlierDay = ({ departsAt }: RefundableTicket, now: Date): boolean =>
  departsAt === null || calendarDay(now) < calendarDay(departsAt)

/** `fare` is what the ticket is worth to the passenger who gives it back; a carrier who fails returns its share of what was paid. */
function sumFor(
  { ticket, fare, reason }: { ticket: RefundableTicket; fare: Fen; reason: RefundReason },
  viewer: Viewer,
  now: Date
): RefundSum {
  const fault =
    checkRefundable(ticket.state, reason) ??
    checkChanged(ticket, reason) ??
    (reason === 'void' ? checkVoid(ticket, viewer.owner, now) : null)
  if (fault) throw refuse(fault, { ticketNo: ticket.ticketNo })
  const { components, serviceFee: extras, fareKind, table } = ticket
  if (reason !== 'passenger') return fullRefund({ fare: ticket.fare, extras })
  const changed = ticket.changes > 0
  const checked = ticket.state === 'CHECKED'
  const about = { components, extras, fareKind, table, changed, checked }
  const when = { secondsLeft: secondsLeft(ticket, now), earlierDay: isEarlierDay(ticket, now) }
  const sum = passengerRefund({ ...about, ...when, fare })
  if (!sum) throw refuse('refund-closed', { ticketNo: ticket.ticketNo })
  return sum
}

/** An adult may not leave the free children of his order behind, on any leg. */
export function assertChildrenKeepAnAdult(
  staying: readonly Pick<RefundableTicket, 'state' | 'leg' | 'fareKind' | 'freeChildrenPerAdult'>[]
): void {
  for (const ofLeg of Map.groupBy(staying.filter(isTravelling), ({ leg }) => leg).values()) {
    const kinds = ofLeg.map(({ fareKind }) => fareKind)
    const fault = checkFreeChildren(ofLeg[0]!.freeChildrenPerAdult, kinds)
    if (fault) throw refuse(fault)
  }
}

/** A vehicle sails with the person who drives it. */
function assertVehiclesKeepTheirDriver(staying: readonly RefundableTicket[]): void {
  const travelling = staying.filter(isTravelling)
  const stay = new Set(travelling.map(({ position }) => position))
  if (travelling.some(({ driver }) => driver !== null && !stay.has(driver))) throw refuse('vehicle-needs-driver')
}

function isTravelling({ state }: Pick<RefundableTicket, 'state'>): boolean {
  return state === 'ISSUED' || state === 'CHECKED' || state === 'SUSPENDED'
}
