// Where to: the places and cities that can be reached from this window's place, the best match already taken when Enter is pressed.
import { fill, h } from '../shell/element.js'
import { both } from '../shell/language.js'
import { initialsOf, rankOf } from './initials.js'

const shownMax = 8

/** Everything some line of the place goes to: cities first, then places with their codes. */
export function destinationsFrom(place, places, lines) {
  const cityOf = new Map(places.map(({ code, city }) => [code, city]))
  const reached = new Map()
  for (const { stops } of lines) {
    const at = stops.findIndex((stop) => stop.place === place)
    if (at >= 0) for (const { place: code, name } of stops.slice(at + 1)) reached.set(code, { text: name, code })
  }
  const cities = new Set([...reached.keys()].map((code) => cityOf.get(code)))
  return [
    ...[...cities].map((city) => ({ text: city, code: '', detail: both('全市', 'city') })),
    ...[...reached.values()].map((one) => ({ ...one, detail: both(cityOf.get(one.code), cityOf.get(one.code)) }))
  ].map((one) => ({ ...one, initials: initialsOf(one.text) }))
}

/** `take(destination)` is called with the one chosen; `read(text)` may claim a line that was meant for the document field. */
export function destinationInput({ destinations, take, read }) {
  const list = h('ul.suggestions', {
    role: 'listbox',
    id: 'destination-list',
    'aria-label': both('到达', 'To'),
    hidden: true
  })
  const input = h('input', {
    id: 'destination',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': list.id,
    placeholder: both('首字母、站名或代码', 'Initials, name or code')
  })
  const choice = { shown: [], index: 0 }
  const choose = (one) => {
    input.value = one.text
    close()
    take(one)
  }
  const close = () => ((list.hidden = true), input.setAttribute('aria-expanded', 'false'))
  const show = () => {
    fill(list, ...choice.shown.map((one, index) => optionFor(one, index === choice.index, () => choose(one))))
    list.hidden = choice.shown.length === 0
    input.setAttribute('aria-expanded', String(!list.hidden))
    input.setAttribute('aria-activedescendant', list.hidden ? '' : `destination-${choice.index}`)
    for (const [index, option] of [...list.children].entries()) option.id = `destination-${index}`
  }
  input.addEventListener('input', () => {
    Object.assign(choice, { shown: matching(destinations, input.value), index: 0 })
    show()
  })
  input.addEventListener('blur', close)
  input.addEventListener('focus', () => input.select())
  input.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step && !list.hidden) {
      event.preventDefault()
      choice.index = (choice.index + step + choice.shown.length) % choice.shown.length
      show()
    } else if (event.key === 'Escape') close()
    else if (event.key === 'Enter') {
      event.preventDefault()
      if (read(input.value)) return (input.value = '')
      const one = list.hidden ? matching(destinations, input.value)[0] : choice.shown[choice.index]
      if (one && input.value.trim() !== '') choose(one)
    }
  })
  return h('div.place-input', {}, h('label', { for: 'destination' }, both('到达', 'To')), input, list)
}

function matching(destinations, typed) {
  if (typed.trim() === '') return []
  return destinations
    .map((one) => ({ one, rank: rankOf(one, typed) }))
    .filter(({ rank }) => rank !== null)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, shownMax)
    .map(({ one }) => one)
}

function optionFor({ text, code, detail }, selected, choose) {
  // mousedown, because blur would close the list before a click arrives.
  const onmousedown = (event) => (event.preventDefault(), choose())
  return h(
    'li',
    { role: 'option', 'aria-selected': String(selected), onmousedown },
    h('span', {}, text),
    h('span.small.soft', {}, code, ' ', detail)
  )
}
