// Vehicles aboard, where the sailing carries them: each with its driver among the passengers; the others travel as passengers.
import { field, fill, h } from '../shell/element.js'
import { both } from '../shell/language.js'
import { findDeck } from './deck.js'
import { deckLeftWords, vehicleFields } from './vehicle-fields.js'

const vehiclesMax = 5
let made = 0

/** `drivers()` lists who may drive: [{person, name}]; `changed()` when the price may have changed. */
export function vehicleSection({ trip, drivers, changed }) {
  const element = h('div.stack-tight')
  const state = { element, drivers, changed, deck: null, vehicles: [] }
  void findDeck(trip).then(
    (deck) => deck && (Object.assign(state, { deck }), show(state)),
    () => undefined
  )
  return {
    element,
    described: () => state.vehicles.map(({ fields }) => fields.describe()).filter((one) => one !== null),
    renameDrivers: () => state.vehicles.forEach((vehicle) => nameDrivers(vehicle, drivers())),
    read: (people) => readAll(state, people)
  }
}

function show(state) {
  const { element, deck, vehicles } = state
  const add = h('button.button', { type: 'button', id: 'add-vehicle' }, both('＋ 带车上船', '＋ Take a vehicle aboard'))
  add.addEventListener('click', () => {
    vehicles.push(vehicle(state))
    show(state)
    vehicles.at(-1).fields.focus()
    state.changed()
  })
  fill(
    element,
    vehicles.map((one) => one.element),
    vehicles.length < vehiclesMax ? h('div.row', {}, add, h('span.small.soft', {}, deckLeftWords(deck))) : null
  )
}

function vehicle(state) {
  const id = `vehicle-${++made}`
  const fields = vehicleFields({ id, deck: state.deck, changed: state.changed })
  fields.plate.name = `/vehicles/${state.vehicles.length}/plate`
  const driver = h('select', { id: `${id}-driver` })
  const one = { fields, driver, people: [] }
  const remove = h('button.button.quiet.slim', { type: 'button' }, both('移除', 'Remove'))
  remove.addEventListener('click', () => {
    state.vehicles.splice(state.vehicles.indexOf(one), 1)
    show(state)
    state.changed()
  })
  one.element = h(
    'fieldset.card.stack-tight',
    {},
    h('legend.only-heard', {}, both('车辆', 'Vehicle')),
    h('div.row.apart', {}, h('h2', {}, both('车辆', 'Vehicle')), remove),
    ...fields.elements,
    field(both('驾驶员（须为成人旅客）', 'Driver, an adult passenger'), driver)
  )
  nameDrivers(one, state.drivers())
  return one
}

/** The chosen driver stays chosen while names are typed. */
function nameDrivers(one, drivers) {
  const before = one.people[one.driver.selectedIndex]
  one.people = drivers.map(({ person }) => person)
  fill(
    one.driver,
    drivers.map(({ name }, index) => h('option', { value: index }, name))
  )
  one.driver.selectedIndex = Math.max(0, one.people.indexOf(before))
}

/** As the order names them; null when one is not complete, which then has the focus. */
function readAll({ vehicles }, people) {
  const read = []
  for (const { fields, driver, people: drivers } of vehicles) {
    const one = fields.read()
    if (!one) return null
    read.push({ ...one, driver: Math.max(0, people.indexOf(drivers[driver.selectedIndex])) })
  }
  return read
}
