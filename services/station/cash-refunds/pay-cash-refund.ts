// Handing back at a window what was paid in cash for a departure that did not leave: the passenger's document is looked at, the money
// comes out of the drawer of an open shift, and it is the refund anybody would get. Two clerks at once pay once.
import { calendarDay } from '../../../clearing/business-day.ts'
import type { Queryable } from '../../../clearing/database.ts'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import { findOpenShift } from '../../counter/shift-queries.ts'
import { checkDocument, type IdentityDocument } from '../../identity/document-rules.ts'
import { digestDocument, openIdentity, showIdentity } from '../../identity/seal-identity.ts'
import { refuse } from '../../refusals.ts'
import type { Paying } from '../../ticketing/pay-order.ts'
import { findRefund } from '../../ticketing/refunds/refund-queries.ts'
import type { Refund } from '../../ticketing/refunds/refund-schemas.ts'
import { refundTickets } from '../../ticketing/refunds/refund-tickets.ts'
import type { Viewer } from '../../ticketing/show-order.ts'
import {
  areTicketsOf,
  findWaitingOf,
  findWaitingRefunds,
  sumWaitingRefunds,
  type WaitingRow
} from './cash-refund-queries.ts'
import type { CashRefundRequest, WaitingRefund } from './cash-refund-schemas.ts'

export async function listWaitingRefunds(sql: Queryable, keys: KeyStore, place: string) {
  const [totals, rows] = [await sumWaitingRefunds(sql, place), await findWaitingRefunds(sql, place)]
  return { ...totals, refunds: await Promise.all(rows.map(async (row) => await shown(keys, row))) }
}

/** What these documents may take away now. Throws the refusals of a document. */
export async function searchWaitingRefunds(
  sql: Queryable,
  keys: KeyStore,
  documents: readonly IdentityDocument[],
  now: Date
): Promise<WaitingRefund[]> {
  const rows = await findWaitingOf(sql, await digestsOf(keys, documents, now))
  return await Promise.all(rows.map(async (row) => await shown(keys, row)))
}

/**
 * The same id with the same content is the same refund, also after the shift was handed over. Throws shift-required,
 * cash-refund-documents, the refusals of a document and those of a refund.
 */
export async function payCashRefund(
  { sql, gateways, keys }: Paying & { keys: KeyStore },
  { id, request }: { id: string; request: CashRefundRequest },
  viewer: Viewer,
  now: Date
): Promise<Refund> {
  const { tickets, documents, amount } = request
  const digests = await digestsOf(keys, documents, now)
  if (!(await areTicketsOf(sql, tickets, digests))) throw refuse('cash-refund-documents')
  const isNew = (await findRefund(sql, id)) === null
  if (isNew && (await findOpenShift(sql, viewer.owner)) === null) throw refuse('shift-required')
  return await refundTickets({ sql, gateways }, { id, request: { tickets, amount } }, viewer, now)
}

async function digestsOf(keys: KeyStore, documents: readonly IdentityDocument[], now: Date): Promise<Uint8Array[]> {
  const digests: Uint8Array[] = []
  for (const document of documents) {
    const fault = checkDocument(document, calendarDay(now))
    if (fault) throw refuse(fault)
    digests.push(await digestDocument(keys, document))
  }
  return digests
}

async function shown(keys: KeyStore, { identity, position, ...row }: WaitingRow): Promise<WaitingRefund> {
  const { ticketNo, orderId, departure, lineName, departsAt, place, amount, ownDocument, stoppedAt, cause } = row
  const passenger = showIdentity(await openIdentity(keys, identity, `${orderId}:${position}`), 'public')
  return { ticketNo, orderId, departure, lineName, departsAt, place, passenger, amount, ownDocument, stoppedAt, cause }
}
