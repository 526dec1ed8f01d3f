// Before the first sale: which window this is, remembered on this machine, and the cash the drawer starts with.
import { call, newId } from '../shell/api.js'
import { field, fill, h, whileBusy } from '../shell/element.js'
import { both } from '../shell/language.js'
import { loading, markField, noticeRegion, showProblem } from '../shell/notice.js'
import { placeInput, suggestionsOf } from '../shell/place-input.js'
import { withSession } from '../shell/session.js'
import { readYuan } from './cash.js'

/** Calls `keep({place, placeName, window})`. */
export async function chooseWindow(main, keep) {
  fill(main, loading())
  const places = await call('GET', '/v1/places')
  const names = new Set(places.map(({ name }) => name))
  const suggestions = suggestionsOf(places).filter(({ text }) => names.has(text))
  const place = placeInput({ id: 'place', label: both('车站或港口', 'Station or port'), value: '', suggestions })
  const number = h('input', { id: 'window', inputmode: 'numeric', value: '1', maxlength: 2, autocomplete: 'off' })
  const region = noticeRegion()
  const form = h(
    'form.stack',
    { novalidate: true },
    place.element,
    field(both('窗口号', 'Window'), number),
    region,
    h('button.button.main', {}, both('确定', 'Take this window'))
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const found = places.find(({ name, code }) => [name, code].includes(place.input.value.trim()))
    if (!found) return place.input.focus()
    if (!/^[1-9]\d?$/.test(number.value)) {
      markField(number, both('窗口号为 1 至 99', 'Windows are numbered 1 to 99'))
      return number.focus()
    }
    keep({ place: found.code, placeName: found.name, window: Number(number.value) })
  })
  fill(main, h('div.set-up.stack', {}, h('h1', {}, both('这是哪个窗口？', 'Which window is this?')), form))
  place.input.focus()
}

/** Without an open shift nothing is sold: the drawer must be somebody's. */
export function openingForm(main, { desk, opened, change }) {
  const id = newId()
  const region = noticeRegion()
  const cash = h('input', { id: 'opening-cash', inputmode: 'decimal', value: '0', autocomplete: 'off' })
  const submit = h('button.button.main', {}, both('开班', 'Open the shift'))
  const form = h(
    'form.stack-tight',
    { novalidate: true },
    field(both('备用金（元）', 'Cash in the drawer (yuan)'), cash),
    region,
    h(
      'div.row.apart',
      {},
      submit,
      h('button.button.quiet', { type: 'button', onclick: change }, both('更换窗口', 'Another window'))
    )
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const openingCash = readYuan(cash.value)
    if (openingCash === null) return markField(cash, both('请填写金额，如 200', 'Give an amount, such as 200'))
    void whileBusy(submit, async () => {
      const body = { place: desk.place, window: desk.window, openingCash }
      try {
        if (await withSession('clerk', (session) => call('PUT', `/v1/counter/shifts/${id}`, { session, body })))
          opened()
      } catch (problem) {
        showProblem(region, problem)
      }
    })
  })
  fill(main, h('div.set-up.stack', {}, h('h1', {}, both('开班', 'Open your shift')), form))
  cash.focus()
  cash.select()
}
