// What a fare is made of: the base, what the station and the fuel take within it, and what comes on top of it.
import { fen, sumFen, type Fen } from '../../clearing/money.ts'
import type { PolicyTerms } from './policy-schemas.ts'

export type Channel = keyof PolicyTerms['serviceFees']

export interface FareParts {
  base: Fen
  stationFee: Fen
  fuelSurcharge: Fen
  /** On top of the fare. */
  serviceFee: Fen
  /** On top, and only when the passenger asked for it. */
  insurance: Fen
  total: Fen
}

type Terms = Pick<PolicyTerms, 'stationFee' | 'fuelSurcharge' | 'serviceFees' | 'insurancePremium'>

/** A free ticket has no parts. A fare smaller than its parts is station fee first. */
export function partsOf(
  fare: Fen,
  terms: Terms,
  { channel, insured }: { channel: Channel; insured: boolean }
): FareParts {
  const stationFee = fen(Math.min(terms.stationFee, fare))
  const fuelSurcharge = fen(Math.min(terms.fuelSurcharge, fare - stationFee))
  const serviceFee = fen(fare === 0 ? 0 : terms.serviceFees[channel])
  const insurance = fen(insured ? terms.insurancePremium : 0)
  const base = fen(fare - stationFee - fuelSurcharge)
  return { base, stationFee, fuelSurcharge, serviceFee, insurance, total: sumFen([fare, serviceFee, insurance]) }
}
