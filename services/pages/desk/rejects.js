// Why lines were refused, by reason: the bar shows how much it matters, the code how the interface names it.
import { h } from '../shell/element.js'
import { count } from '../shell/format.js'
import { both } from '../shell/language.js'
import { barsOption, drawChart } from './charts.js'

const rowHeight = 34

export function rejectsSection(rejects, { left }) {
  const heading = h('h2', {}, both('拒绝原因', 'Rejected lines by reason'))
  if (rejects.length === 0)
    return h(
      'section.stack-tight',
      {},
      heading,
      h('p.notice.good', {}, both('没有被拒绝的行。', 'No line was refused.'))
    )
  const chart = h('div.chart')
  chart.style.height = `${Math.max(2, rejects.length) * rowHeight + 12}px`
  const rows = rejects.map(({ code, text, textEn, count: value }) => ({
    name: both(`${code} ${text}`, `${code} ${textEn}`),
    value
  }))
  void drawChart(chart, {
    label: both('按原因统计的拒绝行数', 'Rejected lines by reason'),
    optionOf: (look) => barsOption(rows, { look: { ...look, accent: look.kapok }, written: count }),
    left
  })
  const list = rejects.map(({ code, text, textEn, count: lines }) =>
    h('li', {}, `${code} `, both(text, textEn), `: ${count(lines)}`)
  )
  return h('section.stack-tight', {}, heading, h('div.card', {}, chart), h('ul.only-heard', {}, list))
}
