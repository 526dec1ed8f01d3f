// What it costs, line by line, and on what terms it can be given back. Shown before anything is held.
import { fill, h } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { contractNames } from './journey-card.js'

export const fareNames = {
  full: both('全票', 'Full fare'),
  half: both('半票', 'Half fare'),
  free: both('免费儿童', 'Free child')
}

export function quoteSummary(summary, { quote, departure }) {
  fill(
    summary,
    h('h2', {}, both('费用', 'Price')),
    ...lines(quote.places),
    h('div.sum.total', {}, h('span', {}, both('合计', 'Total')), h('span', {}, yuan(quote.total))),
    departure.sampleFare ? h('span.badge.warn', {}, both('示例票价', 'Sample fare')) : null,
    quote.contract ? h('p.small', {}, contractNames[quote.contract]) : null,
    ...termsByLeg(quote, departure.legs),
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

/** One leg, or legs that agree, have one set of terms; otherwise each says its own. */
function termsByLeg({ refund, legs }, ridden) {
  const same = legs.every((leg) => leg.refund.code === refund.code)
  if (same || !ridden) return [refundTerms(refund)]
  return legs.map((leg, index) => refundTerms(leg.refund, ridden[index].number))
}

function lines(places) {
  const kinds = Map.groupBy(places, ({ fareKind }) => fareKind)
  const fares = [...kinds].map(([kind, of]) => sumLine(fareNames[kind], of.length, of[0].fare))
  const fees = places.filter(({ serviceFee }) => serviceFee > 0)
  return fees.length > 0 ? [...fares, sumLine(both('服务费', 'Service fee'), fees.length, fees[0].serviceFee)] : fares
}

function sumLine(name, count, each) {
  return h('div.sum', {}, h('span', {}, name, ` × ${count}`), h('span', {}, yuan(each * count)))
}

/** The published sets of terms in English; a set that is not among them is shown as its carrier wrote it. */
const termsInEnglish = {
  'coach-10-20':
    '2 hours or more before departure 10 % (at least ¥0.50); later 20 % (at least ¥1); nothing after departure',
  'coach-10-20-50': '2 hours or more before departure 10 %; later 20 %; within an hour after departure 50 %',
  'coach-1h': '1 hour or more before departure 10 %; later 20 %; nothing after departure',
  'strait-2024':
    '2 hours or more before sailing free; later ¥5 for an adult, ¥3 for a child, ¥30 for a car, trucks free; nothing after sailing'
}

/** `leg` names the departure when several have terms of their own. */
export function refundTerms({ code, name }, leg = '') {
  const clauses = name.split(/[；;]/)
  const english = termsInEnglish[code]?.split('; ')
  const list = (texts, lang) =>
    h(
      `ul.in-${lang}`,
      { lang: lang === 'en' ? 'en' : 'zh-CN' },
      texts.map((text) => h('li', {}, text))
    )
  return h(
    'div.notice',
    {},
    h('strong', {}, both(`退票规定 ${leg}`, `Refund terms ${leg}`)),
    list(clauses, english ? 'zh' : 'any'),
    english ? list(english, 'en') : null
  )
}
