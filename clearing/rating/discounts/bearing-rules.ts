// Who bears what a discount takes off: operator, issuer and government by the shares of their agreement, rule by rule, to the fen.
import type { BusinessDay } from '../../business-day.ts'
import { allocate, fen, zeroFen, type Fen } from '../../money.ts'
import type { DiscountRule, PricedRide } from './price-ride-rules.ts'

export const bearers = ['operator', 'issuer', 'government'] as const
export type Bearer = (typeof bearers)[number]

/** Percent; they sum to 100. */
export type Shares = Record<Bearer, number>

export interface DiscountAgreement {
  id: number
  city: string
  /** Null: every operator of the city. */
  acquirer: number | null
  government: number
  validFrom: BusinessDay
  validTo: BusinessDay | null
  sample: boolean
  shares: Record<DiscountRule, Shares>
}

/** Each rule's discount is split by itself, the largest remainder first, so that the parts sum to what was taken off. */
export function bearingOf(steps: PricedRide['steps'], shares: DiscountAgreement['shares']): Record<Bearer, Fen> {
  const borne = { operator: zeroFen, issuer: zeroFen, government: zeroFen }
  for (const { rule, off } of steps) {
    const parts = allocate(
      off,
      bearers.map((bearer) => shares[rule][bearer])
    )
    for (const [index, bearer] of bearers.entries()) borne[bearer] = fen(borne[bearer] + parts[index]!)
  }
  return borne
}
