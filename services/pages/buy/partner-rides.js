// Rides of other carriers in a journey (rail, air, another province): where they stand in the way, what is said of their refunds before
// anybody pays, and how far they are.
import { h } from '../shell/element.js'
import { duration, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'

/** All rides of a trip or an order, ours and partners', in order of travel. */
export function ridesOf({ legs, partnerLegs = [] }) {
  // One that was changed is no part of the way any more.
  const of = (side) =>
    partnerLegs.filter((leg) => leg.side === side && leg.cause !== 'changed').map(({ offer }) => offer)
  return [...of('before'), ...legs, ...of('after')]
}

export const partnerStates = {
  LOCKING: ['badge.warn', both('锁座中', 'Being held')],
  LOCKED: ['badge.warn', both('已锁座，待支付', 'Held, to be paid')],
  CONFIRMING: ['badge.warn', both('等待承运方出票', 'Waiting for its ticket')],
  CONFIRMED: ['badge.good', both('已出票', 'Issued')],
  RETURNING: ['badge.warn', both('退票办理中', 'Being given back')],
  CANCELLING: ['badge', both('取消中', 'Being cancelled')],
  CANCELLED: ['badge', both('已取消', 'Cancelled')]
}

export const causeWords = {
  abandoned: both('未下单', 'not ordered'),
  expired: both('超时或取消', 'held too long, or given up'),
  partner: both('承运方未能出票', 'its carrier gave no ticket'),
  local: both('另一程不能成行', 'another leg could not be had'),
  lost: both('承运方丢失了客票', 'its carrier lost the ticket'),
  passenger: both('旅客退票', 'given back'),
  changed: both('改签到另一班次', 'changed to another ride')
}

/** Of a party, what each passenger's part of it costs. */
export function partnerSum({ offer, fares }) {
  const sum = fares.reduce((all, fare) => all + fare, 0)
  return h('div.sum', {}, h('span', {}, `${offer.carrier} ${offer.number}`), h('span', {}, yuan(sum)))
}

/** The carrier's own refund table, and who bears what when the whole cannot be had. */
export function partnerTerms({ offer, terms }) {
  return h(
    'div.notice',
    {},
    h('strong', {}, both(`退票规定 ${offer.carrier} ${offer.number}`, `Refund terms ${offer.carrier} ${offer.number}`)),
    h(
      'ul',
      {},
      offer.refundTiers.map((tier) => h('li', {}, tierWords(tier))),
      h('li', {}, both('开车后不退', 'No refund after it has left')),
      terms ? h('li', {}, both(terms, allOrNone)) : null
    )
  )
}

const allOrNone =
  'If not every leg can be had, all your money comes back; a fee its carrier keeps then is ours to reclaim. When you give it back yourself, the fees above are yours.'

function tierWords({ atLeastSeconds, rate }) {
  const percent = `${Number((Number(rate) * 100).toFixed(2))}%`
  const free = Number(rate) === 0
  const left = atLeastSeconds >= 86_400 ? days(atLeastSeconds / 86_400) : duration(Math.round(atLeastSeconds / 60))
  const when =
    atLeastSeconds > 0
      ? both(`开车前 ${left.zh}以上`, `${left.en} or more before it leaves`)
      : both('其后至开车前', 'Later, until it leaves')
  return both(
    `${when.zh}：${free ? '免手续费' : `手续费 ${percent}`}`,
    `${when.en}: ${free ? 'free' : `fee ${percent}`}`
  )
}

const days = (number) => both(`${number} 天`, number === 1 ? '1 day' : `${number} days`)
