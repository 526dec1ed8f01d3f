// The life of a coupon (票联), one passenger on one departure: which event leads from which states to which (ticketing facts §1.8).

export const couponStates = [
  'HELD',
  'RELEASED',
  'ISSUED',
  'CHECKED',
  'USED',
  'NO_SHOW',
  'SUSPENDED',
  'CHANGED',
  'REFUNDING',
  'REFUNDED',
  'VOIDED',
  'EXPIRED'
] as const
export type CouponState = (typeof couponStates)[number]

/** A ticket exists from its issue on (Civil Code 814); before that there is only a held place. */
export function isTicket(state: CouponState): boolean {
  return state !== 'HELD' && state !== 'RELEASED'
}

export type RefundReason = 'passenger' | 'carrier' | 'overrule' | 'void'

/** Why a coupon cannot be refunded or voided in its state; null when it can. */
export function checkRefundable(state: CouponState, reason: RefundReason) {
  switch (state) {
    case 'ISSUED':
      return null
    case 'NO_SHOW':
    case 'SUSPENDED':
      return reason === 'void' ? 'ticket-not-refundable' : null
    case 'CHECKED':
    case 'USED':
      return 'ticket-already-checked'
    case 'REFUNDING':
    case 'REFUNDED':
    case 'VOIDED':
      return 'already-refunded'
    case 'HELD':
    case 'RELEASED':
      return 'ticket-not-found'
    case 'CHANGED':
    case 'EXPIRED':
      return 'ticket-not-refundable'
  }
}

interface ChangedTerms {
  changes: number
  changedRefundable: boolean
  changedVoidable: boolean
}

/** Parameters 1037 and 1038: whether a ticket that was changed may still be refunded on request, or voided. */
export function checkChanged({ changes, changedRefundable, changedVoidable }: ChangedTerms, reason: RefundReason) {
  if (changes === 0) return null
  if (reason === 'passenger' && !changedRefundable) return 'changed-not-refundable'
  return reason === 'void' && !changedVoidable ? 'changed-not-refundable' : null
}

/** A seller may void his own sale for some minutes (废票); anything later is a refund. */
export function checkVoid(sale: { owner: string; issuedAt: Date; voidMinutes: number }, actor: string, now: Date) {
  const late = now.getTime() > sale.issuedAt.getTime() + sale.voidMinutes * 60_000
  return late || sale.owner !== actor ? 'void-closed' : null
}
