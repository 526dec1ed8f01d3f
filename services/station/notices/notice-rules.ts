// What a notice says, and when one that was not taken is tried again.
import { wallClock } from '../../../clearing/business-day.ts'
import type { DisruptionKind } from '../disruption/disruption-schemas.ts'

export interface NoticeFacts {
  kind: DisruptionKind
  number: string
  toName: string
  departsAt: Date
  /** Before it was delayed. */
  plannedAt: Date | null
  /** Of a merge: the departure it was merged into. */
  targetNumber: string | null
  targetDepartsAt: Date | null
  /** The order's tickets: what became of them. */
  suspended: number
  refunding: number
  atCounter: number
}

const timeOf = (at: Date): string => wallClock(at).slice(11, 16)
const dayOf = (at: Date): string => `${Number(wallClock(at).slice(5, 7))}月${Number(wallClock(at).slice(8, 10))}日`

/** [中文, English]. */
export function noticeWords(facts: NoticeFacts): [string, string] {
  const { number, toName, departsAt, plannedAt } = facts
  const planned = plannedAt ?? departsAt
  const [zh, en] = newsOf(facts)
  const what = `【岭南联网售票】${dayOf(planned)} ${timeOf(planned)} 开往${toName}的 ${number} `
  return [`${what}${zh}${remedyOf(facts)[0]}`, `${number} to ${toName}, ${timeOf(planned)}: ${en}${remedyOf(facts)[1]}`]
}

function newsOf({ kind, departsAt, targetNumber, targetDepartsAt, suspended }: NoticeFacts): [string, string] {
  switch (kind) {
    case 'DELAY':
      return [`晚点，预计 ${timeOf(departsAt)} 发出。`, `delayed, now leaving at ${timeOf(departsAt)}.`]
    case 'CANCEL':
      return ['已停运。', 'cancelled.']
    case 'SUSPEND':
      return ['暂停航行（运），客票保留有效，恢复后另行通知。', 'suspended; tickets stay valid, news will follow.']
    case 'RESUME':
      return ['恢复，按时检票。', 'runs again; check-in as planned.']
    case 'MISS':
      return ['未能发出。', 'did not leave.']
    case 'MERGE': {
      if (suspended > 0) return ['已并班，余位不足。', 'merged into another, which has no seat left for you.']
      const at = targetDepartsAt ? timeOf(targetDepartsAt) : ''
      return [`并入 ${targetNumber}，${at} 发出。`, `merged into ${targetNumber}, leaving at ${at}.`]
    }
    case 'UNDO_MERGE':
      return ['恢复原班次。', 'runs as planned after all.']
    case 'REPLACE':
      return suspended > 0
        ? ['更换车辆，余位不足。', 'has a smaller vehicle, without a seat for you.']
        : ['更换车辆，座位有变，请看票面。', 'has another vehicle; see your ticket for the new seat.']
  }
}

function remedyOf({ refunding, atCounter, suspended, kind }: NoticeFacts): [string, string] {
  if (refunding > 0) return ['票款将全额原路退回，无需办理。', ' All money goes back by itself.']
  if (atCounter > 0) return ['请到任一窗口免费改乘或全额退票。', ' Change or refund free of charge at any counter.']
  if (suspended > 0 || kind === 'DELAY' || kind === 'MERGE')
    return ['可免费改乘或全额退票。', ' Change or refund free of charge.']
  return ['', '']
}

export const attemptsMax = 5

/** Seconds until the next attempt: half a minute, then twice as long each time. */
export function retryAfterSeconds(attempts: number): number {
  return 30 * 2 ** (attempts - 1)
}
