// Charts in the page's own colours and language. The same figures stand in a table beside every chart.
import { textOf } from '../shell/language.js'

const darkScheme = matchMedia('(prefers-color-scheme: dark)')

/**
 * Draws what `optionOf(palette)` describes and keeps it right when the size, the language or the colour scheme changes,
 * until `left` is aborted. `label` is what a screen reader says of it.
 */
export async function drawChart(element, { label, optionOf, left }) {
  const echarts = await import('/vendor/echarts/echarts.esm.min.mjs')
  if (left.aborted) return
  const chart = echarts.init(element)
  const draw = () => {
    element.setAttribute('aria-label', textOf(label))
    chart.setOption(optionOf(palette()), true)
  }
  element.setAttribute('role', 'img')
  draw()
  const resized = new ResizeObserver(() => chart.resize())
  resized.observe(element)
  document.addEventListener('language', draw, { signal: left })
  darkScheme.addEventListener('change', draw, { signal: left })
  left.addEventListener('abort', () => {
    resized.disconnect()
    chart.dispose()
  })
}

function palette() {
  const style = getComputedStyle(document.documentElement)
  const colour = (name) => style.getPropertyValue(`--${name}`).trim()
  return {
    ink: colour('ink'),
    soft: colour('ink-soft'),
    line: colour('line'),
    card: colour('card'),
    accent: colour('accent'),
    kapok: colour('kapok'),
    pale: colour('line-strong'),
    font: getComputedStyle(document.body).fontFamily
  }
}

/** Horizontal bars, one per row: `rows` [{name, value}], drawn from the top. Values below zero go left in the second colour. */
export function barsOption(rows, { colours, written, nameWidth = 130 }) {
  const values = rows.map(({ value }) => ({
    value,
    itemStyle: {
      color: value < 0 ? colours.kapok : colours.accent,
      borderRadius: value < 0 ? [3, 0, 0, 3] : [0, 3, 3, 0]
    },
    label: { position: value < 0 ? 'left' : 'right' }
  }))
  return {
    ...frameOf(colours),
    tooltip: { ...tooltipOf(colours), valueFormatter: written },
    xAxis: valueAxis(colours),
    yAxis: nameAxis(
      rows.map(({ name }) => textOf(name)),
      { ...colours, nameWidth }
    ),
    series: [{ type: 'bar', barMaxWidth: 22, data: values, label: labelOf(colours, written) }]
  }
}

/** Two bars per row to compare, e.g. price and charged amount. */
export function pairsOption(rows, { colours, written, names }) {
  const series = ['first', 'second'].map((key, index) => ({
    type: 'bar',
    name: textOf(names[index]),
    barMaxWidth: 16,
    itemStyle: { color: index === 0 ? colours.pale : colours.accent, borderRadius: [0, 3, 3, 0] },
    label: labelOf(colours, written),
    data: rows.map((row) => row[key])
  }))
  return {
    ...frameOf(colours),
    legend: { top: 0, left: 0, textStyle: { color: colours.soft }, itemWidth: 14, itemHeight: 10 },
    grid: { ...frameOf(colours).grid, top: 34 },
    tooltip: { ...tooltipOf(colours), valueFormatter: written },
    xAxis: valueAxis(colours),
    yAxis: nameAxis(
      rows.map(({ name }) => textOf(name)),
      colours
    ),
    series
  }
}

function frameOf({ font }) {
  return {
    animationDuration: 400,
    textStyle: { fontFamily: font },
    grid: { left: 4, right: 90, top: 4, bottom: 4, containLabel: true }
  }
}

function tooltipOf({ card, ink, line }) {
  return {
    trigger: 'axis',
    axisPointer: { type: 'shadow' },
    backgroundColor: card,
    borderColor: line,
    textStyle: { color: ink },
    confine: true
  }
}

function valueAxis({ line }) {
  return { type: 'value', axisLabel: { show: false }, splitLine: { lineStyle: { color: line } } }
}

function nameAxis(names, { ink, line, nameWidth = 130 }) {
  return {
    type: 'category',
    data: names,
    inverse: true,
    axisLabel: { color: ink, fontSize: 13, width: nameWidth, overflow: 'truncate' },
    axisLine: { onZero: true, lineStyle: { color: line } },
    axisTick: { show: false }
  }
}

function labelOf({ ink }, written) {
  return { show: true, position: 'right', color: ink, fontSize: 12, formatter: ({ value }) => written(value) }
}
