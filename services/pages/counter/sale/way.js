// From where and to where: this window's own place unless another is chosen (异地票), and where one can get to from there.
import { h } from '../../shell/element.js'
import { both } from '../../shell/language.js'
import { destinationInput, destinationsFrom, originsOf, partnerOptions } from './destination.js'

/** `take()` is called when the way is chosen; `read(text)` may claim a line that was meant for the document field. */
export function wayPanel({ home, places, partnerPlaces, lines, take, read }) {
  const theirs = partnerOptions(partnerPlaces, places)
  const origins = [...originsOf(places), ...theirs]
  const own = origins.find(({ code }) => code === home)
  const state = { origin: own, destination: null }
  const to = destinationInput({
    id: 'destination',
    label: both('到达', 'To'),
    options: () => [
      ...destinationsFrom(state.origin, places, lines),
      ...theirs.map((one) => ({ ...one, direct: false }))
    ],
    take: (one) => ((state.destination = one), take()),
    read
  })
  const from = destinationInput({
    id: 'origin',
    label: both('出发', 'From'),
    options: () => origins,
    take: (one) => (setOrigin(one), to.focus()),
    read
  })
  const setOrigin = (one) => {
    state.origin = one
    from.input.value = one.text
    from.element.classList.toggle('elsewhere', one !== own)
    to.renew()
  }
  setOrigin(own)
  // Whoever passes by without choosing leaves it as it was.
  from.input.addEventListener('blur', () => (from.input.value = state.origin.text))
  from.input.addEventListener('keydown', (event) => event.key === 'Escape' && to.focus())
  return {
    element: h('div.way', {}, from.element, to.element),
    focus: () => to.focus(),
    focusOrigin: () => from.focus(),
    asked: () => ({
      from: state.origin.code || state.origin.text,
      to: state.destination.code || state.destination.text
    }),
    isDirect: () => state.destination.direct && !state.origin.partner,
    clear: () => {
      state.destination = null
      setOrigin(own)
      to.input.value = ''
    }
  }
}
