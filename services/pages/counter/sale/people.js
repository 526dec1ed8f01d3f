// Who travels: read by the document reader or typed in one line, each with a kind of fare that one key changes.
import { maskNumber } from '../../../identity/masking-rules.ts'
import { platformNow } from '../../shell/api.js'
import { announce, field, fill, h } from '../../shell/element.js'
import { dayOf } from '../../shell/format.js'
import { both } from '../../shell/language.js'
import { faults } from '../../buy/document-fields.js'
import { fareNames } from '../../buy/quote-summary.js'
import { askConcession } from './concession.js'
import { documentKindPicker, parseReading, usualFare } from '../../buy/document-reading.js'

const fareKinds = ['full', 'half', 'free']

/**
 * `added()` is called after a passenger is complete, `changed()` when the fares have changed, `removed(person)` when one leaves,
 * `next()` on Enter in an empty field.
 */
export function peoplePanel({ added, changed, removed, next }) {
  const kind = documentKindPicker()
  const input = h('input', {
    id: 'reading',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    maxlength: 120,
    placeholder: both('刷证件，或键入：姓名 号码', 'Read a document, or type: name number')
  })
  const hint = h('span.hint')
  const list = h('ol.people', { 'aria-label': both('旅客', 'Passengers') })
  const state = { people: [], waiting: null, list, changed, removed, input, hint, kind }
  const take = (text) => takeLine(state, text, added)
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    if (input.value.trim() === '') next()
    else take(input.value)
  })
  return {
    element: h('div.stack-tight', {}, h('div.reader', {}, kind, field(both('证件', 'Document'), input, hint)), list),
    all: () => state.people,
    take,
    cycleFare: () => cycleFare(state),
    askConcession: () => concede(state),
    removeLast: () => removeOne(state, state.people.length - 1),
    clear: () => {
      Object.assign(state, { people: [], waiting: null })
      kind.value = '01'
      input.value = ''
      announce(hint, '')
      show(state)
    },
    focus: () => (input.focus(), input.select())
  }
}

/** True when the line named somebody. A number without a name waits for the name. */
function takeLine(state, text, added) {
  const { input, hint, kind } = state
  const today = dayOf(platformNow())
  const read = parseReading(text, kind.value, today)
  if (read.fault) {
    input.value = text
    announce(hint, faults[read.fault], 'bad')
    input.focus()
    return false
  }
  const person = { ...read, ...(state.waiting && !read.document ? { ...state.waiting, name: read.name } : {}) }
  input.value = ''
  if (person.name === '') {
    state.waiting = person
    announce(hint, both('✓ 号码正确，请键入姓名', '✓ The number is right. Type the name'), 'good')
    input.focus()
    return false
  }
  state.waiting = null
  announce(hint, '')
  state.people.push({ ...person, fare: usualFare(person, today) })
  show(state)
  added()
  return true
}

function cycleFare(state) {
  const last = state.people.at(-1)
  if (!last) return
  last.fare = fareKinds[(fareKinds.indexOf(last.fare) + 1) % fareKinds.length]
  show(state)
  state.changed()
}

/** Of the passenger read last; whoever shows a certificate usually rides at half fare. */
function concede(state) {
  const last = state.people.at(-1)
  if (!last) return
  askConcession(last, (given) => {
    Object.assign(last, given)
    if (given.certificate && last.fare === 'full') last.fare = 'half'
    show(state)
    state.changed()
  })
}

function removeOne(state, index) {
  if (index < 0) return
  const [person] = state.people.splice(index, 1)
  show(state)
  state.removed(person)
  state.changed()
}

function show(state) {
  fill(
    state.list,
    state.people.map(({ name, document, birthDay, fare, certificate, heightCm }, index) =>
      h(
        'li',
        {},
        h('strong', {}, name),
        h('span.mono.small.soft', {}, document ? maskNumber(document, 'staff') : (birthDay ?? '')),
        h('span.badge', {}, fareNames[fare]),
        certificate ? h('span.badge.accent', {}, both('优待证', 'Certificate')) : null,
        heightCm ? h('span.badge.accent', {}, `${heightCm} cm`) : null,
        h(
          'button.button.quiet.slim',
          { type: 'button', tabindex: '-1', onclick: () => removeOne(state, index) },
          both('移除', 'Remove')
        )
      )
    )
  )
}
