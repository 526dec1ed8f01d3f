// How a departure's state is said on the board and at the dispatcher's desk, and which rows are on the screen now.
import { platformNow } from '../shell/api.js'
import { clockOf } from '../shell/format.js'
import { both } from '../shell/language.js'

const words = {
  PLANNED: [both('计划', 'Planned'), ''],
  ON_SALE: [both('正点', 'On time'), ''],
  SALE_STOPPED: [both('停售', 'Sale closed'), ''],
  REPORTED: [both('候车', 'Ready'), ''],
  CHECKING: [both('正在检票', 'Boarding'), 'good'],
  DISPATCHED: [both('已发出', 'Departed'), 'over'],
  ARRIVED: [both('已到达', 'Arrived'), 'over'],
  SUSPENDED: [both('暂停', 'Suspended'), 'bad'],
  CANCELLED: [both('停运', 'Cancelled'), 'bad'],
  MISSED: [both('未发出', 'Did not run'), 'bad']
}

/** {words, tone} of a row. */
export function stateWords({ state, plannedAt, departsAt, movedTo }) {
  if (state === 'MERGED') return { words: both(`并入 ${movedTo ?? ''}`, `Merged into ${movedTo ?? ''}`), tone: 'warn' }
  const late = plannedAt && plannedAt !== departsAt
  const running = !['DISPATCHED', 'ARRIVED', 'SUSPENDED', 'CANCELLED', 'MISSED'].includes(state)
  if (late && running && state !== 'CHECKING') {
    const at = clockOf(departsAt)
    return { words: both(`晚点至 ${at}`, `Delayed to ${at}`), tone: 'warn' }
  }
  const overdue = running && Date.parse(departsAt) < platformNow() - 60_000
  if (overdue && state !== 'CHECKING') return { words: both('待发', 'Not left yet'), tone: 'warn' }
  const [text, tone] = words[state] ?? words.ON_SALE
  return { words: text, tone }
}

/** Pages turn by themselves: the rows of the one that is shown now. */
export function pageRows(rows, page, size) {
  const pages = Math.max(1, Math.ceil(rows.length / size))
  const from = (page % pages) * size
  return rows.slice(from, from + size)
}
