// When people travel: a profile over the day, and the stations' quarter hours as a heat map.
import { count } from '../shell/format.js'
import { both } from '../shell/language.js'
import { heatOption, profileOption, quarterName } from './flow-charts.js'
import { chartCard, hiddenNote, nothingToShow, section, sumBy, tableOf, total } from './flow-parts.js'

const stationsShown = 30
const passages = [both('单次上车', 'Boardings'), both('进站', 'Entries'), both('出站', 'Exits')]

export function profile({ rows, hidden }, { day, left }) {
  const sums = [0, 1, 2].map((passage) =>
    sumBy(
      rows.filter((row) => row.passage === passage),
      ({ quarter }) => quarter
    )
  )
  const quarters = rows.map(({ quarter }) => quarter)
  const title = both('一日之中', 'Over the day')
  if (rows.length === 0) return section(title, { day, note: hiddenNote(hidden) }, nothingToShow())
  const [from, to] = [Math.max(0, Math.min(...quarters) - 1), Math.min(95, Math.max(...quarters) + 1)]
  const series = sums.map((values, passage) => ({ name: passages[passage], values: Object.fromEntries(values) }))
  return section(
    title,
    { day, part: 'boardings', note: hiddenNote(hidden) },
    chartCard(280, {
      label: both('每刻钟的上车、进站、出站人次', 'Boardings, entries and exits by quarter hour'),
      optionOf: (look) => profileOption({ series, from, to, look }),
      left
    }),
    tableOf(
      both('每刻钟人次', 'By quarter hour'),
      [both('时刻', 'From'), ...passages],
      [...new Set(quarters)]
        .toSorted((a, b) => a - b)
        .map((quarter) => [quarterName(quarter), ...sums.map((values) => count(values.get(quarter) ?? 0))])
    )
  )
}

/** Stations by quarter hour, the busiest on top. */
export function stationHeat({ rows }, left) {
  const title = both('进出站热力', 'Stations over the day')
  const stations = rows.filter(({ placeName }) => placeName !== null)
  const busiestStations = [...sumBy(stations, ({ placeName }) => placeName)]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, stationsShown)
    .map(([name]) => name)
  if (busiestStations.length === 0) return section(title, {}, nothingToShow())
  const quarters = [...new Set(stations.map(({ quarter }) => quarter))].toSorted((a, b) => a - b)
  const span = Array.from({ length: quarters.at(-1) - quarters[0] + 1 }, (_, nth) => quarters[0] + nth)
  const sums = sumBy(stations, ({ placeName, quarter }) => `${placeName}|${quarter}`)
  const cells = busiestStations.flatMap((name, y) =>
    span.flatMap((quarter, x) => {
      const value = sums.get(`${name}|${quarter}`)
      return value ? [{ x, y, value }] : []
    })
  )
  const columns = span.map(quarterName)
  return section(
    title,
    {
      note: both(
        `最繁忙的 ${busiestStations.length} 站，进站与出站合计`,
        `The ${busiestStations.length} busiest, entries and exits together`
      )
    },
    chartCard(busiestStations.length * 19 + 90, {
      label: both('车站与时刻的热力图，数值见下表', 'Heat map of stations and times; figures in the table'),
      optionOf: (look) => heatOption({ columns, rows: busiestStations, cells, look, written: count }),
      left
    }),
    tableOf(
      both('车站合计', 'By station'),
      [both('车站', 'Station'), ...passages.slice(1)],
      busiestStations.map((name) => [
        name,
        ...[1, 2].map((passage) =>
          count(total(stations.filter((row) => row.placeName === name && row.passage === passage)))
        )
      ])
    )
  )
}
