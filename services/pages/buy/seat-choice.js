// The passenger's choice of seats, leg by leg, folded away for those who do not mind where they sit.
import { fill, h } from '../shell/element.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { seatMap, seatsFor } from './seat-map.js'

/** `count()` says how many seats the passengers of a leg's mode need. */
export function seatChoice({ legs, count }) {
  const body = h('div.stack-tight')
  const summary = h('summary', {}, both('选座（不选则自动安排）', 'Choose seats (or leave it to us)'))
  const element = h('details.card', {}, summary, body)
  let maps = legs.map(() => null)
  const load = async () => {
    fill(body, loading())
    try {
      maps = await Promise.all(legs.map((leg) => seatMap(leg, { most: () => count(leg.mode) })))
      fill(
        body,
        legs.map((leg, index) => legSeats(leg, maps[index], legs.length > 1))
      )
    } catch (problem) {
      const region = noticeRegion()
      fill(body, region)
      showProblem(region, problem)
    }
  }
  element.addEventListener('toggle', () => {
    if (element.open) void load()
  })
  return {
    element,
    trim: () => legs.forEach((leg, index) => maps[index]?.keepTo(count(leg.mode))),
    /** After a refusal the map is looked at again. */
    refresh: () => void (element.open && load()),
    assign: (people) =>
      seatsFor(
        maps,
        people,
        legs.map(({ mode }) => mode)
      )
  }
}

function legSeats({ from, to, number }, map, several) {
  return h(
    'section.stack-tight',
    {},
    several ? h('h3', {}, `${number} ${from.name} → ${to.name}`) : null,
    map ? map.element : h('p.soft', {}, both('本程不对号入座', 'Open seating on this leg'))
  )
}
