// What runs: what can be sold nine at a time, each under its number key, and between it, without one, what cannot and why; letters are
// the commands of whoever shows the list.
import { platformNow } from '../../shell/api.js'
import { fill, h } from '../../shell/element.js'
import { addDays, clockOf, dayName, dayOf, yuan } from '../../shell/format.js'
import { both } from '../../shell/language.js'
import { whyNotOnSale } from '../../shell/on-sale.js'
import { loading } from '../../shell/notice.js'
import { ridesOf } from '../../buy/partner-rides.js'
import { keyCap } from '../shortcuts.js'

const pageSize = 9
const readerGapMs = 60

/**
 * `ask(day)` resolves with the departures or journeys of a day, `pick(trip)` takes one, `back()` returns to the destination.
 * Digits pick, ← → change the day, ↑ ↓ the page; `commands`: [{key, text, run, pressed?, more?}].
 */
export function departureList({ ask, pick, back, read, commands = [] }) {
  const element = h('div.departures', { tabindex: '-1', role: 'group', 'aria-label': both('班次', 'Departures') })
  const state = { element, pick, commands, day: null, pages: [], page: 0, picked: null, asked: 0, typed: null }
  const load = async (day) => {
    const asked = ++state.asked
    // While it is asked for, no number may pick from the day before; what is typed meanwhile is meant for what comes.
    Object.assign(state, { day, pages: [], page: 0, picked: null, typed: '' })
    fill(element, heading(state), loading())
    element.focus()
    const all = await ask(day)
    // A slow answer must not take the place of a later one.
    if (asked !== state.asked) return
    const { typed } = state
    Object.assign(state, { pages: pagesOf(all.map((trip) => ({ trip, why: whyNot(trip) }))), typed: null })
    show(state)
    element.focus()
    if (typed) onCharacter(state, typed)
  }
  state.load = load
  element.addEventListener('keydown', (event) => onKey(event, { state, load, back }))
  takeCharacters(element, { alone: (character) => onCharacter(state, character), read })
  return {
    element,
    load: (day = state.day ?? dayOf(platformNow())) => load(day),
    first: () => state.pages.flat().find(isOpen)?.trip ?? null,
    clear: () => {
      state.asked += 1
      Object.assign(state, { pages: [], day: null, picked: null, typed: null })
      fill(element)
    },
    focus: () => element.focus()
  }
}

function onKey(event, { state, load, back }) {
  const turn = { ArrowDown: 1, PageDown: 1, ArrowUp: -1, PageUp: -1 }[event.key]
  const day = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (turn && state.pages[state.page + turn]) {
    state.page += turn
    show(state)
  } else if (day && !(day < 0 && state.day <= dayOf(platformNow()))) void load(addDays(state.day, day))
  else if (event.key === 'Escape') back()
  else return
  event.preventDefault()
}

function onCharacter(state, character) {
  if (state.typed !== null) state.typed = character
  else if (/[1-9]/.test(character)) {
    const one = state.pages[state.page]?.filter(isOpen)[Number(character) - 1]
    if (one) take(state, one.trip)
  } else state.commands.find(({ key }) => key === character.toLowerCase())?.run()
}

/** A document reader types faster than any hand: a character by itself is a key, a run of them is a reading. */
function takeCharacters(element, { alone, read }) {
  let [typed, timer] = ['', 0]
  const settle = () => {
    if (typed.length === 1) alone(typed)
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

const soldOut = both('售完', 'Full')
const isOpen = ({ why }) => why === null

function whyNot(trip) {
  return whyNotOnSale(trip, 'counter') ?? (trip.placesLeft > 0 ? null : soldOut)
}

/** As many rows as hold nine that can be sold. */
function pagesOf(rows) {
  const pages = []
  let open = pageSize
  for (const row of rows) {
    if (open === pageSize && (isOpen(row) || pages.length === 0)) {
      pages.push([])
      open = 0
    }
    pages.at(-1).push(row)
    if (isOpen(row)) open++
  }
  return pages
}

function take(state, trip) {
  state.picked = trip
  show(state)
  state.pick(trip)
}

function show(state) {
  const { element, pages, page, day } = state
  const shown = pages[page] ?? []
  let key = 0
  const { zh, en } = dayName(day)
  const nothing = both(`${zh}没有可售的班次，按 → 看后一天`, `Nothing on sale on ${en}; press → for the next day`)
  fill(
    element,
    heading(state),
    shown.some(isOpen) ? null : h('p.soft', { role: 'status' }, nothing),
    shown.length === 0
      ? null
      : h(
          'ol',
          {},
          shown.map((one) => (isOpen(one) ? row(one.trip, ++key, state) : closedRow(one)))
        )
  )
}

function heading({ pages, page, day, commands, load }) {
  const more =
    pages.length > 1 ? h('span.small.soft', {}, keyCap('↓'), ' ', keyCap('↑'), ` ${page + 1} / ${pages.length}`) : null
  const turn = (days, key, text) =>
    h(
      'button.shortcut',
      { type: 'button', tabindex: '-1', 'aria-label': text, onclick: () => void load(addDays(day, days)) },
      keyCap(key)
    )
  return h(
    'div.list-head',
    {},
    h(
      'div.row',
      {},
      day > dayOf(platformNow()) ? turn(-1, '←', both('前一天', 'The day before')) : null,
      h('strong', {}, dayName(day)),
      turn(1, '→', both('后一天', 'The next day')),
      more
    ),
    h('div.row', { role: 'group', 'aria-label': both('方式', 'Ways') }, commands.map(commandButton))
  )
}

function commandButton({ key, text, run, pressed, more = () => null }) {
  const state = pressed ? { 'aria-pressed': String(pressed()) } : {}
  return h(
    'button.shortcut',
    { type: 'button', tabindex: '-1', 'aria-keyshortcuts': key.toUpperCase(), ...state, onclick: run },
    keyCap(key.toUpperCase()),
    text,
    more()
  )
}

function row(trip, number, state) {
  const { departsAt, placesLeft, fullFare, realName } = trip
  const picked = state.picked === trip
  return h(
    'li',
    {},
    h(
      `button.departure-row${picked ? '.picked' : ''}`,
      { type: 'button', tabindex: '-1', 'aria-pressed': String(picked), onclick: () => take(state, trip) },
      keyCap(String(number)),
      h('strong.clock', {}, clockOf(departsAt)),
      trip.legs ? journeyWords(trip) : departureWords(trip),
      realName ? null : h('span.badge', {}, both('非实名', 'No name')),
      h(`span.small${placesLeft <= 10 ? '.badge.warn' : '.soft'}`, {}, both(`余 ${placesLeft}`, `${placesLeft} left`)),
      h('strong', {}, trip.openReturn ? '' : yuan(fullFare))
    )
  )
}

/** It has no key and no button: nothing can be done with it here. */
function closedRow({ trip, why }) {
  return h(
    'li',
    {},
    h(
      'div.departure-row.closed',
      {},
      h('span'),
      h('strong.clock', {}, clockOf(trip.departsAt)),
      trip.legs ? journeyWords(trip) : departureWords(trip),
      h('span.badge', {}, why)
    )
  )
}

function departureWords({ to, number, carrier, cabinName, openReturn, openDays }) {
  const back = both(`往返 · 回程 ${openDays} 日内`, `Return within ${openDays} days`)
  return h(
    'span.where',
    {},
    h('span', {}, to.name),
    cabinName ? h('strong.small', {}, cabinName) : null,
    h('span.small.soft', {}, `${number} · ${carrier}`),
    openReturn ? h('span.badge.accent', {}, back) : null
  )
}

/** Each change with its place and time. */
function journeyWords(journey) {
  const { arrivesAt, connectionMinutes, product, partnerLegs = [] } = journey
  const rides = ridesOf(journey)
  const changes = rides.slice(1).map(({ from }, index) => `${from.name} ${connectionMinutes[index]}′`)
  const remarks = partnerLegs.map(({ offer }) => offer.remark).filter((remark) => remark !== '')
  return h(
    'span.where',
    {},
    h('span', {}, `→ ${clockOf(arrivesAt)} ${rides.at(-1).to.name}`),
    h('span.small.soft', {}, both(`换乘 ${changes.join('，')}`, `via ${changes.join(', ')}`)),
    product ? h('span.badge.accent', {}, both('联程票', 'Through')) : null,
    partnerLegs.map(({ offer }) => h('span.badge', {}, `${offer.carrier} ${offer.number}`)),
    remarks.length > 0 ? h('span.small.soft', {}, remarks.join('；')) : null
  )
}
