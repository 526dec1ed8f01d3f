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

interface Sale {
  owner: string
  issuedAt: Date
  voidMinutes: number
  /** The money of the sale was counted at the close of a shift (交班). */
  handedOver: boolean
}

/** A seller may void his own sale for some minutes (废票), in the same shift; anything later is a refund (parameter 1401). */
export function checkVoid({ owner, issuedAt, voidMinutes, handedOver }: Sale, actor: string, now: Date) {
  const late = now.getTime() > issuedAt.getTime() + voidMinutes * 60_000
  if (late || owner !== actor) return 'void-closed'
  return handedOver ? 'void-handed-over' : null
}
