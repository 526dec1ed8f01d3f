// The one port to a carrier whose places we do not keep: rail, air, a neighbouring province. Every call carries our key and may be
// repeated; an answer that does not come is 'unknown' and is asked for again, never guessed.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Fen } from '../../../clearing/money.ts'
import type { FareKind } from '../fare-rules.ts'
import type { PartnerOffer } from './partner-leg-schemas.ts'

export interface PartnerBooking {
  key: string
  offer: string
  /** In the order's order; the partner sells by real name as we do. */
  passengers: { name: string; document: { kind: string; number: string } | null; fareKind: FareKind }[]
}

type Unknown = { outcome: 'unknown' }
type Locked = { outcome: 'locked'; fares: Fen[]; price: Fen; seats: string[]; lockedUntil: Date }
type Confirmed = { outcome: 'confirmed'; price: Fen; seats: string[]; tickets: string[] }
type Cancelled = { outcome: 'cancelled'; fee: Fen }
/** It knows of no such booking. */
type Absent = { outcome: 'absent' }
type Refused = { outcome: 'refused'; reason: string }

export type LockAnswer = Locked | Refused | Unknown
export type ConfirmAnswer = Confirmed | Refused | Unknown
export type CancelAnswer = Cancelled | Absent | Refused | Unknown
export type QueryAnswer = Locked | Confirmed | Cancelled | Absent | Unknown

export interface PartnerPort {
  offers(asked: { from: string; to: string; day: BusinessDay }): Promise<PartnerOffer[]>
  offer(id: string): Promise<PartnerOffer | null>
  lock(booking: PartnerBooking, now: Date): Promise<LockAnswer>
  confirm(key: string, now: Date): Promise<ConfirmAnswer>
  cancel(key: string, now: Date): Promise<CancelAnswer>
  query(key: string, now: Date): Promise<QueryAnswer>
}

/** By partner code. */
export type Partners = Readonly<Record<string, PartnerPort>>

/** A partner that is slow, or whose line breaks, has said nothing; what it did is found out by asking. */
export async function withinBudget<Answer>(call: Promise<Answer>, budgetMs: number): Promise<Answer | Unknown> {
  const unknown: Unknown = { outcome: 'unknown' }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Unknown>((done) => {
    timer = setTimeout(() => done(unknown), budgetMs)
  })
  try {
    return await Promise.race([call.catch(() => unknown), late])
  } finally {
    clearTimeout(timer)
  }
}

export const answerBudgetMs = 3_000
