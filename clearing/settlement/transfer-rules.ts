// Money that changes hands beside the purchases of a day, such as loads: added to the netting as it is, whole fen and free of fees.
import { fen, zeroFen } from '../money.ts'
import type { Netting, Obligation, Position } from './net-rules.ts'

/** Each transfer is the payer's expense and the payee's income; positions stay one per participant, obligations one per pair. */
export function withTransfers(netting: Netting, transfers: readonly Obligation[]): Netting {
  if (transfers.length === 0) return netting
  const positions = new Map<number, Position>(netting.positions.map((each) => [each.participant, { ...each }]))
  const obligations = new Map(netting.obligations.map((each) => [pairOf(each), { ...each }]))
  const of = (participant: number): Position =>
    positions.getOrInsertComputed(participant, () => ({ participant, income: zeroFen, expense: zeroFen }))
  for (const { payer, payee, amount } of transfers) {
    const [from, to] = [of(payer), of(payee)]
    from.expense = fen(from.expense + amount)
    to.income = fen(to.income + amount)
    const pair = { payer, payee, amount: zeroFen }
    const obligation = obligations.getOrInsertComputed(pairOf(pair), () => pair)
    obligation.amount = fen(obligation.amount + amount)
  }
  return { ...netting, positions: [...positions.values()], obligations: [...obligations.values()] }
}

function pairOf({ payer, payee }: Pick<Obligation, 'payer' | 'payee'>): string {
  return `${payer} ${payee}`
}
