// The port to whoever else counts the passengers of a departure: the port operator on water, the carrier everywhere (real-name rule W5).
import type { CountsByClass } from '../station-schemas.ts'

export interface AskedCount {
  departure: number
  position: number
  party: 'port' | 'carrier'
  ours: CountsByClass
}

export interface CountParty {
  /** Their own counts; null while they have none. Asking again may bring another answer, after they counted again. */
  exchange(asked: AskedCount): Promise<CountsByClass | null>
}
