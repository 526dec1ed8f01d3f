// Choosing seats: a coach drawn from above, two and two beside the aisle. What is not chosen is given by the platform, side by side
// where it can be.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { both } from '../shell/language.js'

const acrossMax = 4
const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: acrossMax, ArrowUp: -acrossMax }
const stateNames = { taken: both('已占', 'taken'), closed: both('不可选', 'not offered') }

/** null where seats have no numbers. `most()` says how many may be chosen; `chosen` is a list of numbers. */
export async function seatMap({ id, from, to }, { most, changed = () => undefined }) {
  const asked = new URLSearchParams({ from: from.place, to: to.place })
  const { seats } = await call('GET', `/v1/departures/${id}/seats?${asked}`)
  if (seats.length === 0) return null
  const map = { chosen: [], element: h('div.seats', { role: 'group', 'aria-label': both('座位图', 'Seats') }) }
  const show = () => {
    for (const button of map.element.children)
      button.setAttribute('aria-pressed', String(map.chosen.includes(Number(button.dataset.seat))))
  }
  const toggle = (number) => {
    const others = map.chosen.filter((seat) => seat !== number)
    map.chosen = others.length < map.chosen.length ? others : [...others, number].slice(-Math.max(1, most()))
    show()
    changed()
  }
  map.keepTo = (count) => ((map.chosen = map.chosen.slice(0, count)), show())
  fill(
    map.element,
    seats.map((seat) => seatButton(seat, toggle))
  )
  map.element.addEventListener('keydown', (event) => moveFocus(event, map.element))
  show()
  return map
}

function seatButton({ number, state }, toggle) {
  const free = state === 'free'
  const label = free
    ? both(`${number} 号座`, `Seat ${number}`)
    : both(`${number} 号座，${stateNames[state].zh}`, `Seat ${number}, ${stateNames[state].en}`)
  return h(
    `button.seat${state === 'free' ? '' : '.not-free'}`,
    {
      type: 'button',
      disabled: !free,
      'data-seat': number,
      'aria-label': label,
      'aria-pressed': 'false',
      onclick: () => toggle(number)
    },
    String(number)
  )
}

/** Arrows walk over the seats that can be chosen, by rows and columns. */
function moveFocus(event, element) {
  const step = steps[event.key]
  if (!step) return
  event.preventDefault()
  const all = [...element.children]
  let at = all.indexOf(document.activeElement) + step
  while (all[at]?.disabled) at += step
  all[at]?.focus()
}

/** Each passenger's seats by leg for the request; a free child on a coach has none. `maps` by leg, null where nothing is chosen. */
export function seatsFor(maps, people, modes) {
  const next = maps.map(() => 0)
  return people.map((person) => {
    const seats = maps.map((map, leg) =>
      person.fare === 'free' && modes[leg] === 'coach' ? null : (map?.chosen[next[leg]++] ?? null)
    )
    return seats.some((seat) => seat !== null) ? { ...person, seats } : person
  })
}
