// 报班: choose the vehicle and who drives it; whoever cannot go is listed with the reason, so that nobody has to guess.
import { newId } from '../shell/api.js'
import { field, fill, h } from '../shell/element.js'
import { both, textOf } from '../shell/language.js'
import { loading } from '../shell/notice.js'

const faults = {
  'papers-not-valid': both('证照缺失或过期', 'papers ran out'),
  'inspection-not-valid': both('安检未过或过时', 'not inspected'),
  'conveyance-not-fit': both('不适用', 'not fit'),
  'crew-not-fit': both('不适用', 'not fit'),
  'more-sold-than-places': both('座位不足', 'too small')
}

export function reportForm({ desk, row, act, place }) {
  const at = `/v1/station/departures/${row.departure}/places/${desk.place.code}`
  const form = h('form.stack-tight', { novalidate: true }, loading())
  fill(place, form)
  void desk
    .ask('GET', `${at}/candidates`)
    .then((candidates) => candidates && fillForm(form, { desk, row, act, candidates }))
  return form
}

function fillForm(form, { desk, row, act, candidates }) {
  const id = newId()
  const vehicle = selectOf('vehicle', candidates.conveyances, ({ code, places }) =>
    both(`${code} · ${places} 座`, `${code} · ${places} places`)
  )
  const crew = selectOf('crew', candidates.crew, ({ code, name }) => `${name} ${code}`)
  const second = h(
    'select',
    { id: 'second' },
    h('option', { value: '' }, textOf(both('无', 'nobody'))),
    optionsOf(candidates.crew, ({ code, name }) => `${name} ${code}`)
  )
  const current = row.report
  if (current) {
    vehicle.value = current.conveyance
    crew.value = current.crew[0]?.code ?? ''
    second.value = current.crew[1]?.code ?? ''
  }
  const submit = h('button.button.main.slim', {}, both('报班', 'Report'))
  fill(
    form,
    h(
      'div.fields',
      {},
      field(row.mode === 'ferry' ? both('船舶', 'Vessel') : both('车辆', 'Vehicle'), vehicle),
      field(row.mode === 'ferry' ? both('船长', 'Master') : both('驾驶员', 'Driver'), crew),
      field(row.mode === 'ferry' ? both('其他船员', 'Second') : both('副驾驶', 'Second driver'), second)
    ),
    h('p.small.soft', {}, both(`已售需 ${candidates.placesNeeded} 座`, `${candidates.placesNeeded} places needed`)),
    submit
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const body = {
      departure: row.departure,
      place: desk.place.code,
      conveyance: vehicle.value,
      crew: [...new Set([crew.value, second.value].filter(Boolean))]
    }
    void act(submit, () => desk.ask('PUT', `/v1/station/reports/${id}`, body))
  })
  vehicle.focus()
}

function selectOf(id, candidates, text) {
  return h('select', { id }, optionsOf(candidates, text))
}

function optionsOf(candidates, text) {
  return candidates.map((one) => {
    const reason = one.fault ? ` — ${textOf(faults[one.fault] ?? both('不可报', 'cannot go'))}` : ''
    return h('option', { value: one.code, disabled: one.fault !== null }, textOf(text(one)) + reason)
  })
}
