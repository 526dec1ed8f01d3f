// Vehicles of a sale: one line for each below the passengers, and a small form that needs the plate and Enter.
import { field, fill, h } from '../../shell/element.js'
import { both } from '../../shell/language.js'
import { findDeck, vehicleWords } from '../../buy/deck.js'
import { deckLeftWords, vehicleFields } from '../../buy/vehicle-fields.js'
import { keyCap } from '../shortcuts.js'

/** `changed()` when the price may have changed. */
export function vehiclePanel({ changed }) {
  const list = h('ol.people', { 'aria-label': both('车辆', 'Vehicles') })
  const state = { vehicles: [], list, changed }
  return {
    element: list,
    all: () => state.vehicles,
    /** As an order names them: the driver by his place among the passengers. */
    named: (people) => state.vehicles.map(({ driver, ...vehicle }) => ({ ...vehicle, driver: people.indexOf(driver) })),
    ask: (trip, people) => ask(state, trip, people),
    forget: (person) => keep(state, ({ driver }) => driver !== person),
    removeLast: () => keep(state, (one) => one !== state.vehicles.at(-1)),
    clear: () => ((state.vehicles = []), show(state))
  }
}

function keep(state, wanted) {
  const before = state.vehicles.length
  state.vehicles = state.vehicles.filter(wanted)
  show(state)
  if (state.vehicles.length < before) state.changed()
}

function show(state) {
  fill(
    state.list,
    state.vehicles.map((vehicle) =>
      h(
        'li',
        {},
        h('span.badge.accent', {}, both('车辆', 'Vehicle')),
        h('span', {}, vehicleWords(vehicle)),
        h('span.small.soft', {}, both(`驾驶员 ${vehicle.driver.name}`, `driven by ${vehicle.driver.name}`)),
        h(
          'button.button.quiet.slim',
          { type: 'button', tabindex: '-1', onclick: () => keep(state, (one) => one !== vehicle) },
          both('移除', 'Remove')
        )
      )
    )
  )
}

const refused = {
  nobody: both('先读驾驶员的证件', 'Read the driver’s document first'),
  nowhere: both('先查到航次', 'Find the sailing first'),
  none: both('该班次不载车辆', 'This departure carries no vehicles')
}

/** Resolves when the form is closed, whether something was added or not. */
async function ask(state, trip, people) {
  const driven = new Set(state.vehicles.map(({ driver }) => driver))
  const drivers = people.filter((person) => person.fare === 'full' && person.document && !driven.has(person))
  const deck = trip && drivers.length > 0 ? await findDeck(trip) : null
  const why = drivers.length === 0 ? refused.nobody : !trip ? refused.nowhere : deck ? null : refused.none
  await new Promise((resolve) => {
    const dialog = h('dialog', { 'aria-labelledby': 'vehicle-title' })
    const title = h('h2', { id: 'vehicle-title' }, both('带车上船', 'A vehicle aboard'))
    const close = () => dialog.close()
    const take = (vehicle) => {
      state.vehicles.push(vehicle)
      show(state)
      // Closed before the new price takes the focus to the till.
      close()
      state.changed()
    }
    fill(dialog, why ? excuse(title, why, close) : vehicleForm({ title, deck, drivers, take, close }))
    dialog.addEventListener('close', () => (dialog.remove(), resolve()))
    document.body.append(dialog)
    dialog.showModal()
  })
}

function excuse(title, why, close) {
  return h(
    'div.stack-tight',
    {},
    title,
    h('p', { role: 'alert' }, why),
    h('button.button.main', { type: 'button', onclick: close }, both('知道了', 'All right'))
  )
}

function vehicleForm({ title, deck, drivers, take, close }) {
  const fields = vehicleFields({ id: 'vehicle', deck })
  const driver = h(
    'select',
    { id: 'driver' },
    drivers.map(({ name }, index) => h('option', { value: index }, name))
  )
  const form = h('form.stack-tight', { method: 'dialog', novalidate: true })
  form.append(
    title,
    h('p.small.soft', {}, deckLeftWords(deck)),
    ...fields.elements,
    field(both('驾驶员', 'Driver'), driver),
    h(
      'div.row',
      {},
      h('button.button.main', {}, keyCap('↵'), both('带上', 'Take it')),
      h('button.button.quiet', { type: 'button', onclick: close }, both('不带了', 'No vehicle'))
    )
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const vehicle = fields.read()
    if (vehicle) take({ ...vehicle, driver: drivers[Number(driver.value)] })
  })
  return form
}
