// One passenger of the order: name, fare, document, and the birth day where the document does not carry it.
import { birthDayOf, completedYears } from '../../identity/document-rules.ts'
import { platformNow } from '../shell/api.js'
import { announce, field, fill, h } from '../shell/element.js'
import { dayOf } from '../shell/format.js'
import { both } from '../shell/language.js'
import { markField } from '../shell/notice.js'
import { certificateNames } from './certificate-names.js'
import { documentFields } from './document-fields.js'
import { fareNames } from './quote-summary.js'

/** The usual limit of the half fare by age; a line whose limits are others refuses in words. */
const childAge = 14
let made = 0

/** `repriced` is called when the fare kind changes, `changed` at every other change, `remove(person)` by its button. */
export function passengerForm({ departure, changed, repriced, remove }) {
  const id = `passenger-${++made}`
  const parts = {
    departure,
    title: h('h2'),
    name: h('input', { id: `${id}-name`, autocomplete: 'name', maxlength: 60, required: true }),
    fare: h(
      'select',
      { id: `${id}-fare` },
      Object.entries(fareNames).map(([kind, text]) => h('option', { value: kind }, text))
    ),
    birthDay: h('input', { id: `${id}-birth`, type: 'date', max: dayOf(platformNow()) }),
    certificate: certificateFields(id, repriced),
    document: documentFields({
      id,
      path: '',
      changed: () => (proposeFare(parts, repriced), showMore(parts), changed())
    })
  }
  const removeButton = h(
    'button.button.quiet.slim',
    { type: 'button', onclick: () => remove(person) },
    both('移除', 'Remove')
  )
  const element = h(
    'fieldset.card.passenger',
    {},
    h('legend.only-heard', {}, both('旅客', 'Passenger')),
    h('div.row.apart.full', {}, parts.title, removeButton),
    field(both('姓名（与证件一致）', 'Name, as in the document'), parts.name),
    field(both('票种', 'Fare'), parts.fare),
    ...parts.document.fields,
    (parts.birthField = field(both('出生日期', 'Birth day'), parts.birthDay)),
    parts.certificate.element
  )
  parts.fare.addEventListener('change', () => {
    parts.fare.dataset.chosen = 'by hand'
    showMore(parts)
    repriced()
  })
  parts.name.addEventListener('blur', () => parts.name.value.trim() && markField(parts.name, null))
  parts.name.addEventListener('input', changed)
  showMore(parts)
  const person = personOf(parts, { element, removeButton })
  return person
}

/** What the page asks of a passenger's form. */
function personOf(parts, { element, removeButton }) {
  const { name, fare, certificate, document, title } = parts
  return {
    element,
    fare: () => fare.value,
    certificateKind: () => (certificate.element.hidden ? null : certificate.kind()),
    title: () => title.textContent,
    isEmpty: () => name.value.trim() === '' && document.number.value.trim() === '',
    take: (given) => {
      name.value = given.name
      document.set(given.document)
    },
    read: () => readPerson(parts),
    complete: () => faultsOf(parts).length === 0,
    focus: () => name.focus(),
    focusFault: () => showFaults(faultsOf(parts)),
    renumber: (index, removable) => nameInputs({ parts, removeButton, index, removable })
  }
}

/** Inputs bear the JSON pointer of their value in the request, so that a refusal finds its field. */
function nameInputs({ parts, removeButton, index, removable }) {
  const path = `/passengers/${index}`
  fill(parts.title, both(`旅客 ${index + 1}`, `Passenger ${index + 1}`))
  parts.name.name = `${path}/name`
  parts.fare.name = `${path}/fare`
  parts.birthDay.name = `${path}/birthDay`
  parts.document.number.name = `${path}/document/number`
  removeButton.hidden = !removable
}

function readPerson({ name, fare, birthDay, birthField, certificate, document }) {
  const read = document.read()
  const shown = certificate.element.hidden ? null : certificate.read()
  return {
    name: name.value.trim(),
    fare: fare.value,
    ...(read ? { document: read } : {}),
    ...(!birthField.hidden && birthDay.value ? { birthDay: birthDay.value } : {}),
    ...(shown ? { certificate: shown } : {})
  }
}

/** A child's card says his age: the fare he is usually entitled to is chosen for him, until somebody chooses another. */
function proposeFare({ departure, fare, document }, repriced) {
  const read = document.read()
  const born = read && birthDayOf(read)
  if (!born || fare.dataset.chosen) return
  const age = completedYears(born, dayOf(departure.departsAt))
  const usual = age <= 6 ? 'free' : age <= childAge ? 'half' : 'full'
  if (usual === fare.value) return
  fare.value = usual
  repriced()
}

/** A child without a birth day in his document is asked for it; an adult at half fare for what entitles him. */
function showMore({ departure, fare, birthField, certificate, document }) {
  const read = document.read()
  const born = read && birthDayOf(read)
  birthField.hidden = fare.value === 'full' || born !== null
  const age = born && completedYears(born, dayOf(departure.departsAt))
  certificate.element.hidden = !(fare.value === 'half' && age !== null && age > childAge)
}

/** A certificate's kind and number; it is looked at again when boarding. */
function certificateFields(id, repriced) {
  const kind = h(
    'select',
    { id: `${id}-certificate` },
    Object.entries(certificateNames).map(([code, text]) => h('option', { value: code }, text))
  )
  const number = h('input', { id: `${id}-certificate-number`, autocomplete: 'off', maxlength: 40 })
  kind.addEventListener('change', repriced)
  const fields = [field(both('优待证件', 'Certificate'), kind), field(both('优待证件号码', 'Its number'), number)]
  return {
    element: h('div.full.pair', {}, fields),
    number,
    kind: () => kind.value,
    read: () => (number.value.trim().length < 2 ? null : { kind: kind.value, number: number.value.trim() })
  }
}

/** [input, words] of everything that keeps this passenger from being ordered for. */
function faultsOf({ departure, name, fare, birthDay, birthField, certificate, document }) {
  const exempt = departure.mode === 'coach' && fare.value === 'free'
  const faults = []
  if (name.value.trim() === '') faults.push([name, both('请填写姓名', 'Give the name')])
  if (document.read() === null && document.number.value.trim() !== '')
    faults.push([document.number, both('请核对证件号码', 'Look at the number again')])
  else if (document.read() === null && departure.realName && !exempt)
    faults.push([document.number, both('实名制班次须填写证件号码', 'This departure asks for a document')])
  if (!birthField.hidden && birthDay.value === '') faults.push([birthDay, both('请填写出生日期', 'Give the birth day')])
  if (!certificate.element.hidden && !certificate.read())
    faults.push([
      certificate.number,
      both('成人半票须填写优待证件号码', 'Half fare for an adult asks for a certificate')
    ])
  return faults
}

function showFaults(faults) {
  for (const [input, words] of faults) {
    announce(document.getElementById(input.getAttribute('aria-describedby')), words, 'bad')
    input.setAttribute('aria-invalid', 'true')
  }
  faults[0][0].focus()
}
