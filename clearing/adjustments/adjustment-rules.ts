// From the signed nets of an adjustment to income and expense, as statements show them.
import { fen } from '../money.ts'
import type { Position } from '../settlement/net-rules.ts'
import type { RunPosition } from './adjustment-queries.ts'

export function positionsOf(nets: readonly RunPosition[]): Position[] {
  return nets.map(({ participant, net }) => ({
    participant,
    income: fen(Math.max(net, 0)),
    expense: fen(Math.max(0 - net, 0))
  }))
}
