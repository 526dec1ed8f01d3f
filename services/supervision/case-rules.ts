// The life of a case (12328 style): who may do what to it in which state, and when it is late.

export const caseKinds = ['complaint', 'claim', 'enquiry', 'suggestion'] as const
export type CaseKind = (typeof caseKinds)[number]

export const caseSubjects = [
  'overcharge',
  'missed-connection',
  'delay',
  'cancellation',
  'refund',
  'staff',
  'safety',
  'cleanliness',
  'luggage',
  'sale',
  'other'
] as const
export type CaseSubject = (typeof caseSubjects)[number]

export const caseStates = ['RECEIVED', 'REFUSED', 'ACCEPTED', 'TRANSFERRED', 'ANSWERED', 'CLOSED', 'WITHDRAWN'] as const
export type CaseState = (typeof caseStates)[number]

/** What staff do, and what the person who opened the case does. */
export const staffSteps = ['accept', 'refuse', 'transfer', 'answer'] as const
export const ownerSteps = ['close', 'reopen', 'withdraw'] as const
export type StaffStep = (typeof staffSteps)[number]
export type OwnerStep = (typeof ownerSteps)[number]
export type CaseStep = StaffStep | OwnerStep

/** A case that was answered may be taken up again this long; after it, it closes by itself. */
export const reopenDays = 7

const ways: Record<CaseStep, { from: readonly CaseState[]; to: CaseState }> = {
  accept: { from: ['RECEIVED'], to: 'ACCEPTED' },
  refuse: { from: ['RECEIVED'], to: 'REFUSED' },
  transfer: { from: ['ACCEPTED', 'TRANSFERRED'], to: 'TRANSFERRED' },
  answer: { from: ['ACCEPTED', 'TRANSFERRED'], to: 'ANSWERED' },
  close: { from: ['ANSWERED'], to: 'CLOSED' },
  reopen: { from: ['ANSWERED'], to: 'ACCEPTED' },
  withdraw: { from: ['RECEIVED', 'ACCEPTED', 'TRANSFERRED'], to: 'WITHDRAWN' }
}

/** The state the step leads to, or null when the case is not where the step begins. */
export function stateAfter(state: CaseState, step: CaseStep): CaseState | null {
  return ways[step].from.includes(state) ? ways[step].to : null
}

/** Which deadline the case has missed, if any; an answered case has none. */
export function missedDeadline(
  { state, acceptBy, answerBy }: { state: CaseState; acceptBy: Date; answerBy: Date },
  now: Date
): 'accept' | 'answer' | null {
  if (state === 'RECEIVED' && now > acceptBy) return 'accept'
  if (['RECEIVED', 'ACCEPTED', 'TRANSFERRED'].includes(state) && now > answerBy) return 'answer'
  return null
}

/** Money on a ticket whose journey is over: what may still be given back of what was paid. Null when the ticket is not that far. */
export function claimableOf({ state, paid, claimed }: { state: string; paid: number; claimed: number }): number | null {
  return ['CHECKED', 'USED', 'NO_SHOW', 'EXPIRED'].includes(state) ? paid - claimed : null
}

/** Fen of fare above its ceiling; 0 when there is none or the fare keeps it. */
export function overcharge({ fare, ceiling }: { fare: number; ceiling: number | null }): number {
  return ceiling === null ? 0 : Math.max(0, fare - ceiling)
}
