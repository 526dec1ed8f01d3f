// What a statement calls itself: a day's own, or one of an adjustment with its number and reason.
import type { DayPlan } from '../day-plan.ts'

/** What kind of statement it is. */
export function statementName({ adjustment }: DayPlan): [chinese: string, english: string] {
  return adjustment ? ['调账单', 'Adjustment statement'] : ['结算单', 'Settlement statement']
}

/** Which adjustment it is, and why it was made; nothing for the day's own statement. */
export function adjustmentFacts({ adjustment }: DayPlan): [term: string, value: string][] {
  if (!adjustment) return []
  return [
    ['调账序号 Adjustment', String(adjustment.number)],
    ['调账原因 Reason', adjustment.reason]
  ]
}
