// The fee of card transactions under an agreement (card.md §2.10): fee = amount × charge rate, of which the acquirer and the
// issuer get their shares and the centre the rest. All exact, at most 7 places of a fen; only totals are ever rounded.
import { exactShare, subtractExact, type ExactFen, type Fen } from '../money.ts'

export interface FeeRates {
  chargeRate: string
  acquirerShare: string
  issuerShare: string
}

export interface Fee {
  fee: ExactFen
  acquirerFee: ExactFen
  issuerFee: ExactFen
}

/** Linear in the amount, so the fee of a sum is the sum of the fees: a total may be rated instead of its lines. */
export function feeFor(amount: Fen, rates: FeeRates): Fee {
  return {
    fee: exactShare(amount, rates.chargeRate),
    acquirerFee: exactShare(amount, rates.chargeRate, rates.acquirerShare),
    issuerFee: exactShare(amount, rates.chargeRate, rates.issuerShare)
  }
}

/** What the two shares leave to the centre. */
export function centreFee(fee: Fee): ExactFen {
  return subtractExact(fee.fee, fee.acquirerFee, fee.issuerFee)
}
