// Is a departure on sale at a moment, and if not, why: one ladder for the search, which shows it, and for the sale, which refuses by it.
import { addDays, calendarDay, shanghaiInstant } from '../../clearing/business-day.ts'
import type { DepartureState, NotOnSale } from './timetable-schemas.ts'

export const statesOnSale: readonly DepartureState[] = ['ON_SALE', 'REPORTED', 'CHECKING', 'DELAYED']

/** What must have happened before the sale opens (parameters 1020, 1034). */
export interface OpeningTerms {
  sellsAfterReport: boolean
  /** Null: as at the first stop; 0: once the vehicle has reported. */
  passingOpensMinutes: number | null
  /** Of the stops of the line: boarding anywhere but at the first is on the way. */
  fromPosition: number
  /** Its vehicle has reported where one boards. */
  reported: boolean
}

export interface SaleWindow extends Partial<OpeningTerms> {
  state: DepartureState
  departsAt: Date
  presaleDays: number
  presaleOpensMinute?: number
  saleClosesMinutes: number
}

export function checkSaleWindow(window: SaleWindow, now: Date): NotOnSale | null {
  if (window.state === 'CANCELLED') return 'departure-cancelled'
  if (!statesOnSale.includes(window.state)) return 'sale-closed'
  if (now.getTime() >= window.departsAt.getTime() - window.saleClosesMinutes * 60_000) return 'sale-closed'
  if (waitsForReport(window) && window.reported !== true) return 'sale-after-report'
  return now < saleOpensAt(window) ? 'sale-not-open' : null
}

export function waitsForReport({
  sellsAfterReport = false,
  passingOpensMinutes = null,
  fromPosition = 0
}: Partial<OpeningTerms>): boolean {
  return sellsAfterReport || (passingOpensMinutes === 0 && fromPosition > 0)
}

/** By the clock alone; a departure that waits for its vehicle's report opens with it. */
export function saleOpensAt(window: SaleWindow): Date {
  const { departsAt, presaleDays, presaleOpensMinute, passingOpensMinutes = null, fromPosition = 0 } = window
  const presale = presaleOpens(departsAt, { days: presaleDays, opensMinute: presaleOpensMinute })
  if (passingOpensMinutes === null || passingOpensMinutes === 0 || fromPosition === 0) return presale
  return new Date(Math.max(presale.getTime(), departsAt.getTime() - passingOpensMinutes * 60_000))
}

/** So many days before the day of departure, from a minute of that day on (Shanghai). */
export function presaleOpens(
  departsAt: Date,
  { days, opensMinute = 0 }: { days: number; opensMinute?: number | undefined }
): Date {
  return shanghaiInstant(addDays(calendarDay(departsAt), -days), opensMinute * 60)
}
