// An input that suggests cities and stations as one types (the ARIA combobox pattern): arrows choose, Enter takes, Escape closes.
import { cityInEnglish } from './city-names.js'
import { fill, h } from './element.js'
import { initialsOf } from './initials.js'
import { both } from './language.js'

const shownMax = 8

/** What can be typed: every city that has a station, then every station and port. `city` is always the Chinese name. */
export function suggestionsOf(places) {
  const cities = [...Map.groupBy(places, ({ city }) => city)].map(([city, within]) => ({
    text: city,
    city,
    detail: both(`全部 ${within.length} 个站点`, `${cityInEnglish(city)}, all ${within.length} places`)
  }))
  const stations = places.map(({ name, city, kind }) => ({
    text: name,
    city,
    detail: kind === 'port' ? both(`${city} 港口`, `${cityInEnglish(city)}, port`) : both(city, cityInEnglish(city))
  }))
  return [...cities, ...stations].map((one) => ({ ...one, initials: initialsOf(one.text) }))
}

/** By the name, its first letters (gz for 广州), or the city in Chinese or English; smaller comes first. */
function rankOf({ text, city, initials }, typed) {
  if (text === typed) return 0
  if (text.startsWith(typed)) return 1
  if (text.includes(typed)) return 2
  if (city.startsWith(typed)) return 4
  const latin = typed.toLowerCase().replaceAll(/[^a-z]/g, '')
  if (latin.length < 2) return null
  const english = cityInEnglish(city)
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '')
  if (english.startsWith(latin)) return text === city ? 3 : 5
  return initials.startsWith(latin) ? 3 : null
}

function matching(suggestions, typed) {
  const text = typed.trim()
  return suggestions
    .map((entry) => ({ entry, rank: rankOf(entry, text) }))
    .filter(({ rank }) => rank !== null)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, shownMax)
    .map(({ entry }) => entry)
}

export function placeInput({ id, label, value, suggestions }) {
  const list = h('ul.suggestions', { role: 'listbox', id: `${id}-list`, 'aria-label': label, hidden: true })
  const input = h('input', {
    id,
    value,
    role: 'combobox',
    autocomplete: 'off',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': list.id,
    placeholder: both('城市或车站', 'City or station'),
    required: true
  })
  const choice = { index: -1, shown: [] }
  const show = (open) => showSuggestions({ input, list, choice, suggestions, open, take })
  const take = (entry) => {
    input.value = entry.text
    show(false)
    input.dispatchEvent(new Event('change', { bubbles: true }))
  }
  input.addEventListener('input', () => show(true))
  input.addEventListener('focus', () => (input.select(), show(true)))
  input.addEventListener('blur', () => show(false))
  input.addEventListener('keydown', (event) => onKey(event, { choice, show, take, list, input }))
  return { input, element: h('div.place-input', {}, h('label', { for: id }, label), input, list) }
}

function showSuggestions({ input, list, choice, suggestions, open, take }) {
  choice.shown = open ? matching(suggestions, input.value) : []
  choice.index = -1
  fill(list, ...choice.shown.map((entry, index) => optionFor(entry, `${list.id}-${index}`, take)))
  list.hidden = choice.shown.length === 0
  input.setAttribute('aria-expanded', String(!list.hidden))
  input.removeAttribute('aria-activedescendant')
}

function optionFor(entry, id, take) {
  // mousedown, because blur would close the list before a click arrives.
  const onmousedown = (event) => (event.preventDefault(), take(entry))
  return h('li', { role: 'option', id, onmousedown }, h('span', {}, entry.text), h('span.small.soft', {}, entry.detail))
}

function onKey(event, { choice, show, take, list, input }) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step && choice.shown.length > 0) {
    event.preventDefault()
    choice.index = (choice.index + step + choice.shown.length) % choice.shown.length
    for (const [index, option] of [...list.children].entries())
      option.setAttribute('aria-selected', String(index === choice.index))
    input.setAttribute('aria-activedescendant', `${list.id}-${choice.index}`)
  } else if (event.key === 'Enter' && choice.index >= 0) {
    event.preventDefault()
    take(choice.shown[choice.index])
  } else if (event.key === 'Escape' || event.key === 'Enter') show(false)
}
