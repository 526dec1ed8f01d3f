// Choosing another departure of a ticket's way: a day, what runs on it, and what the caller makes of the one chosen.
import { call } from '../shell/api.js'
import { fill, h } from '../shell/element.js'
import { clockOf, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { whyNotOnSale } from '../shell/on-sale.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'

/**
 * `choose(departure, {place, region, close})` fills `place` with what is to be confirmed. `extra` stands above the list, `among`
 * leaves out what cannot be chosen.
 */
export function departureDialog({ id, title, keep, ride, day, until, extra = null, among = everything, choose }) {
  const dialog = h('dialog', { 'aria-labelledby': `${id}-title` })
  const [region, place] = [noticeRegion(), h('div.stack-tight', { 'aria-live': 'polite' })]
  const input = h('input', { id: `${id}-day`, type: 'date', value: day, max: until ?? undefined, required: true })
  const close = () => dialog.close()
  const state = { ride, region, place, among, choose, close }
  input.addEventListener('change', () => input.value && void list(state, input.value))
  fill(
    dialog,
    h(
      'div.stack-tight',
      {},
      h('h2', { id: `${id}-title` }, title),
      extra,
      h('div.field', {}, h('label', { for: input.id }, both('日期', 'Day')), input),
      place,
      region,
      h('button.button.quiet', { type: 'button', onclick: close }, keep)
    )
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  void list(state, day)
}

const everything = (departures) => departures

async function list({ ride, region, place, among, choose, close }, day) {
  fill(region)
  fill(place, loading(both('正在查询班次…', 'Looking for departures…')))
  try {
    const way = new URLSearchParams({ from: ride.from, to: ride.to, day })
    const all = await among(await call('GET', `/v1/departures?${way}`))
    const others = all.filter((one) => one.id !== ride.departure && one.placesLeft > 0 && !whyNotOnSale(one, 'web'))
    const buttons = others.map((one) =>
      h(
        'button.button.wide',
        { type: 'button', onclick: () => void choose(one, { place, region, close }) },
        h('strong', {}, clockOf(one.departsAt)),
        h('span.small.soft', {}, one.number),
        h('span', {}, yuan(one.fullFare))
      )
    )
    const none = h('p.soft', {}, both('这一天没有其他可售班次。', 'Nothing else is on sale on this day.'))
    fill(place, buttons.length > 0 ? h('div.stack-tight.change-list', {}, buttons) : none)
  } catch (problem) {
    fill(place)
    showProblem(region, problem)
  }
}
