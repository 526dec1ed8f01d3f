// The fields of one vehicle: its plate, kind and length, with the fare they come to while one types. Used by passengers and clerks.
import { announce, field, h } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { deckFare, isNewEnergyPlate, kindsCarried, metres, readPlate, usualLength, vehicleNames } from './deck.js'

/** `read()` gives the vehicle, or null after pointing at what is wrong; `changed()` when what a quote names has changed. */
export function vehicleFields({ id, deck, changed = () => undefined }) {
  const parts = { deck, hints: { plate: h('span.hint'), length: h('span.hint') }, ...inputs(id, deck) }
  const { plate, kind, length, newEnergy, dangerous, hints } = parts
  const usual = () => ((length.value = String(usualLength[kind.value] / 100)), showFare(parts))
  kind.addEventListener('change', () => (usual(), changed()))
  length.addEventListener('input', () => showFare(parts))
  length.addEventListener('change', changed)
  plate.addEventListener('input', () => {
    announce(hints.plate, '')
    plate.removeAttribute('aria-invalid')
    const electric = isNewEnergyPlate(readPlate(plate.value) ?? '')
    if (electric === newEnergy.checked) return
    newEnergy.checked = electric
    changed()
  })
  for (const box of [newEnergy, dangerous]) box.addEventListener('change', changed)
  usual()
  return {
    elements: [
      field(both('车牌', 'Plate'), plate, hints.plate),
      h(
        'div.pair',
        {},
        field(both('车型', 'Kind'), kind),
        field(both('车长（米）', 'Length (m)'), length, hints.length)
      ),
      h(
        'div.row',
        {},
        check(newEnergy, both('新能源车', 'New energy')),
        check(dangerous, both('载危险货物', 'Dangerous goods'))
      )
    ],
    plate,
    describe: () => describe(parts),
    read: () => read(parts),
    focus: () => plate.focus()
  }
}

function inputs(id, deck) {
  const kinds = kindsCarried(deck).map((one) => h('option', { value: one }, vehicleNames[one]))
  return {
    plate: h('input', {
      id: `${id}-plate`,
      autocomplete: 'off',
      autocapitalize: 'characters',
      spellcheck: 'false',
      maxlength: 12,
      placeholder: '粤A12345'
    }),
    kind: h('select', { id: `${id}-kind` }, kinds),
    length: h('input', { id: `${id}-length`, inputmode: 'decimal', autocomplete: 'off', maxlength: 5 }),
    newEnergy: h('input', { type: 'checkbox', id: `${id}-new-energy` }),
    dangerous: h('input', {
      type: 'checkbox',
      id: `${id}-dangerous`,
      disabled: deck.left.dangerousGoods === 0
    })
  }
}

const lengthOf = ({ length }) => Math.round(Number(length.value.normalize('NFKC')) * 100)

/** Null when the deck takes none of this kind and length. */
function showFare({ deck, kind, length, hints }) {
  const fits = deckFare(deck, kind.value, lengthOf({ length }))
  if (fits) {
    const most = metres(fits.lengthCmMax)
    announce(hints.length, both(`≤ ${most}：${yuan(fits.fare)}`, `Up to ${most}: ${yuan(fits.fare)}`), 'good')
  } else announce(hints.length, both('本航次不载这样长的车', 'This sailing takes none so long'), 'bad')
  return fits
}

/** What a quote needs, which is asked for before the plate is known; null when the deck takes no such vehicle. */
function describe({ deck, kind, length, newEnergy, dangerous }) {
  const lengthCm = lengthOf({ length })
  if (!(lengthCm >= 50) || !deckFare(deck, kind.value, lengthCm)) return null
  return { kind: kind.value, lengthCm, newEnergy: newEnergy.checked, dangerousGoods: dangerous.checked, leg: deck.leg }
}

function read(parts) {
  const { plate, length, hints } = parts
  const written = readPlate(plate.value)
  if (!written) {
    announce(hints.plate, both('请核对车牌，如 粤A12345', 'A plate such as 粤A12345'), 'bad')
    plate.setAttribute('aria-invalid', 'true')
    plate.focus()
    return null
  }
  const vehicle = describe(parts)
  if (!vehicle) length.focus()
  return vehicle && { ...vehicle, plate: written }
}

function check(input, text) {
  return h('label.check', { for: input.id }, input, text)
}

export function deckLeftWords({ left }) {
  return both(
    `余 ${left.vehicles} 个车位，车道 ${metres(left.laneCm)}，新能源车 ${left.newEnergy} 辆`,
    `${left.vehicles} places, ${metres(left.laneCm)} of lane, ${left.newEnergy} for new-energy vehicles left`
  )
}
