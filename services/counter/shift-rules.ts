// What a drawer must hold: the cash it was opened with, what was taken in cash since, less what was paid out in cash.
import { fen, sumFen, type Fen } from '../../clearing/money.ts'

export interface MovementTotal {
  kind: 'sale' | 'refund'
  gateway: string
  reason: string
  tickets: number
  amount: Fen
}

/** What the terminals must say: everything that was neither cash nor nothing, less what went back, by means. */
export function expectedAtTerminals(totals: readonly MovementTotal[]): Map<string, Fen> {
  const others = totals.filter(({ gateway }) => gateway !== 'cash' && gateway !== 'none')
  return new Map(
    [...Map.groupBy(others, ({ gateway }) => gateway)].map(([means, of]) => [
      means,
      of.reduce((sum, { kind, amount }) => fen(kind === 'sale' ? sum + amount : sum - amount), fen(0))
    ])
  )
}

export function expectedCash(openingCash: Fen, totals: readonly MovementTotal[]): Fen {
  const cash = totals.filter(({ gateway }) => gateway === 'cash')
  return sumFen([openingCash, ...cash.map(({ kind, amount }) => (kind === 'sale' ? amount : fen(0 - amount)))])
}
