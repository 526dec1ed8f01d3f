// Seats by keyboard: arrows walk, Space takes, Enter is done.
import { h } from '../shell/element.js'
import { both } from '../shell/language.js'
import { seatMap } from '../buy/seat-map.js'
import { keyCap } from './shortcuts.js'

/** Resolves with the map whose `chosen` counts, or null where seats have no numbers or none was wanted. */
export async function askSeats(departure, count) {
  const map = await seatMap(departure, { most: () => count })
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
