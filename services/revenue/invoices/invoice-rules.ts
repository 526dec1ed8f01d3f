// When a ticket may have an invoice, and how one comes and goes: NONE → REQUESTED → ISSUED → RED_REQUESTED → RED → (asked again, once)
// REISSUED (ticketing facts §6).

export const invoiceStates = ['NONE', 'REQUESTED', 'ISSUED', 'RED_REQUESTED', 'RED', 'REISSUED'] as const
export type InvoiceState = (typeof invoiceStates)[number]

/** Rail's rule (I3), taken for road and water too. */
export const invoiceDays = 180

export interface InvoicedTicket {
  couponState: string
  amount: number
  departsAt: Date
  state: InvoiceState
  attempt: number
}

/** Why there can be no (new) invoice; null when there can. */
export function checkMayInvoice({ couponState, amount, departsAt, state, attempt }: InvoicedTicket, now: Date) {
  if (state === 'RED' && attempt === 2) return 'invoice-made-twice'
  if (state !== 'NONE' && state !== 'RED') return 'invoice-stands'
  if (!['ISSUED', 'CHECKED', 'USED', 'NO_SHOW'].includes(couponState) || amount === 0) return 'ticket-not-invoiceable'
  return now.getTime() > departsAt.getTime() + invoiceDays * 86_400_000 ? 'invoice-closed' : null
}

/** Only an invoice that was made can be taken back. */
export function checkMayRedLetter(state: InvoiceState) {
  return state === 'ISSUED' || state === 'REISSUED' ? null : 'invoice-not-issued'
}
