// Charts in the page's own colours and language. The same figures stand in a table beside every chart.
import { textOf } from '../shell/language.js'

const darkScheme = matchMedia('(prefers-color-scheme: dark)')
const [wideCharacter, narrowCharacter] = [13, 7.4]
const namesShareMax = 0.38
const figureWidth = 66
const narrowChart = 420

/**
 * Draws what `optionOf(look)` describes and keeps it right when the size, the language, the colours or the fonts change, until
 * `left` is aborted. `label` is what a screen reader says of it.
 */
export async function drawChart(element, { label, optionOf, left }) {
  element.setAttribute('role', 'img')
  element.setAttribute('aria-label', textOf(label))
  const echarts = await import('/vendor/echarts/echarts.esm.min.mjs')
  if (left.aborted) return
  const chart = echarts.init(element)
  const draw = () => {
    element.setAttribute('aria-label', textOf(label))
    chart.resize()
    chart.setOption(optionOf({ ...colours(), width: element.clientWidth }), true)
  }
  const resized = new ResizeObserver(draw)
  resized.observe(element)
  document.addEventListener('language', draw, { signal: left })
  document.fonts.addEventListener('loadingdone', draw, { signal: left })
  darkScheme.addEventListener('change', draw, { signal: left })
  left.addEventListener('abort', () => {
    resized.disconnect()
    chart.dispose()
  })
}

function colours() {
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
export function barsOption(rows, { look, written }) {
  const data = rows.map(({ value }) => ({
    value,
    itemStyle: { color: value < 0 ? look.kapok : look.accent, borderRadius: value < 0 ? [3, 0, 0, 3] : [0, 3, 3, 0] },
    label: { position: value < 0 ? 'left' : 'right' }
  }))
  return {
    ...frameOf(rows, look),
    tooltip: { ...tooltipOf(look), valueFormatter: written },
    series: [{ type: 'bar', barMaxWidth: 20, data, label: labelOf(look, written) }]
  }
}

/** Two bars per row to compare, `rows` [{name, first, second}], e.g. price and charged amount. */
export function pairsOption(rows, { look, written, names }) {
  const frame = frameOf(rows, look)
  const series = ['first', 'second'].map((key, index) => ({
    type: 'bar',
    name: textOf(names[index]),
    barMaxWidth: 15,
    itemStyle: { color: index === 0 ? look.pale : look.accent, borderRadius: [0, 3, 3, 0] },
    label: labelOf(look, written),
    data: rows.map((row) => row[key])
  }))
  return {
    ...frame,
    grid: { ...frame.grid, top: 34 },
    legend: { top: 0, left: 0, textStyle: { color: look.soft }, itemWidth: 14, itemHeight: 10 },
    tooltip: { ...tooltipOf(look), valueFormatter: written },
    series
  }
}

function frameOf(rows, { font, ink, line, width }) {
  const names = rows.map(({ name }) => textOf(name))
  const namesWidth = Math.min(width * namesShareMax, Math.max(...names.map(widthOf)))
  const ends = rows.some(({ value }) => value < 0) ? 2 : 1
  const room = roomForFigures(width - namesWidth - 20, ends)
  return {
    animationDuration: 300,
    textStyle: { fontFamily: font },
    grid: { left: namesWidth + 12, right: 8, top: 4, bottom: 4 },
    xAxis: {
      type: 'value',
      min: ({ min, max }) => (min < 0 ? min - (max - min) * room : 0),
      max: ({ min, max }) => (max > 0 ? max + (max - Math.min(min, 0)) * room : 0),
      axisLabel: { show: false },
      splitLine: { show: false }
    },
    yAxis: {
      type: 'category',
      data: names,
      inverse: true,
      axisLabel: { color: ink, fontSize: width < narrowChart ? 12 : 13, width: namesWidth, overflow: 'truncate' },
      axisLine: { onZero: true, lineStyle: { color: line } },
      axisTick: { show: false }
    }
  }
}

/** By how much of their range the values' axis grows at an end, so that a figure like −64,086.34 fits beyond the longest bar. */
function roomForFigures(plotWidth, ends) {
  return figureWidth / Math.max(figureWidth / 2, plotWidth - ends * figureWidth)
}

/** Chinese characters are as wide as they are high; close enough for a margin. */
function widthOf(text) {
  return [...text].reduce((width, character) => width + (character > '\u2e80' ? wideCharacter : narrowCharacter), 4)
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

function labelOf({ ink }, written) {
  return { show: true, position: 'right', color: ink, fontSize: 12, formatter: ({ value }) => written(value) }
}
