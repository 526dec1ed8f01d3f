// What an adjustment comes to: late files and corrections netted together, with the fees of disputes, and signed nets as statements show them.
import { feePayer } from '../disputes/dispute-rules.ts'
import type { RunLine } from '../disputes/dispute-queries.ts'
import { addExact, fen, roundExact, sumFen, type Fen } from '../money.ts'
import { atAccounts, type AccountOf } from '../participants/route-rules.ts'
import { net, type Netting, type Position, type RatedTotal } from '../settlement/net-rules.ts'
import type { RunPosition } from './adjustment-queries.ts'

/** A correction counts as a total of its own: rated, of no new transaction, and negative when something is taken back. */
export function netAdjustment(
  totals: readonly RatedTotal[],
  corrections: readonly RunLine[],
  { centre, accountOf }: { centre: number; accountOf: AccountOf }
): Netting {
  const corrected = corrections.map((line): RatedTotal => ({
    acquirer: line.acquirer,
    issuer: line.issuer,
    service: line.service,
    agreement: line.agreement,
    transactions: 0,
    entries: 0,
    amount: line.amount,
    price: line.amount,
    fee: line.fee,
    acquirerFee: line.acquirerFee,
    issuerFee: line.issuerFee
  }))
  const netting = net(atAccounts([...totals, ...corrected], accountOf), centre)
  const fees = disputeFees(atAccounts(corrections, accountOf))
  const all = sumFen(fees.values())
  const positions = netting.positions.map((position) =>
    position.participant === centre
      ? { ...position, income: fen(position.income + all) }
      : { ...position, expense: fen(position.expense + (fees.get(position.participant) ?? 0)) }
  )
  return { positions, obligations: [], centreFees: fen(netting.centreFees + all) }
}

/** What each pays for disputes that went against it, rounded once. */
function disputeFees(corrections: readonly RunLine[]): Map<number, Fen> {
  const byPayer = Map.groupBy(corrections, ({ originalAmount: amount, ...line }) => feePayer({ ...line, amount }))
  return new Map(
    [...byPayer].map(([payer, lines]) => [payer, roundExact(addExact(...lines.map((line) => line.disputeFee)))])
  )
}

export function positionsOf(nets: readonly RunPosition[]): Position[] {
  return nets.map(({ participant, net }) => ({
    participant,
    income: fen(Math.max(net, 0)),
    expense: fen(Math.max(0 - net, 0))
  }))
}
