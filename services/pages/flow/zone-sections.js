// From where to where: flows between zones, and the stations within a pair of zones once one chooses it.
import { fill, h } from '../shell/element.js'
import { count } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { flowsOption } from './flow-charts.js'
import { ask, chartCard, hiddenNote, nothingToShow, section, sumBy, tableOf } from './flow-parts.js'

export function zoneFlows({ rows, hidden }, { day, left }) {
  const title = both('分区出行', 'Between zones')
  const between = [...sumBy(rows, ({ originZone, destinationZone }) => `${originZone}|${destinationZone}`, 'journeys')]
  const links = between.map(([key, value]) => {
    const [from, to] = key.split('|')
    return { from, to, value }
  })
  const options = { day, part: 'journeys', note: hiddenNote(hidden) }
  if (links.length === 0) return section(title, options, nothingToShow())
  return section(
    title,
    options,
    chartCard(420, {
      label: both('各区之间的出行量，数值见下表', 'Journeys between zones; figures in the table'),
      optionOf: (look) => flowsOption({ links, look, written: count }),
      left
    }),
    tableOf(
      both('点选一行看站点之间', 'Choose a row for the stations within'),
      [both('从', 'From'), both('到', 'To'), both('出行', 'Journeys')],
      links
        .toSorted((a, b) => b.value - a.value)
        .map(({ from, to, value }) => [pairsButton({ day, from, to }), to, count(value)]),
      { open: true, names: 2 }
    )
  )
}

function pairsButton({ day, from, to }) {
  return h('button.button.quiet.slim', { type: 'button', onclick: () => void showPairs({ day, from, to }) }, from)
}

async function showPairs({ day, from, to }) {
  const place = document.querySelector('#pairs')
  fill(place, loading())
  try {
    const answer = await ask(`days/${day}/pairs?${new URLSearchParams({ from, to })}`)
    if (!answer) return
    const { rows, hidden } = answer
    const content =
      rows.length === 0
        ? nothingToShow()
        : tableOf(
            both('起讫站', 'Stations'),
            [both('从', 'From'), both('到', 'To'), both('乘次', 'Rides'), both('其中推断', 'Inferred')],
            rows
              .slice(0, 200)
              .map(({ originName, destinationName, rides, inferred }) => [
                originName,
                destinationName,
                count(rides),
                count(inferred)
              ]),
            { open: true, names: 2 }
          )
    fill(place, section(both(`${from} → ${to}`, `${from} → ${to}`), { note: hiddenNote(hidden) }, content))
    place.scrollIntoView({ block: 'nearest' })
  } catch (problem) {
    const region = noticeRegion()
    fill(place, region)
    showProblem(region, problem)
  }
}
