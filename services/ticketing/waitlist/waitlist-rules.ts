// Which departures an entry may wish for, what it prepays and until when it waits.
import { fen, type Fen } from '../../../clearing/money.ts'

export interface Wish {
  total: Fen
  /** The end of the departure's sale. */
  closesAt: Date
}

/** The wishes within the passenger's limit, in his order. */
export function affordable<Wished extends Wish>(wishes: readonly Wished[], limit: number): Wished[] {
  return wishes.filter(({ total }) => total <= limit)
}

/** The dearest wish is prepaid; what the filled one costs less comes back. */
export function prepaymentFor(wishes: readonly Wish[]): Fen {
  return fen(Math.max(...wishes.map(({ total }) => total)))
}

/** The passenger's own time, but not after the last sale closes; null when it has passed. */
export function deadlineFor(wishes: readonly Wish[], until: Date | null, now: Date): Date | null {
  const last = Math.max(...wishes.map(({ closesAt }) => closesAt.getTime()))
  const deadline = new Date(Math.min(last, until?.getTime() ?? last))
  return deadline > now ? deadline : null
}
