// Orders and tickets as their owner, or a clerk, may see them: names and numbers opened only to be masked.
import type { KeyStore } from '../../card-crypto/key-store.ts'
import type { Queryable } from '../../clearing/database.ts'
import { holdsPermit } from '../access/permit-rules.ts'
import type { Session } from '../access/sign-in.ts'
import type { Channel } from '../fares/fare-parts-rules.ts'
import type { Audience } from '../identity/masking-rules.ts'
import { digestDocument, openIdentity, showIdentity } from '../identity/seal-identity.ts'
import type { IdentityDocument } from '../identity/document-rules.ts'
import { refuse } from '../refusals.ts'
import { findBrokenConnections } from './connections/connection-queries.ts'
import { summaryOf } from './connections/connection-rules.ts'
import { isTicket } from './coupon-rules.ts'
import { findOrderRows, findOrdersOf, findTicketRow, findTicketsOfDocument, type OrderRow } from './order-queries.ts'
import { findJourneyLegs, shownLeg } from './partner-legs/partner-leg-queries.ts'
import type { Coupon, Order, Ticket } from './ticketing-schemas.ts'

type Parts = { sql: Queryable; keys: KeyStore }

export interface Viewer {
  /** 'role:account' of the session. */
  owner: string
  /** May see everybody's orders. */
  seesAll: boolean
  /** Whose service fee he pays; the web's when nothing is said. */
  channel?: Channel
}

type Asker = Pick<Session, 'role' | 'accountId' | 'channelKind'>

export function viewerOf(session: Asker): Viewer {
  const { role, accountId } = session
  return {
    owner: `${role}:${accountId}`,
    seesAll: holdsPermit(role, 'read-any-order'),
    channel: sellsThrough(session)
  }
}

/** How a session sells, as service fees go: clerks and channels of windows at the counter, passengers by themselves on the web. */
export function sellsThrough({ role, channelKind }: Pick<Session, 'role' | 'channelKind'>): Channel {
  if (channelKind !== undefined) return channelKind === 'window' ? 'counter' : channelKind
  return holdsPermit(role, 'sell-at-counter') ? 'counter' : 'web'
}

/** Throws the refusal order-not-found; another's order is not found either. */
export async function showOrder({ sql, keys }: Parts, id: string, viewer: Viewer): Promise<Order> {
  const rows = await findOrderRows(sql, id)
  if (!rows[0] || !maySee(rows[0], viewer)) throw refuse('order-not-found')
  return await orderOf({ sql, keys }, rows, audienceOf(viewer))
}

export async function showOrdersOf({ sql, keys }: Parts, viewer: Viewer): Promise<Order[]> {
  const byOrder = Map.groupBy(await findOrdersOf(sql, viewer.owner), ({ id }) => id)
  return await Promise.all([...byOrder.values()].map((rows) => orderOf({ sql, keys }, rows, audienceOf(viewer))))
}

/** Throws the refusal ticket-not-found. */
export async function showTicket({ sql, keys }: Parts, ticketNo: string, viewer: Viewer): Promise<Ticket> {
  const row = await requireTicketRow(sql, ticketNo, viewer)
  return await ticketOf(keys, row, audienceOf(viewer))
}

/** For a clerk: the live tickets of whoever stands at the window with this document. */
export async function showTicketsOfDocument({ sql, keys }: Parts, document: IdentityDocument): Promise<Ticket[]> {
  const rows = await findTicketsOfDocument(sql, await digestDocument(keys, document))
  return await Promise.all(rows.map((row) => ticketOf(keys, row, 'staff')))
}

/** Throws the refusal ticket-not-found; a held place is no ticket yet, and another's ticket is not found. */
export async function requireTicketRow(sql: Queryable, ticketNo: string, viewer: Viewer): Promise<OrderRow> {
  const row = await findTicketRow(sql, ticketNo)
  if (!row || !isTicket(row.couponState) || !maySee(row, viewer)) throw refuse('ticket-not-found')
  return row
}

function maySee(row: OrderRow, { owner, seesAll }: Viewer): boolean {
  return seesAll || row.owner === owner
}

export const audienceOf = ({ seesAll }: Viewer): Audience => (seesAll ? 'staff' : 'public')

export async function showTicketRow(keys: KeyStore, row: OrderRow, viewer: Viewer): Promise<Ticket> {
  return await ticketOf(keys, row, audienceOf(viewer))
}

async function orderOf({ sql, keys }: Parts, rows: OrderRow[], audience: Audience): Promise<Order> {
  const { id, state, ride, total, holdUntil, placedAt, issuedAt, journeyNumber, contract } = rows[0]!
  const legs = [...new Map(rows.map((row) => [row.leg, row.ride])).values()]
  const coupons = await Promise.all(rows.map((row) => couponOf(keys, row, audience)))
  const order = { id, state, ride, legs, journeyNumber, contract, total, holdUntil, placedAt, issuedAt, coupons }
  // A single ticket has nothing to connect to, and asks for nothing here.
  if (journeyNumber === null) return { ...order, partnerLegs: [], connections: [] }
  const partnerLegs = (await findJourneyLegs(sql, id)).map(shownLeg)
  return { ...order, partnerLegs, connections: (await findBrokenConnections(sql, journeyNumber)).map(summaryOf) }
}

async function ticketOf(keys: KeyStore, row: OrderRow, audience: Audience): Promise<Ticket> {
  return { ...(await couponOf(keys, row, audience)), ticketNo: row.ticketNo, orderId: row.id, ride: row.ride }
}

async function couponOf(keys: KeyStore, row: OrderRow, audience: Audience): Promise<Coupon> {
  const { couponState: state, seat, cabin, fareKind, fare, serviceFee, leg, vehicle } = row
  const identity = await openIdentity(keys, row.identity, `${row.id}:${row.position}`)
  const ticketNo = isTicket(state) ? row.ticketNo : null
  const passenger = showIdentity(identity, audience)
  return { ticketNo, state, passenger, seat, cabin, fareKind, fare, serviceFee, leg, vehicle }
}
