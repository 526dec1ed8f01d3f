// Changing a ticket: another departure of the same way, what it costs shown before, the rest paid like any order.
import { call, newId } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { clockOf, dayOf, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'

/** `done(newTicketNo)` when it is changed; when something is due the visitor is sent to pay it as an order. */
export function changeDialog({ ticket, session, done }) {
  const { departsAt } = ticket.ride
  const dialog = h('dialog', { 'aria-labelledby': 'change-title' })
  const [region, body] = [noticeRegion(), h('div.stack-tight', { 'aria-live': 'polite' })]
  const day = h('input', { id: 'change-day', type: 'date', value: dayOf(departsAt), required: true })
  const close = () => dialog.close()
  const change = { ticket, session, done, close, region, body }
  day.addEventListener('change', () => day.value && void listDepartures(change, day.value))
  fill(
    dialog,
    h(
      'div.stack-tight',
      {},
      h('h2', { id: 'change-title' }, both('改签到', 'Change to')),
      h('div.field', {}, h('label', { for: 'change-day' }, both('日期', 'Day')), day),
      body,
      region,
      h('button.button.quiet', { type: 'button', onclick: close }, both('不改了', 'Keep the ticket'))
    )
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  void listDepartures(change, day.value)
}

async function listDepartures(change, day) {
  const { ticket, region, body } = change
  const { from, to, departure } = ticket.ride
  fill(region)
  fill(body, loading(both('正在查询班次…', 'Looking for departures…')))
  try {
    const all = await call('GET', `/v1/departures?${new URLSearchParams({ from, to, day })}`)
    const others = all.filter(({ id, placesLeft }) => id !== departure && placesLeft > 0)
    const buttons = others.map((one) =>
      h(
        'button.button.wide',
        { type: 'button', onclick: () => void showPrice(change, one) },
        h('strong', {}, clockOf(one.departsAt)),
        h('span.small.soft', {}, one.number),
        h('span', {}, yuan(one.fullFare))
      )
    )
    const none = h('p.soft', {}, both('这一天没有其他可售班次。', 'Nothing else is on sale on this day.'))
    fill(body, buttons.length > 0 ? h('div.stack-tight.change-list', {}, buttons) : none)
  } catch (problem) {
    fill(body)
    showProblem(region, problem)
  }
}

async function showPrice(change, chosen) {
  const { ticket, session, region, body } = change
  const target = { tickets: [ticket.ticketNo], departure: chosen.id, from: chosen.from.place, to: chosen.to.place }
  fill(region)
  try {
    const quote = await call('POST', '/v1/change-quotes', { session, body: target })
    const id = newId()
    const confirm = h('button.button.main.wide', { type: 'button', id: 'confirm-change' }, confirmWords(quote, chosen))
    confirm.addEventListener('click', () => whileBusy(confirm, () => make(change, { id, target, due: quote.due })))
    fill(body, h('strong', {}, `${clockOf(chosen.departsAt)} ${chosen.number}`), ...changeSums(quote), confirm)
    confirm.focus()
  } catch (problem) {
    showProblem(region, problem)
  }
}

function confirmWords({ due }, { departsAt }) {
  const time = clockOf(departsAt)
  if (due > 0) return both(`改签 ${time}，去支付 ${yuan(due)}`, `Change to ${time}, pay ${yuan(due)}`)
  if (due < 0) return both(`改签 ${time}，退回 ${yuan(-due)}`, `Change to ${time}, ${yuan(-due)} comes back`)
  return both(`改签 ${time}`, `Change to ${time}`)
}

/** Difference, fee, and what changes hands. */
export function changeSums({ due, tickets }) {
  const sum = (name) => tickets.reduce((total, ticket) => total + ticket[name], 0)
  const line = (name, amount, kind = '') => h(`div.sum${kind}`, {}, h('span', {}, name), h('span', {}, yuan(amount)))
  return [
    line(both('票价差', 'Difference in fare'), sum('difference')),
    line(both('改签手续费', 'Change fee'), sum('fee')),
    due < 0 ? line(both('退回', 'Returned'), -due, '.total') : line(both('应补', 'To pay'), due, '.total')
  ]
}

/** Until what is due is paid the old ticket is good. */
async function make({ session, region, close, done }, { id, target, due }) {
  try {
    const made = await call('PUT', `/v1/changes/${id}`, { session, body: { ...target, due } })
    close()
    if (made.state === 'LOCKED') location.hash = `#/order/${id}`
    else done(made.tickets[0].new)
  } catch (problem) {
    showProblem(region, problem)
  }
}
