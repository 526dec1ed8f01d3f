// Which gate is this? A station or port first, then one of its gates.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { both } from '../shell/language.js'
import { emptyState, loading } from '../shell/notice.js'
import { placeInput, suggestionsOf } from '../shell/place-input.js'
import { signInAs } from '../shell/session.js'

export function signInFirst(main) {
  const button = h(
    'button.button.main',
    { type: 'button', onclick: () => void signInAs('gate') },
    both('登录', 'Sign in')
  )
  fill(
    main,
    h(
      'div.gate-set-up',
      {},
      emptyState(
        both('检票需要检票员登录', 'The gate is for gate staff'),
        both(
          '平台启动时会打印示例检票员的登录名与密码。',
          'The platform prints the sample gate account when it starts.'
        ),
        h('p.row.centred', {}, button)
      )
    )
  )
}

/** Calls `keep({id, number, name, place, placeName})` with the gate that was chosen. */
export async function chooseGate(main, keep) {
  fill(main, loading())
  const [places, gates] = await Promise.all([call('GET', '/v1/places'), call('GET', '/v1/gates')])
  const byPlace = Map.groupBy(gates, ({ placeName }) => placeName)
  const found = h('div.stack-tight', { 'aria-live': 'polite' })
  const stations = suggestionsOf(places.filter(({ name }) => byPlace.has(name)))
  const place = placeInput({
    id: 'gate-place',
    label: both('车站或港口', 'Station or port'),
    value: '',
    suggestions: stations
  })
  const cityOf = new Map(places.map(({ name, city }) => [name, city]))
  let shown = ''
  const show = () => {
    const typed = place.input.value.trim()
    // Leaving the field says 'changed' once more; the buttons must not be replaced under the finger that presses one.
    if (typed === shown) return
    shown = typed
    const names = [...byPlace.keys()].filter((name) => typed !== '' && (name === typed || cityOf.get(name) === typed))
    fill(found, ...names.map((name) => gatesOf(name, byPlace.get(name), keep)))
  }
  place.input.addEventListener('change', show)
  const form = h('form.stack', {}, place.element, found)
  form.addEventListener('submit', (event) => (event.preventDefault(), show()))
  fill(
    main,
    h('div.gate-set-up.stack', {}, h('h1', { tabindex: '-1' }, both('这是哪个检票口？', 'Which gate is this?')), form)
  )
  place.input.focus()
}

function gatesOf(placeName, gates, keep) {
  const buttons = gates.map(({ id, number, name, place }) =>
    h('button.button', { type: 'button', onclick: () => keep({ id, number, name, place, placeName }) }, name)
  )
  return h('section.stack-tight', {}, h('h2', {}, placeName), h('div.row', {}, buttons))
}
