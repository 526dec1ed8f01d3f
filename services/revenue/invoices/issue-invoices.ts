// Asking for an invoice, taking it back, and the worker that gets the documents from the tax platform.
import { transaction, type Database } from '../../../clearing/database.ts'
import { fen } from '../../../clearing/money.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import { refuse } from '../../refusals.ts'
import type { Viewer } from '../../ticketing/show-order.ts'
import {
  claimDueInvoices,
  findInvoice,
  hasDueInvoices,
  listDocuments,
  lockCoupon,
  recordDocument,
  requestInvoice,
  requestRedLetter,
  type DueInvoice,
  type InvoiceRow
} from './invoice-queries.ts'
import { checkMayInvoice, checkMayRedLetter } from './invoice-rules.ts'
import type { Invoice, InvoiceRequest } from './invoice-schemas.ts'
import { simulatedTaxPlatform, type TaxPlatform } from './tax-platform.ts'

/** A simulated tax platform must not make invoices where they are real: there requests wait for an adapter of the port. */
export const issueInvoicesJob: Job = {
  name: 'issue-invoices',
  due: async ({ sql, config }, now) => (config.sample && (await hasDueInvoices(sql, now)) ? ['all'] : []),
  perform: async ({ sql }, _id, now) => await issueInvoices(sql, simulatedTaxPlatform(sql), now)
}

/** Throws the refusals ticket-not-found and those of invoice-rules.ts. Asking twice for the same is one request. */
export async function askInvoice(
  sql: Database,
  { ticketNo, request, viewer }: { ticketNo: string; request: InvoiceRequest; viewer: Viewer },
  now: Date
): Promise<Invoice> {
  const { title, taxNumber = null } = request
  await transaction(sql, async (tx) => {
    await lockCoupon(tx, ticketNo)
    const ticket = await requireOwn(tx, ticketNo, viewer)
    const repeated = ticket.title === title && ticket.taxNumber === taxNumber
    if (repeated && ['REQUESTED', 'ISSUED', 'REISSUED'].includes(ticket.state)) return
    const fault = checkMayInvoice(ticket, now)
    if (fault) throw refuse(fault)
    await requestInvoice(tx, { ticketNo, title, taxNumber, amount: ticket.amount }, now)
  })
  return await showInvoice(sql, ticketNo, viewer)
}

/** Throws the refusals ticket-not-found and invoice-not-issued. */
export async function askRedLetter(sql: Database, ticketNo: string, viewer: Viewer, now: Date): Promise<Invoice> {
  await transaction(sql, async (tx) => {
    await lockCoupon(tx, ticketNo)
    const { state } = await requireOwn(tx, ticketNo, viewer)
    if (state === 'RED_REQUESTED' || state === 'RED') return
    const fault = checkMayRedLetter(state)
    if (fault) throw refuse(fault)
    await requestRedLetter(tx, ticketNo, now)
  })
  return await showInvoice(sql, ticketNo, viewer)
}

/** Throws the refusal ticket-not-found. */
export async function showInvoice(sql: Database, ticketNo: string, viewer: Viewer): Promise<Invoice> {
  const { state, title, taxNumber, number } = await requireOwn(sql, ticketNo, viewer)
  return { ticketNo, state, title, taxNumber, number, documents: await listDocuments(sql, ticketNo) }
}

/** Asks the platform for what is due; what is not made yet is asked for again. */
export async function issueInvoices(sql: Database, platform: TaxPlatform, now: Date): Promise<void> {
  const due = await transaction(sql, async (tx) => await claimDueInvoices(tx, now, 100))
  for (const invoice of due) await makeDocument(sql, platform, { invoice, now })
}

async function makeDocument(
  sql: Database,
  platform: TaxPlatform,
  { invoice, now }: { invoice: DueInvoice; now: Date }
): Promise<void> {
  const { ticketNo, state, attempt, title, taxNumber, journey } = invoice
  const reverses = state === 'RED_REQUESTED' ? invoice.number : null
  const original = (await listDocuments(sql, ticketNo)).find(({ number }) => number === reverses)
  const amount = original ? fen(0 - original.amount) : invoice.amount
  const key = `${ticketNo}.${attempt}.${reverses === null ? 'blue' : 'red'}`
  const made = await platform.make({ key, title, taxNumber, amount, reverses, journey }, now)
  if (!made) return
  const document = { ...made, ticketNo, reverses, title, taxNumber, amount, journey }
  await transaction(sql, async (tx) => await recordDocument(tx, document))
}

async function requireOwn(
  sql: Parameters<typeof findInvoice>[0],
  ticketNo: string,
  { owner, seesAll }: Viewer
): Promise<InvoiceRow> {
  const ticket = await findInvoice(sql, ticketNo)
  if (!ticket || !(seesAll || ticket.owner === owner)) throw refuse('ticket-not-found')
  return ticket
}
