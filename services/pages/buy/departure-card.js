// One departure in the list: when, where, how full, how much.
import { fill, h } from '../shell/element.js'
import { cityInEnglish } from '../shell/city-names.js'
import { clockOf, dayOf, duration, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { whyNotOnSale } from '../shell/on-sale.js'

const modeBadges = {
  coach: ['badge', both('班车', 'Coach')],
  ferry: ['badge.accent', both('船班', 'Ferry')],
  rail: ['badge', both('铁路', 'Rail')],
  air: ['badge', both('航空', 'Air')]
}

const fewPlaces = 10
const soldOut = both('售完', 'Full')

export function modeBadge(mode) {
  const [tag, text] = modeBadges[mode]
  return h(`span.${tag === 'badge' ? 'badge' : 'badge.accent'}`, {}, text)
}

export function departureCard(departure, choose) {
  const closed = closedBecause(departure)
  const full = closed === soldOut
  const buy = h(
    'button.button.pick',
    {
      type: 'button',
      onclick: () => choose(full ? { ...departure, waiting: true } : departure),
      'aria-label': full ? waitLabel(departure) : buyLabel(departure)
    },
    full ? both('候补', 'Waitlist') : both('购票', 'Buy')
  )
  const action = closed && !full ? h('span.badge.closed', {}, closed) : buy
  return h(
    `article.card.departure${closed ? '.is-closed' : ''}`,
    {},
    h(
      'div.times',
      {},
      h('time.departs', { datetime: departure.departsAt }, clockOf(departure.departsAt)),
      arrival(departure)
    ),
    h('div.route', {}, stop(departure.from), stop(departure.to)),
    h(
      'div.tags',
      {},
      modeBadge(departure.mode),
      h('span.small.soft', {}, `${departure.number} · ${departure.carrier}`),
      cabinWords(departure)
    ),
    h('div.buying', {}, h('strong.fare', {}, yuan(departure.fullFare)), placesLeft(departure), action)
  )
}

/** Classes beyond the one whose fare stands on the right. */
function cabinWords({ cabins = [] }) {
  const others = cabins.slice(1)
  if (others.length === 0) return null
  const say = (name) => others.map((one) => `${one[name]} ${yuan(one.fullFare)}`).join(' · ')
  return h('span.small.soft', {}, both(say('name'), say('nameEn')))
}

function arrival({ departsAt, arrivesAt }) {
  const minutes = Math.round((new Date(arrivesAt) - new Date(departsAt)) / 60_000)
  const overnight = dayOf(arrivesAt) === dayOf(departsAt) ? [] : [both(' 次日', ' next day')]
  return h('span.arrival.small.soft', {}, `→ ${clockOf(arrivesAt)}`, ...overnight, ' · ', duration(minutes))
}

function stop({ name, city }) {
  return h('span.stop', {}, h('strong', {}, name), h('span.small.soft', {}, ' ', both(city, cityInEnglish(city))))
}

function placesLeft({ placesLeft: left }) {
  if (left === 0) return h('span.small.soft', {}, both('已售完', 'Sold out'))
  if (left <= fewPlaces) return h('span.badge.warn', {}, both(`仅剩 ${left} 张`, `${left} left`))
  return h('span.small.soft', {}, both(`余票 ${left}`, `${left} places left`))
}

function closedBecause(departure) {
  return whyNotOnSale(departure, 'web') ?? (departure.placesLeft === 0 ? soldOut : null)
}

function waitLabel({ number, departsAt }) {
  return both(
    `候补 ${number} 次，${clockOf(departsAt)} 开`,
    `Join the waitlist of ${number}, leaving ${clockOf(departsAt)}`
  )
}

function buyLabel({ number, departsAt }) {
  return both(`购买 ${number} 次，${clockOf(departsAt)} 开`, `Buy ${number}, leaving ${clockOf(departsAt)}`)
}

/** Shown only where both coaches and ferries run. */
export function modeFilter(departures, show) {
  const modes = new Set(departures.map(({ mode }) => mode))
  const counted = h('span.small.soft', {}, both(`共 ${departures.length} 个班次`, `${departures.length} departures`))
  if (modes.size < 2) return h('div.row.apart', {}, counted)
  const choices = [
    [null, both('全部', 'All')],
    ['coach', modeBadges.coach[1]],
    ['ferry', modeBadges.ferry[1]]
  ]
  const group = h('div.row', { role: 'group', 'aria-label': both('按方式筛选', 'Filter by mode') })
  const press = (chosen) => {
    show(chosen)
    fill(
      group,
      ...choices.map(([mode, text]) =>
        h(
          'button.button.slim',
          { type: 'button', 'aria-pressed': String(mode === chosen), onclick: () => press(mode) },
          text
        )
      )
    )
  }
  press(null)
  return h('div.row.apart', {}, counted, group)
}
