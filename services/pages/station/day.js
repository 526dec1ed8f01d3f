// The day of one place: its departures in order, asked for again every few seconds, one of them open beside the list. The keyboard moves
// through the list (↑ ↓), opens (Enter), picks (Space) and disrupts what is picked (X).
import { call, platformNow } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { addDays, dayName, dayOf } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState, loading, noticeRegion, showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { dayList } from './day-list.js'
import { departurePanel } from './departure-panel.js'
import { openDisruption, showDisruption } from './disruption.js'
import { latestDisruptions } from './disruption-progress.js'
import { gatesOf } from './gates.js'

const askAgainMs = 4_000

export async function runDay(main, { place, role, left }) {
  const ask = (method, path, body) => withSession(role, (session) => call(method, path, { session, body }))
  const desk = {
    place,
    role,
    left,
    ask,
    day: dayOf(platformNow()),
    rows: [],
    open: null,
    picked: new Set(),
    hideOver: true
  }
  const region = noticeRegion()
  const list = h('section.list')
  const panel = h('aside.panel.card')
  const frame = h('div.desk', {}, list, panel)
  desk.refresh = async () => {
    const query = new URLSearchParams({ place: place.code, day: desk.day }).toString()
    const rows = await ask('GET', `/v1/station/departures?${query}`)
    if (!rows || left.aborted) return
    desk.rows = rows
    desk.draw()
  }
  const parts = partsOf(desk, { list, panel, frame })
  desk.draw = () => parts.draw()
  fill(main, region, loading())
  await desk.refresh()
  if (left.aborted) return
  const title = both(`${place.name} 调度`, `Dispatch at ${place.name}`)
  fill(main, h('h1.only-heard', {}, title), region, frame)
  parts.home()
  const timer = setInterval(() => {
    desk.refresh().then(
      () => fill(region),
      (problem) => !left.aborted && showProblem(region, problem)
    )
  }, askAgainMs)
  left.addEventListener('abort', () => clearInterval(timer))
}

function partsOf(desk, { list, panel, frame }) {
  const days = dayList({
    open: (departure) => open(departure),
    pick: (departure, on) => {
      if (on) desk.picked.add(departure)
      else desk.picked.delete(departure)
      draw()
    },
    disrupt: () => disruptPicked()
  })
  const head = h('div.day-head.row.apart')
  const bar = h('div')
  const lately = latestDisruptions({ desk, show: (id) => showDisruption(desk, id) })
  const gates = gatesOf(desk)
  const opened = departurePanel({ desk, close: () => open(null), disrupt: (ids) => openDisruption(desk, ids) })
  fill(list, head, days.element, bar)
  const disruptPicked = () => {
    if (desk.picked.size > 0) openDisruption(desk, [...desk.picked])
  }
  const open = (departure) => {
    desk.open = departure
    draw()
    if (departure === null) days.focus()
  }
  const draw = () => {
    const rows = shownRows(desk)
    fill(head, ...headOf(desk, draw))
    days.draw(rows, desk)
    fill(bar, desk.picked.size > 0 ? chosenBar(desk, { disruptPicked, draw }) : null)
    const row = desk.rows.find(({ departure }) => departure === desk.open) ?? null
    frame.toggleAttribute('data-open', row !== null)
    if (row) opened.draw(panel, row)
    else fill(panel, restOf(desk, lately, gates))
  }
  return { draw, home: () => days.focus() }
}

/** What has left an hour ago and more is out of the way, until it is asked for. */
function shownRows({ rows, hideOver }) {
  if (!hideOver) return rows
  const hourAgo = platformNow() - 3_600_000
  const over = ({ state, departsAt }) =>
    Date.parse(departsAt) < hourAgo && (state === 'DISPATCHED' || state === 'ON_SALE')
  return rows.filter((row) => !over(row))
}

function headOf(desk, draw) {
  const turn = (days) => () => {
    desk.day = addDays(desk.day, days)
    desk.picked.clear()
    void desk.refresh()
  }
  const button = (text, label, onclick) =>
    h('button.button.slim.quiet', { type: 'button', 'aria-label': label, onclick }, text)
  const all = h(
    'button.button.slim',
    {
      type: 'button',
      'aria-pressed': String(!desk.hideOver),
      onclick: () => {
        desk.hideOver = !desk.hideOver
        draw()
      }
    },
    both('含已过', 'Past too')
  )
  return [
    h(
      'div.row',
      {},
      button('←', both('前一天', 'Day before'), turn(-1)),
      h('h2', {}, dayName(desk.day)),
      button('→', both('后一天', 'Day after'), turn(1))
    ),
    h(
      'div.row.day-tools',
      {},
      all,
      h('a.button.slim', { href: `/board#${desk.place.code}`, target: '_blank' }, both('显示屏', 'Board'))
    )
  ]
}

function chosenBar(desk, { disruptPicked, draw }) {
  const clear = () => {
    desk.picked.clear()
    draw()
  }
  const number = desk.picked.size
  return h(
    'div.chosen-bar.row.apart',
    { role: 'status' },
    h('strong', {}, both(`已选 ${number} 个班次`, `${number} chosen`)),
    h(
      'div.row',
      {},
      h('button.button.quiet.slim', { type: 'button', onclick: clear }, both('清除', 'Clear')),
      h(
        'button.button.main.slim',
        { type: 'button', onclick: disruptPicked },
        both('处置所选', 'Disrupt'),
        ' ',
        h('kbd', {}, 'X')
      )
    )
  )
}

/** What the panel shows while nothing is open: how one works here, and the latest commands. */
function restOf(desk, lately, gates) {
  const waiting = desk.rows.filter(({ differing }) => differing > 0).length
  return h(
    'div.stack-tight',
    {},
    emptyState(
      both('选一个班次', 'Choose a departure'),
      both(
        '↑ ↓ 移动，回车打开，空格勾选，X 处置所选。',
        '↑ ↓ to move, Enter to open, Space to pick, X to disrupt what is picked.'
      )
    ),
    waiting > 0
      ? h('p.notice.warn', {}, both(`${waiting} 个班次的人数待核对`, `${waiting} departures with counts that differ`))
      : null,
    lately.element,
    gates.element
  )
}
