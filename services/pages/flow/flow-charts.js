// The charts of passenger flow: heat maps, profiles over the day, and loads along a line, in the page's own colours.
import { textOf } from '../shell/language.js'

const frame = ({ font, ink, line }) => ({
  animationDuration: 200,
  textStyle: { fontFamily: font, color: ink },
  tooltip: { confine: true },
  axis: { axisLabel: { color: ink }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } }
})

/** Room for names at the left, as wide as the longest; Chinese characters are as wide as they are high. */
function roomFor(names) {
  const widths = names.map((name) => [...name].reduce((sum, one) => sum + (one > '\u2e80' ? 12.5 : 7), 0))
  return Math.min(150, Math.max(30, ...widths)) + 12
}

/** Quarter hours as clock times: 34 → 08:30. */
export function quarterName(quarter) {
  return `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`
}

/** `cells` [{x, y, value}] over the names of both axes. */
export function heatOption({ columns, rows, cells, look, written }) {
  const { axis, ...base } = frame(look)
  const most = Math.max(1, ...cells.map(({ value }) => value))
  return {
    ...base,
    grid: { left: roomFor(rows), right: 8, top: 8, bottom: 76 },
    tooltip: {
      confine: true,
      formatter: ({ data: [x, y, value] }) => `${rows[y]} · ${columns[x]}<br>${written(value)}`
    },
    xAxis: { type: 'category', data: columns, ...axis, splitArea: { show: false } },
    yAxis: {
      type: 'category',
      data: rows,
      inverse: true,
      ...axis,
      axisLabel: { color: look.ink, fontSize: 12, interval: 0 }
    },
    visualMap: {
      min: 0,
      max: most,
      orient: 'horizontal',
      left: 'center',
      bottom: 4,
      itemHeight: 120,
      calculable: false,
      inRange: { color: [look.card, look.accent, look.kapok] },
      textStyle: { color: look.soft },
      formatter: (value) => written(Math.round(value))
    },
    series: [
      {
        type: 'heatmap',
        data: cells.map(({ x, y, value }) => [x, y, value]),
        itemStyle: { borderColor: look.line, borderWidth: 0.5 },
        emphasis: { itemStyle: { borderColor: look.ink } }
      }
    ]
  }
}

/** Several lines over the quarters of a day: `series` [{name, values}] of 96 each. */
export function profileOption({ series, from, to, look }) {
  const { axis, ...base } = frame(look)
  const quarters = Array.from({ length: to - from + 1 }, (_, nth) => from + nth)
  const colours = [look.accent, look.kapok, look.pale]
  return {
    ...base,
    grid: { left: 48, right: 16, top: 36, bottom: 28 },
    legend: { top: 0, left: 0, textStyle: { color: look.soft } },
    tooltip: { trigger: 'axis', confine: true },
    xAxis: { type: 'category', data: quarters.map(quarterName), ...axis },
    yAxis: { type: 'value', ...axis, splitLine: { lineStyle: { color: look.line } } },
    series: series.map(({ name, values }, nth) => ({
      type: 'line',
      name: textOf(name),
      showSymbol: false,
      areaStyle: { opacity: 0.12 },
      lineStyle: { width: 2 },
      itemStyle: { color: colours[nth % colours.length] },
      data: quarters.map((quarter) => values[quarter] ?? 0)
    }))
  }
}

/** Sections of a line, one direction to the right and the other to the left: `rows` [{name, forward, backward}]. */
export function sectionsOption({ rows, names, look, written }) {
  const { axis, ...base } = frame(look)
  const bars = (key, sign, color) => ({
    type: 'bar',
    stack: 'section',
    name: textOf(names[key]),
    itemStyle: { color },
    data: rows.map((row) => sign * row[key])
  })
  return {
    ...base,
    grid: { left: roomFor(rows.map(({ name }) => name)), right: 20, top: 36, bottom: 28 },
    legend: { top: 0, left: 0, textStyle: { color: look.soft } },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow' },
      confine: true,
      valueFormatter: (value) => written(Math.abs(value))
    },
    xAxis: {
      type: 'value',
      ...axis,
      axisLabel: { color: look.soft, formatter: (value) => written(Math.abs(value)) },
      splitLine: { lineStyle: { color: look.line } }
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({ name }) => name),
      ...axis,
      axisLabel: { color: look.ink, fontSize: 12, interval: 0 }
    },
    series: [bars('backward', -1, look.kapok), bars('forward', 1, look.accent)]
  }
}

/** Flows between zones as bands between two rims; `links` [{from, to, value}]. */
export function flowsOption({ links, look, written }) {
  const base = frame(look)
  const left = [...new Set(links.map(({ from }) => from))]
  const right = [...new Set(links.map(({ to }) => to))]
  return {
    animationDuration: 200,
    textStyle: base.textStyle,
    tooltip: { confine: true, valueFormatter: written },
    series: [
      {
        type: 'sankey',
        left: 8,
        right: 70,
        top: 8,
        bottom: 8,
        draggable: false,
        nodeAlign: 'justify',
        data: [...left.map((name) => ({ name: `${name} ` })), ...right.map((name) => ({ name }))],
        links: links.map(({ from, to, value }) => ({ source: `${from} `, target: to, value })),
        lineStyle: { color: 'source', opacity: 0.35, curveness: 0.5 },
        itemStyle: { color: look.accent, borderWidth: 0 },
        label: { color: look.ink, fontSize: 12 }
      }
    ]
  }
}
