// Seats by keyboard, leg after leg: arrows walk, Space takes, Enter is done.
import { h } from '../../shell/element.js'
import { both } from '../../shell/language.js'
import { seatMap, seatsFor } from '../../buy/seat-map.js'
import { keyCap } from '../shortcuts.js'

/** By leg the map whose `chosen` counts, or null where seats have no numbers or none was wanted. */
export async function askSeats(legs, count) {
  const maps = []
  for (const leg of legs) maps.push(await askLeg(leg, count, legs.length > 1))
  return maps
}

export function assignSeats(maps, people, legs) {
  return maps.length === 0
    ? people
    : seatsFor(
        maps,
        people,
        legs.map(({ mode }) => mode)
      )
}

async function askLeg(leg, count, several) {
  const map = await seatMap(leg, { most: () => count })
  if (!map) return null
  return await new Promise((resolve) => {
    const done = h('button.button.main', { type: 'button' }, keyCap('↵'), both('就这些座位', 'These seats'))
    const dialog = h(
      'dialog',
      { 'aria-labelledby': 'seats-title' },
      h(
        'div.stack-tight',
        {},
        h('h2', { id: 'seats-title' }, both(`选座（最多 ${count} 个）`, `Choose up to ${count}`)),
        several ? h('p', {}, `${leg.number} ${leg.from.name} → ${leg.to.name}`) : null,
        h(
          'p.small.soft',
          {},
          both('方向键移动，空格选定，Esc 自动安排', 'Arrows move, Space takes, Esc leaves it to us')
        ),
        map.element,
        done
      )
    )
    // Answered before the dialog's own event: the next key may come sooner.
    const take = () => (resolve(map), dialog.close())
    dialog.addEventListener('close', () => (dialog.remove(), resolve(null)))
    dialog.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return
      event.preventDefault()
      take()
    })
    done.addEventListener('click', take)
    document.body.append(dialog)
    dialog.showModal()
    map.element.querySelector('.seat:not([disabled])')?.focus()
  })
}
