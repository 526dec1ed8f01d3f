// From rated totals to money (card.md §2.7, §2.10): each participant's income and expense, rounded once; the centre takes
// what is left, so the day sums to zero; and the same money pair by pair, which adds up to the positions by construction.
import {
  addExact,
  fen,
  roundExact,
  subtractExact,
  sumFen,
  zeroExactFen,
  zeroFen,
  type ExactFen,
  type Fen
} from '../money.ts'
import { centreFee, type Fee } from '../rating/fee-rules.ts'

/** One acquirer × issuer × service of a day. */
export interface AgreementTotal {
  acquirer: number
  issuer: number
  service: number
  /** Fare-bearing transactions. */
  transactions: number
  /** Metro entries: counted, never money. */
  entries: number
  amount: Fen
  /** Before discount. */
  price: Fen
}

export interface RatedTotal extends AgreementTotal, Fee {
  agreement: number
}

export interface Position {
  participant: number
  income: Fen
  expense: Fen
}

export interface Obligation {
  payer: number
  payee: number
  amount: Fen
}

export interface Netting {
  positions: Position[]
  obligations: Obligation[]
  /** The centre's own fees, rounded once; the rest of its position is what rounding the others left over. */
  centreFees: Fen
}

export function net(totals: readonly RatedTotal[], centre: number): Netting {
  const incomes = sumBy(totals, (total) => total.acquirer, acquirerIncome)
  const expenses = sumBy(totals, (total) => total.issuer, issuerExpense)
  const members = [...new Set([...incomes.keys(), ...expenses.keys()])].sort((a, b) => a - b)
  const positions = members.map((participant) => ({
    participant,
    income: roundExact(incomes.get(participant) ?? zeroExactFen),
    expense: roundExact(expenses.get(participant) ?? zeroExactFen)
  }))
  const rest = fen(sumFen(positions.map((p) => p.expense)) - sumFen(positions.map((p) => p.income)))
  positions.push({ participant: centre, income: fen(Math.max(rest, 0)), expense: fen(Math.max(0 - rest, 0)) })
  return {
    positions,
    obligations: obligationsOf(totals, positions, centre),
    centreFees: roundExact(addExact(...totals.map(centreFee)))
  }
}

/** Throws when the money does not add up: nothing may be posted then. */
export function assertBalanced({ positions, obligations }: Netting): void {
  const open = new Map(positions.map((p) => [p.participant, p.income - p.expense]))
  if (sumFen(positions.map(netOf)) !== 0) throw new Error('the positions of the day do not sum to zero')
  for (const { payer, payee, amount } of obligations) {
    open.set(payee, (open.get(payee) ?? 0) - amount)
    open.set(payer, (open.get(payer) ?? 0) + amount)
  }
  for (const [participant, difference] of open)
    if (difference !== 0) throw new Error(`the obligations of participant ${participant} are off by ${difference} fen`)
}

export function netOf(position: Position): Fen {
  return fen(position.income - position.expense)
}

function acquirerIncome(total: RatedTotal): ExactFen {
  return addExact(subtractExact(total.amount, total.fee), total.acquirerFee)
}

function issuerExpense(total: RatedTotal): ExactFen {
  return subtractExact(total.amount, total.issuerFee)
}

/**
 * Issuers pay acquirers; what an issuer's rounded expense leaves goes to the centre (or comes from it, when rounding turned
 * that way). Each acquirer's rounded income is cut along the running total of its issuers, so its parts add up to it.
 */
function obligationsOf(totals: readonly RatedTotal[], positions: readonly Position[], centre: number): Obligation[] {
  const owed = new Map(positions.map((p) => [p.participant, p.expense as number]))
  const obligations: Obligation[] = []
  for (const [acquirer, group] of Map.groupBy(totals, (total) => total.acquirer)) {
    const byIssuer = sumBy(group, (total) => total.issuer, acquirerIncome)
    let running = zeroExactFen
    let paid = zeroFen
    for (const [issuer, income] of [...byIssuer].sort(([a], [b]) => a - b)) {
      running = addExact(running, income)
      const amount = fen(roundExact(running) - paid)
      paid = fen(paid + amount)
      owed.set(issuer, owed.get(issuer)! - amount)
      obligations.push({ payer: issuer, payee: acquirer, amount })
    }
  }
  for (const { participant } of positions) {
    const amount = owed.get(participant)!
    if (participant === centre) continue
    obligations.push({
      payer: amount > 0 ? participant : centre,
      payee: amount > 0 ? centre : participant,
      amount: fen(Math.abs(amount))
    })
  }
  // One company may hold both roles under one code; it owes itself nothing.
  return obligations.filter(({ payer, payee, amount }) => amount > 0 && payer !== payee)
}

function sumBy<Total>(totals: Iterable<Total>, key: (t: Total) => number, amount: (t: Total) => ExactFen) {
  const sums = new Map<number, ExactFen>()
  for (const total of totals) sums.set(key(total), addExact(sums.get(key(total)) ?? zeroExactFen, amount(total)))
  return sums
}
