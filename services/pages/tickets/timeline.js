// The journey as a line from stop to stop: each leg with its time, what its departure is doing now, where to board, and how long one has
// between two legs. Asked again while one looks.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { clockOf, dayName, dayOf, duration, moment } from '../shell/format.js'
import { both } from '../shell/language.js'
import { modeBadge } from '../buy/departure-card.js'
import { stateWords } from '../shell/on-sale.js'
import { couponStates, isOpen, placeWords, whenWords } from './ticket-words.js'

const askEveryMs = 30_000
/** A departure in an ordinary state needs no word. */
const quiet = new Set(['ON_SALE', 'PLANNED', 'SALE_STOPPED'])
const tones = {
  CHECKING: 'good',
  DELAYED: 'warn',
  CANCELLED: 'bad',
  MISSED: 'bad',
  MERGED: 'warn',
  DISPATCHED: 'accent'
}
const said = { ...stateWords, DELAYED: both('晚点', 'Delayed') }

/** `legs` with the tickets of each under `tickets`; `current` is the leg the page is about. */
export function journeyTimeline({ legs, current = null, left }) {
  const list = h('ol.timeline')
  const state = { list, legs, current, live: legs.map(() => null) }
  show(state)
  void follow(state, left)
  return h(
    'section.card.stack-tight',
    { 'aria-labelledby': 'timeline-title' },
    h('h2', { id: 'timeline-title' }, legs.length > 1 ? both('全程', 'The whole way') : both('行程', 'Your trip')),
    list
  )
}

async function follow(state, left) {
  while (!left.aborted) {
    const live = await Promise.all(state.legs.map(findLive))
    if (left.aborted) return
    if (JSON.stringify(live) !== JSON.stringify(state.live)) {
      state.live = live
      show(state)
    }
    await new Promise((resolve) => setTimeout(resolve, askEveryMs))
  }
}

/** What the board of the boarding place says of the departure; null when it cannot be asked. */
async function findLive(leg) {
  if (isOpen(leg)) return null
  const path = `/v1/places/${leg.from}/departures?day=${dayOf(leg.departsAt)}`
  const board = await call('GET', path).catch(() => [])
  const one = board.find(({ id }) => id === leg.departure)
  return one ? { state: one.state, gate: one.gate, departsAt: one.departsAt } : null
}

function show({ list, legs, current, live }) {
  fill(
    list,
    legs.flatMap((leg, index) => [
      index > 0 ? changeBetween(legs[index - 1], leg) : null,
      legItem(leg, live[index], { isCurrent: index === current, several: legs.length > 1 })
    ])
  )
}

function legItem(leg, live, { isCurrent, several }) {
  const [large, small] = whenWords(leg)
  const state = live?.state ?? leg.state
  const word = quiet.has(state) || isOpen(leg) ? null : h(`span.badge.${tones[state] ?? 'soft'}`, {}, said[state])
  const late =
    live && live.departsAt !== leg.departsAt
      ? both(`改为 ${clockOf(live.departsAt)}`, `now ${clockOf(live.departsAt)}`)
      : null
  return h(
    `li.leg${isCurrent && several ? '.current' : ''}`,
    { 'aria-current': isCurrent && several ? 'step' : null },
    h(
      'div.row',
      {},
      h('strong.leg-time', {}, large),
      h('strong', {}, leg.fromName),
      late ? h('span.badge.warn', {}, late) : null,
      word
    ),
    h('div.row.small.soft', {}, modeBadge(leg.mode), leg.number, h('span', {}, small), gateWords(leg, live)),
    h('div', {}, arrival(leg), ' ', leg.toName),
    tickets(leg.tickets ?? [])
  )
}

function gateWords({ mode }, live) {
  if (live?.gate === null || live?.gate === undefined) return null
  const gate = both(`${live.gate} 号检票口`, `Gate ${live.gate}`)
  return h('strong', {}, mode === 'ferry' ? both(`${live.gate} 号登船口`, `Boarding gate ${live.gate}`) : gate)
}

function arrival(leg) {
  if (isOpen(leg)) return h('span.soft', {}, '→')
  const overnight = dayOf(leg.arrivesAt) === dayOf(leg.departsAt) ? '' : dayName(dayOf(leg.arrivesAt))
  return h('span.soft', {}, both('到 ', 'arrives '), clockOf(leg.arrivesAt), overnight ? ' ' : '', overnight)
}

/** More than one ticket on a leg is a party: each with where he sits and how his ticket stands. */
function tickets(all) {
  if (all.length < 2) return null
  return h(
    'ul.small',
    {},
    all.map((ticket) => {
      const [tag, text] = couponStates[ticket.state]
      const words = [h('span', {}, ticket.passenger.name), placeWords(ticket), h(`span.${tag}`, {}, text)]
      return h(
        'li',
        {},
        ticket.ticketNo ? h('a.row', { href: `#/ticket/${ticket.ticketNo}` }, words) : h('span.row', {}, words)
      )
    })
  )
}

function changeBetween(before, next) {
  if (isOpen(before) || isOpen(next)) return null
  const minutes = Math.round((Date.parse(next.departsAt) - Date.parse(before.arrivesAt)) / 60_000)
  // A way back days later is no connection.
  if (minutes > 12 * 60) return h('li.between.small.soft', {}, moment(next.departsAt))
  const { zh, en } = duration(minutes)
  const walk =
    before.to === next.from
      ? both(`换乘 ${zh}`, `${en} to change`)
      : both(`步行或接驳到 ${next.fromName}，共 ${zh}`, `${en} to get to ${next.fromName}`)
  return h('li.between.small.soft', {}, walk)
}
