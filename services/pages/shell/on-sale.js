// Why a departure cannot be bought through a channel at this moment, in words; null when it can. The answer of a search may be half a
// minute old, so the clock has its say.
import { platformNow } from './api.js'
import { clockOf, dayName, dayOf } from './format.js'
import { both } from './language.js'

export const stateWords = {
  PLANNED: both('未开售', 'Not on sale yet'),
  SALE_STOPPED: both('已停售', 'Sale stopped'),
  REPORTED: both('已报班', 'Reported'),
  CHECKING: both('检票中', 'Boarding'),
  DISPATCHED: both('已发班', 'Departed'),
  ARRIVED: both('已到达', 'Arrived'),
  DELAYED: both('晚点', 'Delayed'),
  SUSPENDED: both('停航待定', 'Suspended'),
  CANCELLED: both('已停班', 'Cancelled'),
  MERGED: both('已并班', 'Merged'),
  MISSED: both('脱班', 'Did not run')
}
const sellable = new Set(['ON_SALE', 'DELAYED', 'REPORTED', 'CHECKING'])
const afterReport = both('待车辆报到后发售', 'On sale once its vehicle reports')

/** A journey is on sale when each of its legs is. */
export function whyNotOnSale(trip, channel) {
  for (const leg of trip.legs ?? [trip]) {
    const why = whyNotLeg(leg, channel)
    if (why) return why
  }
  return null
}

function whyNotLeg({ state, notOnSale, saleOpensAt, saleClosesAt, saleClosesAtBy }, channel) {
  if (!sellable.has(state)) return stateWords[state]
  if (Date.parse(saleClosesAtBy?.[channel] ?? saleClosesAt) <= platformNow()) return both('已截止售票', 'Sale closed')
  if (notOnSale === 'sale-after-report') return afterReport
  return Date.parse(saleOpensAt) > platformNow() ? opensWords(saleOpensAt) : null
}

function opensWords(at) {
  const time = clockOf(at)
  if (dayOf(at) === dayOf(platformNow())) return both(`${time} 起售`, `On sale from ${time}`)
  const { zh, en } = dayName(dayOf(at))
  return both(`${zh} ${time} 起售`, `On sale from ${time}, ${en}`)
}
