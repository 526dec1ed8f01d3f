// A journey with changes: its legs one below the other, the time between them, one price.
import { h } from '../shell/element.js'
import { clockOf, dayOf, duration, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { modeBadge } from './departure-card.js'
import { tripOf } from './trip.js'

export const contractNames = {
  THROUGH: both('联程票：一份合同负责全程', 'Through ticket: one contract for the whole way'),
  COMBINED: both('各程分别成约，衔接请自行留足时间', 'Separate contracts for each leg: allow time between them')
}

export function journeyCard(journey, choose) {
  const { legs, departsAt, arrivesAt, connectionMinutes, fullFare, product } = journey
  const minutes = Math.round((new Date(arrivesAt) - new Date(departsAt)) / 60_000)
  const overnight = dayOf(arrivesAt) === dayOf(departsAt) ? null : both(' 次日', ' next day')
  const label = both(`购买联程票，${clockOf(departsAt)} 出发`, `Buy this journey, leaving ${clockOf(departsAt)}`)
  return h(
    'article.card.journey-card',
    {},
    h(
      'div.row.apart',
      {},
      h(
        'div',
        {},
        h('time.departs', { datetime: departsAt }, clockOf(departsAt)),
        h('span.arrival.small.soft', {}, ` → ${clockOf(arrivesAt)}`, overnight, ' · ', duration(minutes))
      ),
      h('strong.fare', {}, yuan(product?.fullFare ?? fullFare))
    ),
    h(
      'ol.legs',
      {},
      legs.map((leg, index) => legLine(leg, connectionMinutes[index]))
    ),
    h(
      'div.row.apart',
      {},
      product
        ? h('span.badge.accent', {}, product.name)
        : h('span.badge', {}, both(`换乘 ${journey.changes} 次`, `${journey.changes} change(s)`)),
      h(
        'button.button.pick',
        { type: 'button', 'aria-label': label, onclick: () => choose(tripOf(journey)) },
        both('购票', 'Buy')
      )
    )
  )
}

/** `wait` is the time until the next leg; none after the last. */
export function legLine({ departsAt, arrivesAt, mode, number, from, to }, wait) {
  return h(
    'li',
    {},
    h(
      'div.row',
      {},
      modeBadge(mode),
      h('strong', {}, `${clockOf(departsAt)} ${from.name}`),
      h('span', {}, `→ ${clockOf(arrivesAt)} ${to.name}`)
    ),
    h(
      'div.small.soft',
      {},
      number,
      wait === undefined ? null : h('span', {}, ' · ', both(`换乘 ${wait} 分钟`, `${wait} min to change`))
    )
  )
}
