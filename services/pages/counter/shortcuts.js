// Keys of a view: shown on the bar at the bottom, where they can also be pressed, and heard wherever the focus is.
import { fill, h } from '../shell/element.js'

/**
 * `shortcuts`: [{key, text, run, current?}]; `home()` puts the focus where the next key belongs; `idle()` gives the promise of what a key
 * must wait for, if there is any. All end when the view is left.
 */
export function listenToShortcuts({ shortcuts: given, home, idle = () => null, left }) {
  const shortcuts = given.map((shortcut) => ({ ...shortcut, run: () => afterwards(idle(), shortcut.run) }))
  const byKey = new Map(shortcuts.map((shortcut) => [shortcut.key, shortcut.run]))
  const buttons = shortcuts.map(({ key, text, run, current }) =>
    h(
      'button.shortcut',
      {
        type: 'button',
        tabindex: '-1',
        'aria-current': current ? 'page' : null,
        'aria-keyshortcuts': key,
        onclick: run
      },
      keyCap(key),
      text
    )
  )
  fill(document.querySelector('#shortcuts'), buttons)
  const onKey = (event) => {
    const run = byKey.get(event.key)
    if (!run || isTalking()) return
    // The browser's own use of the key (F3 search, F6 address) would take the clerk away from his passenger.
    event.preventDefault()
    run()
  }
  const onLost = () =>
    setTimeout(() => {
      if (!left.aborted && !isTalking() && document.activeElement === document.body) home()
    })
  document.addEventListener('keydown', onKey, { signal: left })
  document.addEventListener('focusout', onLost, { signal: left })
  document.addEventListener('click', onLost, { signal: left })
  document.addEventListener('language', home, { signal: left })
}

function afterwards(work, run) {
  if (work) void work.then(run)
  else run()
}

export function keyCap(key) {
  return h('kbd', {}, key)
}

function isTalking() {
  return document.querySelector('dialog[open]') !== null
}
