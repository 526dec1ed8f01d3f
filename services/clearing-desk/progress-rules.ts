// From what is done and when, to what people ask: percent, rate, time left.
import type { Progress } from '../../clearing/progress-queries.ts'

export interface Pace {
  percent: number
  perSecond: number
  /** Null when nothing can be said: not running, or nothing done yet. */
  secondsLeft: number | null
}

export function paceOf(progress: Pick<Progress, 'done' | 'total' | 'state' | 'startedAt' | 'updatedAt'>): Pace {
  const { done, total, state, startedAt, updatedAt } = progress
  const seconds = (updatedAt.getTime() - startedAt.getTime()) / 1000
  const perSecond = seconds > 0 ? Math.round((done / seconds) * 10) / 10 : 0
  const percent = state === 'done' ? 100 : total > 0 ? Math.min(100, Math.floor((done * 1000) / total) / 10) : 0
  const secondsLeft = state === 'running' && perSecond > 0 ? Math.max(0, Math.ceil((total - done) / perSecond)) : null
  return { percent, perSecond, secondsLeft }
}
