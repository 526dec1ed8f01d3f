// A place typed by name, code or first letters, the best match already taken when Enter is pressed. What can be reached without a
// change comes before what needs one.
import { fill, h } from '../../shell/element.js'
import { initialsOf, rankOf } from '../../shell/initials.js'
import { both } from '../../shell/language.js'

const shownMax = 8
const withInitials = (one) => ({ ...one, initials: initialsOf(one.text) })

/** Every place, and every city as all of its places together. */
export function originsOf(places) {
  const cities = [...new Set(places.map(({ city }) => city))]
  return [
    ...places.map(({ code, name, city }) => ({ text: name, code, city, detail: both(city, city) })),
    ...cities.map((city) => ({ text: city, code: '', city, detail: both('全市', 'city') }))
  ].map(withInitials)
}

/** Stations of other carriers, which one reaches with a change; those that share a name with a place of ours stand for both. */
export function partnerOptions(partnerPlaces, places) {
  const known = new Set(places.map(({ name }) => name))
  return partnerPlaces
    .filter(({ name }) => !known.has(name))
    .map(({ name, city }) =>
      withInitials({ text: name, code: '', city, detail: both('联运', 'partner'), partner: true })
    )
}

/** Everything but the origin itself; `direct` where some line of the origin goes there. */
export function destinationsFrom(origin, places, lines) {
  const cityOf = new Map(places.map(({ code, city }) => [code, city]))
  const isOrigin = (place) => (origin.code ? place === origin.code : cityOf.get(place) === origin.city)
  const reached = new Set()
  for (const { stops } of lines) {
    const at = stops.findIndex(({ place }) => isOrigin(place))
    if (at >= 0) for (const { place } of stops.slice(at + 1)) reached.add(place)
  }
  const cities = new Set([...reached].map((code) => cityOf.get(code)))
  return originsOf(places)
    .filter(({ code }) => !code || !isOrigin(code))
    .map((one) => ({ ...one, direct: one.code ? reached.has(one.code) : cities.has(one.text) }))
}

/** `options()` is asked when first needed and after `renew()`; `take(option)` is called with the one chosen. */
export function destinationInput({ id, label, options, take, read }) {
  const list = h('ul.suggestions', { role: 'listbox', id: `${id}-list`, 'aria-label': label, hidden: true })
  const input = h('input', {
    id,
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': list.id,
    placeholder: both('首字母、站名或代码', 'Initials, name or code')
  })
  const state = { id, input, list, shown: [], index: 0, known: null, options, take }
  input.addEventListener('input', () => {
    Object.assign(state, { shown: matching(state), index: 0 })
    show(state)
  })
  input.addEventListener('blur', () => close(state))
  input.addEventListener('focus', () => input.select())
  input.addEventListener('keydown', (event) => onKey(event, state, read))
  return {
    input,
    element: h('div.place-input', {}, h('label', { for: id }, label), input, list),
    focus: () => input.focus(),
    renew: () => (state.known = null)
  }
}

function onKey(event, state, read) {
  const { input, list } = state
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step && !list.hidden) {
    event.preventDefault()
    state.index = (state.index + step + state.shown.length) % state.shown.length
    show(state)
  } else if (event.key === 'Escape') close(state)
  else if (event.key === 'Enter') {
    event.preventDefault()
    if (read(input.value)) return (input.value = '')
    const one = list.hidden ? matching(state)[0] : state.shown[state.index]
    if (one && input.value.trim() !== '') choose(state, one)
  }
}

function choose(state, one) {
  state.input.value = one.text
  close(state)
  state.take(one)
}

function close({ list, input }) {
  list.hidden = true
  input.setAttribute('aria-expanded', 'false')
  input.removeAttribute('aria-activedescendant')
}

function show(state) {
  const { id, input, list, shown, index } = state
  fill(
    list,
    shown.map((one, at) =>
      optionFor(one, { id: `${id}-${at}`, selected: at === index, choose: () => choose(state, one) })
    )
  )
  list.hidden = shown.length === 0
  input.setAttribute('aria-expanded', String(!list.hidden))
  if (list.hidden) input.removeAttribute('aria-activedescendant')
  else input.setAttribute('aria-activedescendant', `${id}-${index}`)
}

/** What needs a change ranks behind everything that does not. */
function matching(state) {
  const typed = state.input.value
  if (typed.trim() === '') return []
  state.known ??= state.options()
  return (
    state.known
      .map((one) => ({ one, rank: rankOf(one, typed) }))
      .filter(({ rank }) => rank !== null)
      // What is typed out in full is meant, change or none.
      .map(({ one, rank }) => ({ one, rank: one.direct === false && rank > 0 ? rank + 10 : rank }))
      .sort((a, b) => a.rank - b.rank)
      .slice(0, shownMax)
      .map(({ one }) => one)
  )
}

function optionFor({ text, code, detail, direct }, { id, selected, choose: chosen }) {
  // mousedown, because blur would close the list before a click arrives.
  const onmousedown = (event) => (event.preventDefault(), chosen())
  return h(
    'li',
    { role: 'option', id, 'aria-selected': String(selected), onmousedown },
    h('span', {}, text, direct === false ? h('span.badge', {}, both('换乘', 'change')) : null),
    h('span.small.soft', {}, code, ' ', detail)
  )
}
