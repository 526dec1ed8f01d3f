// How far a command is, and the latest ones of this place.
import { fill, h } from '../shell/element.js'
import { clockOf, count, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'

export const kindWords = {
  DELAY: both('晚点', 'Delay'),
  CANCEL: both('停运', 'Cancel'),
  SUSPEND: both('停航（待恢复）', 'Suspend'),
  RESUME: both('恢复', 'Resume'),
  MERGE: both('并班', 'Merge'),
  UNDO_MERGE: both('撤销并班', 'Undo a merge'),
  REPLACE: both('换小车', 'Smaller vehicle'),
  MISS: both('脱班', 'Did not leave')
}

export const causeWords = {
  WEATHER: both('天气', 'Weather'),
  PORT_CLOSED: both('封港、封路', 'Port or road closed'),
  EQUIPMENT_FAILURE: both('车船故障', 'Vehicle failure'),
  TECHNICAL_FAILURE: both('系统故障', 'Technical failure'),
  DISRUPTION: both('运行异常', 'Disruption'),
  STRIKE: both('人员', 'Staff')
}

const shares = (done, total) => (total === 0 ? 1 : done / total)

export function progressView(now) {
  const { departures, tickets, refunds, notices, state } = now
  const reached = notices.sent + notices.givenUp + notices.handedOver + notices.noAddress
  return h(
    'div.stack-tight',
    {},
    h(
      'div.row.apart',
      {},
      h(
        'strong',
        {},
        kindWords[now.kind],
        now.minutes === null ? null : both(` ${now.minutes} 分钟`, ` ${now.minutes} min`)
      ),
      h(
        `span.badge${state === 'DONE' ? '.good' : '.warn'}`,
        {},
        state === 'DONE' ? both('已完成', 'Done') : both('进行中', 'Under way')
      )
    ),
    now.note ? h('p.soft', {}, now.note) : null,
    line(both('班次', 'Departures'), departures.done + departures.passedOver, departures.total),
    line(both('退款到账', 'Refunds paid'), refunds.paid, refunds.tickets),
    line(both('通知', 'Notices'), reached, notices.total),
    h('dl.figures', {}, figuresOf({ tickets, refunds, notices, departures }))
  )
}

function line(name, done, total) {
  if (total === 0) return null
  return h(
    'div.running-row',
    {},
    h('div.row.apart', {}, h('span', {}, name), h('span.small', {}, `${count(done)} / ${count(total)}`)),
    h('progress', { value: shares(done, total), max: 1 })
  )
}

function figuresOf({ tickets, refunds, notices, departures }) {
  const figures = [
    [both('受影响客票', 'Tickets touched'), tickets.total],
    [both('挂起', 'Suspended'), tickets.suspended],
    [both('换座、换班', 'Moved'), tickets.moved],
    [both('恢复', 'Resumed'), tickets.resumed],
    [both('待旅客选择', 'For the passenger to choose'), refunds.byChoice],
    [both('待窗口退款', 'Wait for cash at a counter'), refunds.atCounter],
    [both('窗口已退', 'Paid at a counter'), refunds.paidAtCounter],
    [both('无法通知', 'Cannot be told'), notices.noAddress + notices.givenUp],
    [both('跳过班次', 'Passed over'), departures.passedOver]
  ]
  const shown = figures.filter(([, value], index) => index === 0 || value > 0)
  const all = shown.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, count(value))))
  if (refunds.tickets > 0)
    all.push(h('div', {}, h('dt', {}, both('退款', 'Refunds')), h('dd', {}, yuan(refunds.amount))))
  return all
}

/** The latest commands, kept young while the panel shows them. */
export function latestDisruptions({ desk, show }) {
  const list = h('ul')
  const element = h('section.lately', { hidden: true }, h('h2', {}, both('最近的处置', 'Lately')), list)
  const look = async () => {
    const query = new URLSearchParams({ place: desk.place.code }).toString()
    const all = await desk.ask('GET', `/v1/disruptions?${query}`).catch(() => null)
    if (!all || desk.left.aborted) return
    element.hidden = all.length === 0
    fill(
      list,
      all.slice(0, 6).map((one) => latestRow(one, show))
    )
  }
  void look()
  const timer = setInterval(() => element.isConnected && void look(), 6_000)
  desk.left.addEventListener('abort', () => clearInterval(timer))
  return { element }
}

function latestRow(one, show) {
  const { id, kind, orderedAt, note, departures, tickets, state } = one
  return h(
    'li',
    {},
    h(
      'button',
      { type: 'button', onclick: () => show(id) },
      h(
        'span.row.apart',
        {},
        h('strong', {}, clockOf(orderedAt), ' ', kindWords[kind]),
        h(
          `span.badge${state === 'DONE' ? '.good' : '.warn'}`,
          {},
          state === 'DONE' ? both('已完成', 'Done') : both('进行中', 'Under way')
        )
      ),
      h(
        'span.small.soft',
        {},
        both(
          `${departures.total} 个班次，${tickets.total} 张票`,
          `${departures.total} departures, ${tickets.total} tickets`
        ),
        note ? ` · ${note}` : ''
      )
    )
  )
}
