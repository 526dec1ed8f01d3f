// Orders and tickets as their owner, or a clerk, may see them: names and numbers opened only to be masked.
import type { KeyStore } from '../../card-crypto/key-store.ts'
import type { Queryable } from '../../clearing/database.ts'
import { holdsPermit } from '../access/permit-rules.ts'
import type { Session } from '../access/sign-in.ts'
import type { Audience } from '../identity/masking-rules.ts'
import { digestDocument, openIdentity, showIdentity } from '../identity/seal-identity.ts'
import type { IdentityDocument } from '../identity/document-rules.ts'
import { refuse } from '../refusals.ts'
import { isTicket } from './coupon-rules.ts'
import { findOrderRows, findOrdersOf, findTicketRow, findTicketsOfDocument, type OrderRow } from './order-queries.ts'
import type { Coupon, Order, Ticket } from './ticketing-schemas.ts'

type Parts = { sql: Queryable; keys: KeyStore }

export interface Viewer {
  /** 'role:account' of the session. */
  owner: string
  /** May see everybody's orders. */
  seesAll: boolean
}

export function viewerOf({ role, accountId }: Pick<Session, 'role' | 'accountId'>): Viewer {
  return { owner: `${role}:${accountId}`, seesAll: holdsPermit(role, 'read-any-order') }
}

/** Throws the refusal order-not-found; another's order is not found either. */
export async function showOrder({ sql, keys }: Parts, id: string, viewer: Viewer): Promise<Order> {
  const rows = await findOrderRows(sql, id)
  if (!rows[0] || !maySee(rows[0], viewer)) throw refuse('order-not-found')
  return await orderOf(keys, rows, audienceOf(viewer))
}

export async function showOrdersOf({ sql, keys }: Parts, viewer: Viewer): Promise<Order[]> {
  const byOrder = Map.groupBy(await findOrdersOf(sql, viewer.owner), ({ id }) => id)
  return await Promise.all([...byOrder.values()].map((rows) => orderOf(keys, rows, audienceOf(viewer))))
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

const audienceOf = ({ seesAll }: Viewer): Audience => (seesAll ? 'staff' : 'public')

async function orderOf(keys: KeyStore, rows: OrderRow[], audience: Audience): Promise<Order> {
  const { id, state, ride, total, holdUntil, placedAt, issuedAt, journeyNumber, contract } = rows[0]!
  const legs = [...new Map(rows.map((row) => [row.leg, row.ride])).values()]
  const coupons = await Promise.all(rows.map((row) => couponOf(keys, row, audience)))
  return { id, state, ride, legs, journeyNumber, contract, total, holdUntil, placedAt, issuedAt, coupons }
}

async function ticketOf(keys: KeyStore, row: OrderRow, audience: Audience): Promise<Ticket> {
  return { ...(await couponOf(keys, row, audience)), ticketNo: row.ticketNo, orderId: row.id, ride: row.ride }
}

async function couponOf(keys: KeyStore, row: OrderRow, audience: Audience): Promise<Coupon> {
  const { couponState: state, seat, fareKind, fare, serviceFee, leg, vehicle } = row
  const identity = await openIdentity(keys, row.identity, `${row.id}:${row.position}`)
  const ticketNo = isTicket(state) ? row.ticketNo : null
  const passenger = showIdentity(identity, audience)
  return { ticketNo, state, passenger, seat, fareKind, fare, serviceFee, leg, vehicle }
}
