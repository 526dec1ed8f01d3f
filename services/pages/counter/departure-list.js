// The next departures, nine at a time, each under its number key.
import { platformNow } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { addDays, clockOf, dayName, dayOf, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { keyCap } from './shortcuts.js'

const pageSize = 9
const readerGapMs = 60

/**
 * `ask(day)` resolves with the departures of a day, `pick(departure)` takes one, `back()` returns to the destination.
 * Digits pick, ← → change the day, ↑ ↓ the page.
 */
export function departureList({ ask, pick, back, read }) {
  const element = h('div.departures', { tabindex: '-1', role: 'group', 'aria-label': both('班次', 'Departures') })
  const state = { element, pick, day: null, all: [], page: 0, picked: null }
  const load = async (day) => {
    state.day = day
    const all = await ask(day)
    Object.assign(state, { all: all.filter(isOpen), page: 0, picked: null })
    show(state)
    element.focus()
  }
  element.addEventListener('keydown', (event) => onKey(event, { state, load, back }))
  takeCharacters(element, { digit: (number) => pickNumber(state, number), read })
  return {
    element,
    load: (day = dayOf(platformNow())) => load(day),
    clear: () => (Object.assign(state, { all: [], day: null, picked: null }), fill(element)),
    focus: () => element.focus()
  }
}

function onKey(event, { state, load, back }) {
  const turn = { ArrowDown: 1, PageDown: 1, ArrowUp: -1, PageUp: -1 }[event.key]
  const day = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (turn && state.all[(state.page + turn) * pageSize]) {
    state.page += turn
    show(state)
  } else if (day && !(day < 0 && state.day <= dayOf(platformNow()))) void load(addDays(state.day, day))
  else if (event.key === 'Escape') back()
  else return
  event.preventDefault()
}

function pickNumber(state, number) {
  const one = state.all[state.page * pageSize + number - 1]
  if (one && number <= pageSize) take(state, one)
}

/** A document reader types faster than any hand: a digit by itself picks, a run of characters is a reading. */
function takeCharacters(element, { digit, read }) {
  let [typed, timer] = ['', 0]
  const settle = () => {
    if (/^[1-9]$/.test(typed)) digit(Number(typed))
    typed = ''
  }
  element.addEventListener('keydown', (event) => {
    if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) {
      typed += event.key
      clearTimeout(timer)
      timer = setTimeout(settle, readerGapMs)
    } else if (event.key === 'Enter' && typed.length > 1) {
      event.preventDefault()
      clearTimeout(timer)
      read(typed)
      typed = ''
    }
  })
}

function isOpen({ placesLeft, saleClosesAt }) {
  return placesLeft > 0 && Date.parse(saleClosesAt) > platformNow()
}

function take(state, departure) {
  state.picked = departure
  show(state)
  state.pick(departure)
}

function show(state) {
  const { element, all, page, day, picked } = state
  const shown = all.slice(page * pageSize, (page + 1) * pageSize)
  const { zh, en } = dayName(day)
  const more =
    all.length > pageSize
      ? h('span.small.soft', {}, keyCap('↓'), ' ', keyCap('↑'), ` ${page + 1} / ${Math.ceil(all.length / pageSize)}`)
      : null
  fill(
    element,
    h(
      'div.row.apart',
      {},
      h('strong', {}, dayName(day)),
      more,
      h('span.small.soft', {}, keyCap('←'), ' ', keyCap('→'), both(' 换日期', ' other days'))
    ),
    shown.length === 0
      ? h(
          'p.soft',
          { role: 'status' },
          both(`${zh}没有可售的班次，按 → 看后一天`, `Nothing on sale on ${en}; press → for the next day`)
        )
      : h(
          'ol',
          {},
          shown.map((one, index) => row(one, index + 1, { state, picked }))
        )
  )
}

function row(departure, number, { state, picked }) {
  const { departsAt, to, number: name, placesLeft, fullFare, carrier, realName } = departure
  return h(
    'li',
    {},
    h(
      `button.departure-row${picked === departure ? '.picked' : ''}`,
      {
        type: 'button',
        tabindex: '-1',
        'aria-pressed': String(picked === departure),
        onclick: () => take(state, departure)
      },
      keyCap(String(number)),
      h('strong.clock', {}, clockOf(departsAt)),
      h('span.where', {}, h('span', {}, to.name), h('span.small.soft', {}, `${name} · ${carrier}`)),
      realName ? null : h('span.badge', {}, both('非实名', 'No name')),
      h(`span.small${placesLeft <= 10 ? '.badge.warn' : '.soft'}`, {}, both(`余 ${placesLeft}`, `${placesLeft} left`)),
      h('strong', {}, yuan(fullFare))
    )
  )
}
