// A journey with changes: its legs one below the other, the time between them, one price.
import { h } from '../shell/element.js'
import { clockOf, dayOf, duration, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { modeBadge } from './departure-card.js'
import { ridesOf } from './partner-rides.js'
import { tripOf } from './trip.js'

export const contractNames = {
  THROUGH: both('联程票：一份合同负责全程', 'Through ticket: one contract for the whole way'),
  COMBINED: both('各程分别成约，衔接请自行留足时间', 'Separate contracts for each leg: allow time between them')
}

export function journeyCard(journey, choose) {
  const { departsAt, arrivesAt, connectionMinutes, fullFare, product } = journey
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
      ridesOf(journey).map((leg, index) => legLine(leg, connectionMinutes[index]))
    ),
    h(
      'div.row.apart',
      {},
      h(
        'span.row',
        {},
        product
          ? h('span.badge.accent', {}, product.name)
          : h('span.badge', {}, both(`换乘 ${journey.changes} 次`, `${journey.changes} change(s)`)),
        partnerWords(journey)
      ),
      h(
        'button.button.pick',
        { type: 'button', 'aria-label': label, onclick: () => choose(tripOf(journey)) },
        both('购票', 'Buy')
      )
    )
  )
}

/** Who else carries one, and what a simulated one will do. */
function partnerWords({ partnerLegs = [] }) {
  if (partnerLegs.length === 0) return null
  const carriers = [...new Set(partnerLegs.map(({ offer }) => offer.carrier))].join('、')
  const remarks = partnerLegs.map(({ offer }) => offer.remark).filter((remark) => remark !== '')
  return [
    h('span.badge', {}, both(`含 ${carriers}`, `with ${carriers}`)),
    remarks.length > 0 ? h('span.small.soft', {}, remarks.join('；')) : null
  ]
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
