// Who bears what was taken off the day's fares, and some of the rides, each leading to its story.
import { h } from '../shell/element.js'
import { count, money } from '../shell/format.js'
import { both } from '../shell/language.js'
import { bearers, classes } from './fare-words.js'

export function discountsSection({ legs, rides }) {
  const title = h('h2', {}, both('优惠由谁承担', 'Who bears the discounts'))
  if (legs.length === 0)
    return h(
      'section.stack-tight',
      {},
      title,
      h('p.soft', {}, both('当日没有城市优惠方案下的优惠。', 'No discount under a city’s scheme that day.'))
    )
  return h(
    'section.stack-tight',
    {},
    title,
    h(
      'p.soft',
      {},
      both(
        '按各城市的优惠方案逐笔计价，与发卡机构无关；分担比例为示例。',
        'Each ride is priced by its city’s scheme, whoever issued the card; the shares are samples.'
      )
    ),
    table(
      both('优惠承担', 'Discounts by bearer'),
      [both('方案', 'Scheme'), both('承担', 'Borne by'), both('付方 → 收方', 'Payer → payee')],
      [both('笔数', 'Rides'), both('金额', 'Amount')],
      summed(legs).map(legRow)
    ),
    h('h3', {}, both('其中的交易', 'Some of the rides')),
    table(
      both('优惠交易', 'Discounted rides'),
      [both('交易', 'Ride'), both('方案', 'Scheme'), both('此前当月', 'Month before it')],
      [both('档', 'Tier'), both('应收', 'Price'), both('优惠后', 'Due'), both('实收', 'Charged')],
      rides.map(rideRow)
    )
  )
}

/** Issuers are many: their parts of a scheme are one row, the others stay as they are. */
function summed(legs) {
  const groups = Map.groupBy(legs, ({ scheme, bearer, payer, payee }) =>
    bearer === 'issuer'
      ? `${scheme} ${bearer} ${payee}`
      : bearer === 'overcharge'
        ? `${scheme} ${bearer} ${payer}`
        : `${scheme} ${bearer} ${payer} ${payee}`
  )
  return [...groups.values()].map((rows) => ({
    ...rows[0],
    parties: rows.length,
    rides: rows.reduce((sum, row) => sum + row.rides, 0),
    amount: rows.reduce((sum, row) => sum + row.amount, 0)
  }))
}

function legRow({ scheme, bearer, payerName, payeeName, parties, rides, amount }) {
  const many = both(`${parties} 家发卡机构`, `${parties} issuers`)
  const [from, to] = [
    bearer === 'issuer' && parties > 1 ? many : payerName,
    bearer === 'overcharge' && parties > 1 ? many : payeeName
  ]
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('span.mono', {}, scheme)),
    h('td', {}, bearers[bearer]),
    h('td', {}, bearer === 'operator' ? payerName : [from, ' → ', to]),
    h('td.number', {}, count(rides)),
    h('td.number', {}, money(amount))
  )
}

function rideRow({ id, scheme, riderClass, tier, price, due, charged, ridesBefore, paidBefore, takenBack }) {
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('a.mono', { href: `#/explain/${id}` }, id)),
    h(
      'td',
      {},
      h('span.mono', {}, scheme),
      ' ',
      h('span.badge', {}, classes[riderClass]),
      takenBack ? [' ', h('span.badge.warn', {}, both('冲回', 'taken back'))] : null
    ),
    h('td', {}, both(`${ridesBefore} 次、`, `${ridesBefore} rides, `), money(paidBefore)),
    ...[count(tier), money(price), money(due), money(charged)].map((text) => h('td.number', {}, text))
  )
}

export function table(label, heads, numbers, rows) {
  return h(
    'div.table-scroll',
    { tabindex: '0', role: 'region', 'aria-label': label },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((text) => h('th', { scope: 'col' }, text)),
          numbers.map((text) => h('th.number', { scope: 'col' }, text))
        )
      ),
      h('tbody', {}, rows)
    )
  )
}
