// What it costs, line by line, and on what terms it can be given back. Shown before anything is held.
import { fill, h } from '../shell/element.js'
import { shortDay, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { fareExplanation } from './fare-explanation.js'
import { contractNames } from './journey-card.js'
import { partnerSum, partnerTerms } from './partner-rides.js'

export const fareNames = {
  full: both('全票', 'Full fare'),
  half: both('半票', 'Half fare'),
  free: both('免费儿童', 'Free child')
}

export function quoteSummary(summary, { quote, departure }) {
  fill(
    summary,
    h('h2', {}, both('费用', 'Price')),
    ...lines(quote),
    h('div.sum.total', {}, h('span', {}, both('合计', 'Total')), h('span', {}, yuan(quote.total))),
    departure.sampleFare ? h('span.badge.warn', {}, both('示例票价', 'Sample fare')) : null,
    departure.legs && quote.contract ? h('p.small', {}, contractNames[quote.contract]) : null,
    quote.open ? h('p.small', {}, openWords(quote.open)) : null,
    fareExplanation(departure.legs ?? [departure]),
    ...termsByLeg(quote, departure.legs),
    ...quote.partnerLegs.map(partnerTerms),
    quote.partnerLegs.length > 0 ? h('p.small.soft', {}, partnersAfterPayment) : null,
    h(
      'button.button.main.wide',
      {},
      departure.waiting ? both('加入候补', 'Join the waitlist') : both('确认并占座', 'Hold my seats')
    ),
    h(
      'p.small.soft',
      {},
      departure.waiting
        ? both('先预付，未候补到票全额退回。', 'You prepay; what is not filled is returned in full.')
        : both(
            `占座后保留 ${quote.holdMinutes} 分钟，请在此时间内支付。`,
            `Seats are held for ${quote.holdMinutes} minutes while you pay.`
          )
    )
  )
}

const partnersAfterPayment = both(
  '付款后由承运方确认出票：全程都出票，或全部退款。',
  'After payment each carrier confirms: you get every ticket, or all your money back.'
)

/** One leg, or legs that agree, have one set of terms; otherwise each says its own. */
function termsByLeg({ refund, legs }, ridden) {
  const same = legs.every((leg) => leg.refund.code === refund.code)
  if (same && ridden?.length === 1) return [refundTerms(refund, ridden[0].number)]
  if (same || !ridden) return [refundTerms(refund)]
  return legs.map((leg, index) => refundTerms(leg.refund, ridden[index].number))
}

/** The way back that is dated later. */
function openWords({ until }) {
  const { zh, en } = shortDay(until)
  return both(`回程 ${zh}（含）前有效，在“我的车票”里选班次`, `The way back is good until ${en}; date it in My tickets`)
}

function lines({ places: whole, vehicles, partnerLegs }) {
  // What partners carry is a line of its own.
  const theirs = (passenger) => partnerLegs.reduce((sum, { fares }) => sum + fares[passenger], 0)
  const places = whole.map((place, passenger) => ({ ...place, fare: place.fare - theirs(passenger) }))
  const kinds = Map.groupBy(places, ({ fareKind }) => fareKind)
  const fares = [...kinds].flatMap(([kind, of]) =>
    [...Map.groupBy(of, ({ fare }) => fare)].map(([fare, same]) => sumLine(fareNames[kind], same.length, fare))
  )
  const decks = [...Map.groupBy(vehicles, ({ fare }) => fare)]
  const aboard = decks.map(([fare, of]) => sumLine(both('车辆', 'Vehicle'), of.length, fare))
  const fees = places.filter(({ serviceFee }) => serviceFee > 0)
  const service = fees.length > 0 ? [sumLine(both('服务费', 'Service fee'), fees.length, fees[0].serviceFee)] : []
  return [...partnerLegs.map(partnerSum), ...fares, ...aboard, ...service]
}

function sumLine(name, count, each) {
  return h('div.sum', {}, h('span', {}, name, ` × ${count}`), h('span', {}, yuan(each * count)))
}

/** `leg` names the departure when several have terms of their own. */
export function refundTerms({ lines }, leg = '') {
  return h(
    'div.notice',
    {},
    h('strong', {}, both(`退票规定 ${leg}`, `Refund terms ${leg}`)),
    h(
      'ul',
      {},
      lines.map((line) => h('li', {}, line))
    )
  )
}
