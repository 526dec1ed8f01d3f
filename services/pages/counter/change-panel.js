// Changing a ticket at the window: another departure of the same way, what it costs first, then one key.
import { call, newId } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { clockOf, dayOf } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading, showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { changeSums } from '../tickets/change.js'
import { departureList } from './departure-list.js'
import { keyCap } from './shortcuts.js'

/** `panel` is the ticket panel's: {ticket, desk, body, region, again}; `stop()` goes back to its actions. */
export function showChange(panel, stop) {
  const { ticket, body, region } = panel
  const { from, to, departsAt, departure } = ticket.ride
  fill(region)
  const list = departureList({
    ask: async (day) => {
      const all = await call('GET', `/v1/departures?${new URLSearchParams({ from, to, day })}`)
      return all.filter(({ id }) => id !== departure)
    },
    pick: (chosen) => void showPrice(panel, { chosen, list, stop }),
    back: stop,
    read: () => false
  })
  const price = h('div.stack-tight', { id: 'change-price', 'aria-live': 'polite' })
  fill(body, h('h3', {}, both('改签到', 'Change to')), price, list.element)
  list.load(dayOf(departsAt)).catch((problem) => (stop(), showProblem(region, problem)))
}

const targetOf = ({ ticketNo }, { id, from, to }) => ({
  tickets: [ticketNo],
  departure: id,
  from: from.place,
  to: to.place
})

async function showPrice(panel, { chosen, list, stop }) {
  const { ticket, body, region } = panel
  const place = body.querySelector('#change-price')
  fill(region)
  fill(place, loading(both('正在试算…', 'Working it out…')))
  try {
    const target = targetOf(ticket, chosen)
    const quote = await withSession('clerk', (session) => call('POST', '/v1/change-quotes', { session, body: target }))
    if (!quote) return list.focus()
    fill(place, ...changeSums(quote), confirmRow(panel, { quote, target, chosen, stop }))
    place.querySelector('button').focus()
  } catch (problem) {
    fill(place)
    showProblem(region, problem)
    list.focus()
  }
}

function confirmRow(panel, { quote, target, chosen, stop }) {
  const id = newId()
  const words = both(`确认改签 ${clockOf(chosen.departsAt)}`, `Change to ${clockOf(chosen.departsAt)}`)
  const confirm = h('button.button.main', { type: 'button', id: 'confirm-change' }, keyCap('↵'), words)
  confirm.addEventListener('click', () => whileBusy(confirm, () => change(panel, { id, due: quote.due, target })))
  return h(
    'div.row',
    {},
    confirm,
    h('button.button.quiet', { type: 'button', onclick: stop }, both('不改了', 'Keep it'))
  )
}

/** What is due is taken in cash; until then the old ticket is good. Asked again it finds its own change. */
async function change({ desk, region, again }, { id, due, target }) {
  const counter = { place: desk.place, window: desk.window }
  try {
    const made = await withSession('clerk', async (session) => {
      const held = await call('PUT', `/v1/changes/${id}`, { session, body: { ...target, due, counter } })
      if (held.state === 'LOCKED')
        await call('POST', `/v1/orders/${id}/payments`, { session, body: { gateway: 'cash' } })
      return await call('GET', `/v1/changes/${id}`, { session })
    })
    if (made) await again(made.tickets[0].new)
  } catch (problem) {
    showProblem(region, problem)
  }
}
