// The one table of the portal: named, scrollable on a phone, its first column the row's name.
import { h } from '../shell/element.js'

/** `heads` and `rows` in the same order; a head that begins with '#' stands over figures. */
export function table(name, heads, rows) {
  const figures = heads.map(([mark]) => mark === '#')
  return h(
    'div.table-scroll',
    { tabindex: '0', role: 'region', 'aria-label': name },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map(([mark, text]) => h(mark === '#' ? 'th.number' : 'th', { scope: 'col' }, text))
        )
      ),
      h(
        'tbody',
        {},
        rows.map((cells) =>
          h(
            'tr',
            {},
            cells.map((cell, nth) =>
              nth === 0 ? h('th', { scope: 'row' }, cell) : h(figures[nth] ? 'td.number' : 'td', {}, cell)
            )
          )
        )
      )
    )
  )
}
