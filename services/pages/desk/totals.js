// What riders were charged against what it would have cost without a discount, by operator and service.
import { h } from '../shell/element.js'
import { count, money } from '../shell/format.js'
import { both } from '../shell/language.js'
import { drawChart, pairsOption } from './charts.js'

const rowHeight = 44
const services = {
  0: both('其他', 'other'),
  1: both('公交', 'bus'),
  2: both('地铁', 'metro'),
  3: both('自行车', 'bicycle'),
  4: both('出租', 'taxi'),
  5: both('有轨电车', 'tram'),
  6: both('轮渡', 'ferry'),
  8: both('停车', 'parking')
}

export function totalsSection(totals, { left }) {
  const rows = byOperatorAndService(totals)
  const chart = h('div.chart')
  chart.style.height = `${rows.length * rowHeight + 44}px`
  void drawChart(chart, {
    label: both('应收与实收对比条形图，数值见下表', 'Price and charged amount; figures in the table'),
    optionOf: (look) =>
      pairsOption(rows.map(bars), { look, written: (value) => money(Math.round(value * 100)), names }),
    left
  })
  return h(
    'section.stack-tight',
    {},
    h('h2', {}, both('应收与实收', 'Price and charged amount')),
    h('div.card', {}, chart),
    table(rows)
  )
}

const names = [both('优惠前应收', 'Price before discount'), both('实收', 'Charged')]

function bars({ name, service, price, amount }) {
  const text = services[service]
  return { name: both(`${text.zh} · ${name}`, `${text.en} · ${name}`), first: price / 100, second: amount / 100 }
}

function byOperatorAndService(totals) {
  const groups = Map.groupBy(totals, ({ acquirer, service }) => `${acquirer} ${service}`)
  const sum = (rows, key) => rows.reduce((all, row) => all + row[key], 0)
  return [...groups.values()]
    .map((rows) => ({
      name: rows[0].acquirerName,
      service: rows[0].service,
      transactions: sum(rows, 'transactions'),
      entries: sum(rows, 'entries'),
      price: sum(rows, 'price'),
      amount: sum(rows, 'amount')
    }))
    .toSorted((a, b) => b.price - a.price)
}

function table(rows) {
  const heads = [
    both('笔数', 'Transactions'),
    both('进站', 'Entries'),
    both('应收', 'Price'),
    both('实收', 'Charged'),
    both('优惠', 'Discount')
  ]
  return h(
    'div.table-scroll',
    { tabindex: '0', role: 'region', 'aria-label': both('应收与实收明细', 'Price and charged amount') },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, both('运营方', 'Operator')),
          ...heads.map((text) => h('th.number', { scope: 'col' }, text))
        )
      ),
      h('tbody', {}, rows.map(totalRow))
    )
  )
}

function totalRow({ name, service, transactions, entries, price, amount }) {
  const discount = price > 0 ? `${(((price - amount) / price) * 100).toFixed(1)} %` : '—'
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name, ' ', h('span.badge', {}, services[service])),
    ...[count(transactions), count(entries), money(price), money(amount), discount].map((text) =>
      h('td.number', {}, text)
    )
  )
}
