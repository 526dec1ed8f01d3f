// Line by line: passengers between stops, discounts used, and coaches and ferries against their timetable.
import { field, fill, h } from '../shell/element.js'
import { count, money } from '../shell/format.js'
import { both } from '../shell/language.js'
import { showProblem } from '../shell/notice.js'
import { sectionsOption } from './flow-charts.js'
import { ask, chartCard, hiddenNote, nothingToShow, section, sumBy, tableOf, total } from './flow-parts.js'

export function lineLoads({ rows, hidden }, { day, left }) {
  const title = both('断面客流', 'Load along a line')
  const options = { day, part: 'loads', note: hiddenNote(hidden) }
  const lines = [...sumBy(rows, ({ lineName }) => lineName, 'passengers')].toSorted((a, b) => b[1] - a[1])
  if (lines.length === 0) return section(title, options, nothingToShow())
  const place = h('div.stack-tight')
  const line = h(
    'select',
    { id: 'line' },
    lines.map(([name]) => h('option', { value: name }, name))
  )
  const hour = h('select', { id: 'hour' }, h('option', { value: '' }, both('全日', 'All day')))
  for (let one = 5; one < 24; one++) hour.append(h('option', { value: one }, `${one}:00`))
  let drawn = new AbortController()
  const draw = async () => {
    drawn.abort()
    drawn = new AbortController()
    left.addEventListener('abort', () => drawn.abort())
    const ofHour = hour.value === '' ? { rows } : await ask(`days/${day}/loads?hour=${hour.value}`)
    const chosen = (ofHour?.rows ?? []).filter(({ lineName }) => lineName === line.value)
    fill(place, ...sections(chosen, drawn.signal))
  }
  for (const input of [line, hour])
    input.addEventListener('change', () => void draw().catch((problem) => showProblem(place, problem)))
  void draw()
  const choices = h('div.flow-choices', {}, field(both('线路', 'Line'), line), field(both('时段', 'Hour'), hour))
  return section(title, options, choices, place)
}

function sections(rows, left) {
  const names = { forward: both('顺行', 'Forward'), backward: both('逆行', 'Backward') }
  const byPlaces = new Map()
  for (const { position, backward, fromName, toName, passengers } of rows) {
    const at = backward ? position - 1 : position
    const name = backward ? `${toName} – ${fromName}` : `${fromName} – ${toName}`
    const one = byPlaces.get(at) ?? { at, name, forward: 0, backward: 0 }
    one[backward ? 'backward' : 'forward'] += passengers
    byPlaces.set(at, one)
  }
  const shown = [...byPlaces.values()].toSorted((a, b) => a.at - b.at)
  if (shown.length === 0) return [nothingToShow()]
  return [
    chartCard(shown.length * 22 + 70, {
      label: both('各区间客流条形图，数值见下表', 'Passengers by section; figures in the table'),
      optionOf: (look) => sectionsOption({ rows: shown, names, look, written: count }),
      left
    }),
    tableOf(
      both('各区间', 'By section'),
      [both('区间', 'Section'), names.forward, names.backward],
      shown.map(({ name, forward, backward }) => [name, count(forward), count(backward)])
    )
  ]
}

export function discountUse({ rows, hidden }, day) {
  const byLine = Map.groupBy(rows, ({ lineName }) => lineName)
  const lines = [...byLine]
    .map(([name, all]) => ({
      name,
      taps: total(all),
      discounted: total(all.filter(({ discount }) => discount !== 0)),
      price: all.reduce((sum, { price }) => sum + price, 0),
      amount: all.reduce((sum, { amount }) => sum + amount, 0)
    }))
    .toSorted((a, b) => b.price - a.price)
  return section(
    both('各线优惠', 'Discounts by line'),
    { day, part: 'discounts', note: hiddenNote(hidden) },
    lines.length === 0
      ? nothingToShow()
      : tableOf(
          both('按线路', 'By line'),
          [
            both('线路', 'Line'),
            both('付费乘次', 'Paid rides'),
            both('其中换乘优惠', 'With transfer mark'),
            both('应收', 'Price'),
            both('实收', 'Charged'),
            both('优惠', 'Discount')
          ],
          lines
            .slice(0, 100)
            .map(({ name, taps, discounted, price, amount }) => [
              name,
              count(taps),
              count(discounted),
              money(price),
              money(amount),
              price === 0 ? '—' : `${(((price - amount) / price) * 100).toFixed(1)} %`
            ]),
          { open: true }
        )
  )
}

export function operationTable(rows) {
  return section(
    both('运行与时刻表（客运、轮渡）', 'Against the timetable (coach, ferry)'),
    {},
    rows.length === 0
      ? nothingToShow()
      : tableOf(
          both('按线路', 'By line'),
          [
            both('线路', 'Line'),
            both('计划', 'Planned'),
            both('发出', 'Left'),
            both('停运', 'Cancelled'),
            both('晚点', 'Late'),
            both('座位', 'Places'),
            both('乘车', 'Travelled')
          ],
          rows.map(({ lineName, planned, dispatched, cancelled, late, places, travelled }) => [
            lineName,
            ...[planned, dispatched, cancelled, late, places, travelled].map(count)
          ])
        )
  )
}
