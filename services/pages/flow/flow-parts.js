// What the sections of passenger flow are made of: a title with its file, a chart in a card, a table to open, sums over rows.
import { call } from '../shell/api.js'
import { h } from '../shell/element.js'
import { count } from '../shell/format.js'
import { both } from '../shell/language.js'
import { emptyState } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { drawChart } from '../desk/charts.js'
import { save } from '../desk/download.js'

export const role = 'operator'

export const ask = async (path) => await withSession(role, (session) => call('GET', `/v1/flow/${path}`, { session }))

export function section(title, { day, part, note, open }, ...content) {
  const button = part
    ? h(
        'button.button.slim',
        {
          type: 'button',
          onclick: () =>
            void withSession(role, (session) =>
              save({ path: `/v1/flow/days/${day}/${part}?format=csv`, as: `flow-${part}-${day}.csv`, session })
            )
        },
        both('下载 CSV', 'Download CSV')
      )
    : null
  return h(
    'section.stack-tight.flow-section',
    open ? { id: open } : {},
    h('div.row.apart', {}, h('h2', {}, title), button),
    note ? h('p.small.soft', {}, note) : null,
    content
  )
}

export function chartCard(height, chart) {
  const element = h('div.flow-chart')
  element.style.height = `${height}px`
  void drawChart(element, chart)
  return h('div.card', {}, element)
}

export function hiddenNote({ cells, sum }) {
  if (cells === 0) return null
  const zh = sum === null ? '' : `，合计 ${count(sum)}`
  const en = sum === null ? '' : `, ${count(sum)} in all`
  return both(
    `另有 ${count(cells)} 格不足 10 人，未显示${zh}。`,
    `${count(cells)} cells of fewer than ten left out${en}.`
  )
}

/** Folded away unless `open`; the first `names` columns are names, the others figures. */
export function tableOf(caption, heads, rows, { open = false, names = 1 } = {}) {
  const table = h(
    'div.table-scroll',
    { tabindex: '0', role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((text, nth) => h(nth < names ? 'th' : 'th.number', { scope: 'col' }, text))
        )
      ),
      h(
        'tbody',
        {},
        rows.map(([first, ...cells]) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, first),
            cells.map((text, nth) => h(nth + 1 < names ? 'td' : 'td.number', {}, text))
          )
        )
      )
    )
  )
  return open ? table : h('details', {}, h('summary', {}, caption), table)
}

export function sumBy(rows, keyOf, what = 'taps') {
  const sums = new Map()
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + row[what])
  return sums
}

export function nothingToShow() {
  return emptyState(
    both('没有可显示的数据', 'Nothing to show'),
    both('终端位置未登记，或人数不足 10。', 'Terminals are at no known place, or the cells are smaller than ten.')
  )
}

export const total = (rows) => rows.reduce((sum, { taps }) => sum + taps, 0)
