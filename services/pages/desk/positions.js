// Who gets and who owes for a day, as a chart and as a table that proves its own sum.
import { h } from '../shell/element.js'
import { money, signedMoney, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { barsOption, drawChart } from './charts.js'

const rowHeight = 27
/** In the overview: so many who receive most, and so many who pay most. */
const foremost = 6
const roles = {
  issuer: both('发卡', 'issuer'),
  acquirer: both('收单', 'acquirer'),
  'clearing-centre': both('清算中心', 'clearing centre')
}

export function positionsSection(positions, { left }) {
  const sorted = positions.toSorted((a, b) => b.net - a.net)
  return h(
    'section.stack-tight',
    {},
    heading(),
    proof(positions),
    h('div.card', {}, chart(sorted, left)),
    table(sorted)
  )
}

export function foremostPositions(positions, { day, left }) {
  const sorted = positions.toSorted((a, b) => b.net - a.net)
  const few = sorted.length <= 2 * foremost
  const shown = few ? sorted : [...sorted.slice(0, foremost), ...sorted.slice(-foremost)]
  const rest = sorted.length - shown.length
  const all = both(`另有 ${rest} 家，查看全部`, `${rest} more: see all`)
  return h(
    'section.stack-tight',
    {},
    heading(),
    h('div.card', {}, chart(shown, left)),
    proof(positions),
    few ? null : h('a', { href: `#/days/${day}/positions` }, all)
  )
}

function heading() {
  return h(
    'div.row.apart',
    {},
    h('h2', {}, both('轧差额', 'Net positions')),
    h('span.small.soft', {}, both('正为应收，负为应付，单位元', 'Positive receives, negative pays; yuan'))
  )
}

function chart(positions, left) {
  const element = h('div.chart')
  element.style.height = `${Math.max(2, positions.length) * rowHeight + 12}px`
  const rows = positions.map(({ name, net }) => ({ name, value: net / 100 }))
  void drawChart(element, {
    label: both('各机构轧差额条形图，数值见明细表', 'Net positions by participant; figures in the table'),
    optionOf: (look) => barsOption(rows, { look, written: (value) => signedMoney(Math.round(value * 100)) }),
    left
  })
  return element
}

function sumOf(rows, key) {
  return rows.reduce((sum, row) => sum + row[key], 0)
}

/** The line an auditor looks for first: all positions together are nothing, to the fen. */
function proof(positions) {
  const [income, expense, net] = ['income', 'expense', 'net'].map((key) => sumOf(positions, key))
  const sums = h('span', {}, `Σ ${money(income)} − Σ ${money(expense)} = ${money(net)}`)
  return net === 0
    ? h('p.proof.notice.good', { id: 'zero-sum' }, both('✓ 轧差合计为零', '✓ The positions sum to zero'), sums)
    : h(
        'p.proof.notice.bad',
        { id: 'zero-sum' },
        both('✗ 轧差合计不为零，请立即核查', '✗ The positions do not sum to zero'),
        sums
      )
}

function table(positions) {
  return h(
    'div.table-scroll',
    { tabindex: '0', role: 'region', 'aria-label': both('轧差额明细', 'Net positions') },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, both('机构', 'Participant')),
          ...['应收 Income', '应付 Expense', '轧差 Net'].map(numberHead)
        )
      ),
      h('tbody', {}, positions.map(row)),
      h(
        'tfoot',
        {},
        h(
          'tr',
          {},
          h('td', {}, both('合计', 'Total')),
          ...['income', 'expense', 'net'].map((key) => h('td.number', {}, money(sumOf(positions, key))))
        )
      )
    )
  )
}

function numberHead(pair) {
  const [zh, en] = pair.split(' ')
  return h('th.number', { scope: 'col' }, both(zh, en))
}

function row({ participant, name, role, income, expense, net }) {
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      name,
      ' ',
      h('span.small.soft', {}, h('span.mono', {}, participant), ' ', roles[role] ?? role)
    ),
    h('td.number', {}, money(income)),
    h('td.number', {}, money(expense)),
    h(`td.number.${net < 0 ? 'negative' : 'positive'}`, { title: yuan(net) }, signedMoney(net))
  )
}
