// What a partner leg costs, what its refund costs, and what an answer of the partner means for what was agreed.
import { applyRate, fen, sumFen, zeroFen, type Fen } from '../../../clearing/money.ts'
import type { FareKind } from '../fare-rules.ts'
import type { ConfirmAnswer, QueryAnswer } from './partner-port.ts'
import type { PartnerLegRequest, PartnerOffer } from './partner-leg-schemas.ts'

/** A free child travels on his adult's seat there too. */
export function partnerFares(
  { fullFare, halfFare }: Pick<PartnerOffer, 'fullFare' | 'halfFare'>,
  kinds: readonly FareKind[]
): Fen[] {
  const price = { full: fen(fullFare), half: fen(halfFare), free: zeroFen }
  return kinds.map((kind) => price[kind])
}

/** Null when nothing comes back any more. */
export function partnerRefund(
  { refundTiers, departsAt }: Pick<PartnerOffer, 'refundTiers' | 'departsAt'>,
  fares: readonly Fen[],
  now: Date
): { fee: Fen; amount: Fen } | null {
  const left = (departsAt.getTime() - now.getTime()) / 1000
  const tier = refundTiers
    .toSorted((a, b) => b.atLeastSeconds - a.atLeastSeconds)
    .find(({ atLeastSeconds }) => left >= atLeastSeconds)
  if (!tier) return null
  const fee = sumFen(fares.map((fare) => applyRate(fare, tier.rate)))
  return { fee, amount: fen(sumFen(fares) - fee) }
}

export const undoneTerms =
  '全程未能全部出票时，票款全额退还，合作方收取的手续费由平台向其追偿；旅客自行退票，按所列手续费由旅客承担'

/** One partner leg before ours and one after at most. */
export function checkSides(legs: readonly PartnerLegRequest[]): boolean {
  return new Set(legs.map(({ side }) => side)).size === legs.length
}

export interface Agreed {
  price: Fen
  passengers: number
  seats: readonly string[]
}

export type Verdict =
  | { is: 'confirmed'; seats: string[]; tickets: string[]; otherSeat: boolean }
  | { is: 'other-price'; price: Fen }
  | { is: 'none'; said: string }
  | { is: 'waiting' }

/**
 * What an answer to a confirmation, or a question about it, comes to. Another seat is a seat; another price is not what was agreed, and
 * the journey is undone rather than paid for twice. `fresh` while it may still be confirmed from its lock.
 */
export function judgeConfirmation(answer: ConfirmAnswer | QueryAnswer, agreed: Agreed): Verdict {
  switch (answer.outcome) {
    case 'confirmed':
      if (answer.price !== agreed.price) return { is: 'other-price', price: answer.price }
      if (answer.tickets.length !== agreed.passengers) return { is: 'none', said: 'tickets missing' }
      return {
        is: 'confirmed',
        seats: answer.seats,
        tickets: answer.tickets,
        otherSeat: answer.seats.join() !== agreed.seats.join()
      }
    case 'refused':
      return { is: 'none', said: answer.reason }
    case 'cancelled':
    case 'absent':
      return { is: 'none', said: answer.outcome }
    case 'locked':
    case 'unknown':
      return { is: 'waiting' }
  }
}

/** Contradictions in a row before we believe that a partner has lost what it confirmed. */
export const doubtsMax = 3

/** Seconds until the next question after so many in vain. */
export function patience(asked: number): number {
  return Math.min(2 * 2 ** Math.min(asked, 8), 300)
}
