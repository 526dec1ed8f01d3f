// The list of departures: one row each with time, state, vehicle and load. Rows are replaced in place, the focus stays where it is.
import { fill, h } from '../shell/element.js'
import { clockOf } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState } from '../shell/notice.js'
import { stateWords } from '../board/board-words.js'

const badgeOf = { good: '.good', warn: '.warn', bad: '.bad', over: '', '': '' }
const overStates = new Set(['DISPATCHED', 'ARRIVED', 'CANCELLED', 'MERGED', 'MISSED'])

export function dayList({ open, pick, disrupt }) {
  const element = h('ol.day', { 'aria-label': both('班次', 'Departures') })
  const shown = new Map()
  element.addEventListener('keydown', (event) => onKey(event, { element, pick, disrupt }))
  return {
    element,
    focus: () => (element.querySelector('.chosen .departure') ?? element.querySelector('.departure'))?.focus(),
    draw(rows, { open: chosen, picked }) {
      const wanted = rows.map((row) => [
        row.departure,
        JSON.stringify([row, row.departure === chosen, picked.has(row.departure)])
      ])
      const same = wanted.length === shown.size && wanted.every(([id, text]) => shown.get(id) === text)
      if (same && rows.length > 0) return
      shown.clear()
      for (const [id, text] of wanted) shown.set(id, text)
      const focused = document.activeElement?.closest?.('.day li')?.dataset.departure
      const inBox = document.activeElement?.type === 'checkbox'
      const nothing = emptyState(
        both('没有要办的班次', 'Nothing to do'),
        both('换一天，或看已过的。', 'Choose another day, or look at the past ones.')
      )
      fill(
        element,
        rows.length === 0
          ? h('li', { style: 'display: block' }, nothing)
          : rows.map((row) => item(row, { open, pick, chosen, picked }))
      )
      if (focused) element.querySelector(`li[data-departure="${focused}"] ${inBox ? 'input' : '.departure'}`)?.focus()
    }
  }
}

function item(row, { open, pick, chosen, picked }) {
  const { departure, number, toName } = row
  const isChosen = departure === chosen
  const box = h('input', {
    type: 'checkbox',
    checked: picked.has(departure),
    'aria-label': both(`选中 ${number}`, `Pick ${number}`),
    onchange: (event) => pick(departure, event.target.checked)
  })
  const over = overStates.has(row.state)
  return h(
    `li${isChosen ? '.chosen' : ''}${over ? '.over' : ''}`,
    { 'data-departure': departure },
    h('label.pick', {}, box),
    h(
      'button.departure',
      { type: 'button', 'aria-current': isChosen ? 'true' : null, onclick: () => open(departure) },
      clock(row),
      h(
        'span.where',
        {},
        h('strong', {}, toName),
        h('span.small.soft', {}, row.report ? `${number} · ${row.report.conveyance}` : number)
      ),
      load(row),
      rightOf(row)
    )
  )
}

function clock({ departsAt, plannedAt }) {
  const late = plannedAt && plannedAt !== departsAt
  return h('span.clock', {}, late ? h('s', {}, clockOf(plannedAt)) : null, clockOf(departsAt))
}

/** Sold of the places, and how many of those are checked. */
function load({ sold, checked, suspended, places, report }) {
  const of = report?.places ?? places
  const share = (count) => `flex: 0 0 ${Math.min(100, (count / Math.max(1, of)) * 100)}%`
  const words =
    suspended > 0
      ? both(`挂起 ${suspended}`, `${suspended} suspended`)
      : both(`检 ${checked} / 售 ${sold}`, `${checked} of ${sold} in`)
  return h(
    'span.load',
    {},
    h('span', {}, words),
    h(
      'span.bar',
      { 'aria-hidden': 'true' },
      h('i.in', { style: share(checked) }),
      h('i', { style: share(Math.max(0, sold - checked)) })
    )
  )
}

function rightOf(row) {
  const { words, tone } = stateWords(row)
  const { gate, bay, differing } = row
  const place = [gate ? both(`${gate} 口`, `Gate ${gate}`) : null, gate && bay ? ' · ' : null, bay]
  return h(
    'span.right',
    {},
    h(`span.badge${badgeOf[tone]}`, {}, words),
    differing > 0 ? h('span.badge.warn', {}, both('人数待核', 'Counts differ')) : h('span.small.soft', {}, place)
  )
}

function onKey(event, { element, pick, disrupt }) {
  const li = event.target.closest('li[data-departure]')
  const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key]
  if (step && li?.[step]) li[step].querySelector('.departure')?.focus()
  else if (event.key === ' ' && event.target.matches('.departure')) {
    const box = li.querySelector('input')
    pick(Number(li.dataset.departure), !box.checked)
  } else if (event.key === 'x' || event.key === 'X') disrupt()
  else return
  event.preventDefault()
  element.querySelector(`li[data-departure="${li?.dataset.departure}"] .departure`)
}
