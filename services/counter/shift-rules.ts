// What a drawer must hold: the cash it was opened with, what was taken in cash since, less what was paid out in cash.
import { fen, sumFen, type Fen } from '../../clearing/money.ts'

export interface MovementTotal {
  kind: 'sale' | 'refund'
  gateway: string
  reason: string
  tickets: number
  amount: Fen
}

export function expectedCash(openingCash: Fen, totals: readonly MovementTotal[]): Fen {
  const cash = totals.filter(({ gateway }) => gateway === 'cash')
  return sumFen([openingCash, ...cash.map(({ kind, amount }) => (kind === 'sale' ? amount : fen(0 - amount)))])
}
