// Changing tickets at the window: another departure of the same way, what it costs first, then one key. The way back of a return ticket
// that has no departure yet gets one here too.
import { call, newId } from '../../shell/api.js'
import { fill, h, whileBusy } from '../../shell/element.js'
import { clockOf, dayName, dayOf } from '../../shell/format.js'
import { both } from '../../shell/language.js'
import { loading, showProblem } from '../../shell/notice.js'
import { withSession } from '../../shell/session.js'
import { keepWayBack } from '../../buy/trip.js'
import { changeSums } from '../../tickets/change.js'
import { departureList } from '../sale/departure-list.js'
import { takeOtherMoney } from '../sale/other-money.js'
import { keyCap } from '../shortcuts.js'
import { askOverrule, causes } from './overrule.js'

/** `panel` is the ticket panel's: {ticket, companions, desk, body, region, again, stop}. */
export function showChange(panel) {
  const { ticket, companions, stop } = panel
  const { departsAt, departure } = ticket.ride
  const together = companions.filter(({ leg, vehicle }) => leg === ticket.leg && vehicle === null)
  const state = { ...panel, together, all: false, overrule: null, chosen: null }
  const turn = { key: 'a', text: both('同程同改', 'All of this leg'), pressed: () => state.all }
  const cause = { key: 'o', text: both('按事由免费', 'Free, for cause'), pressed: () => state.overrule !== null }
  const commands = [
    ...(together.length > 0 ? [{ ...turn, run: () => ((state.all = !state.all), renew(state)) }] : []),
    { ...cause, run: () => askOverrule((given) => ((state.overrule = given), renew(state))) }
  ]
  const others = (all) => all.filter(({ id }) => id !== departure)
  state.list = listFor(state, { commands, pick: () => void showPrice(state), among: others })
  openList(state, { title: both('改签到', 'Change to'), day: dayOf(departsAt), stop })
}

/** The open way back: nothing is due, it was paid with the way out. */
export function showDating(panel) {
  const state = { ...panel, chosen: null }
  const among = (all) => keepWayBack(panel.ticket.ride, all)
  state.list = listFor(state, { commands: [], pick: () => showDate(state), among })
  openList(state, { title: both('返程班次', 'Departure of the way back'), day: undefined, stop: panel.stop })
}

function listFor(state, { commands, pick, among }) {
  const { from, to } = state.ticket.ride
  return departureList({
    ask: async (day) => among(await call('GET', `/v1/departures?${new URLSearchParams({ from, to, day })}`)),
    pick: (chosen) => ((state.chosen = chosen), pick()),
    back: state.stop,
    read: () => false,
    commands
  })
}

function openList({ body, region, list }, { title, day, stop }) {
  fill(region)
  const price = h('div.stack-tight', { id: 'change-price', 'aria-live': 'polite' })
  fill(body, h('h3', {}, title), price, list.element)
  list.load(day).catch((problem) => (stop(), showProblem(region, problem)))
}

function renew(state) {
  if (state.chosen) void showPrice(state)
  else void state.list.load()
}

function targetOf({ ticket, together, all, chosen, overrule }) {
  return {
    tickets: [ticket, ...(all ? together : [])].map(({ ticketNo }) => ticketNo),
    departure: chosen.id,
    from: chosen.from.place,
    to: chosen.to.place,
    ...(overrule ? { overrule } : {})
  }
}

async function showPrice(state) {
  const { body, region, list, overrule } = state
  const place = body.querySelector('#change-price')
  fill(region)
  fill(place, loading(both('正在试算…', 'Working it out…')))
  try {
    const target = targetOf(state)
    const quote = await withSession('clerk', (session) => call('POST', '/v1/change-quotes', { session, body: target }))
    if (!quote) return list.focus()
    const cause = overrule && h('p.notice.warn', {}, causes[overrule.code], `：${overrule.note}`)
    fill(place, ...changeSums(quote), cause, confirmRow(state, { quote, target }))
    place.querySelector('button').focus()
  } catch (problem) {
    fill(place)
    showProblem(region, problem)
    list.focus()
  }
}

function confirmRow(state, { quote, target }) {
  const id = newId()
  const { departsAt } = state.chosen
  const count = target.tickets.length
  const words = both(
    `确认改签 ${clockOf(departsAt)}${count > 1 ? `（${count} 张）` : ''}`,
    `Change ${count > 1 ? `${count} tickets ` : ''}to ${clockOf(departsAt)}`
  )
  const confirm = h('button.button.main', { type: 'button', id: 'confirm-change' }, keyCap('↵'), words)
  confirm.addEventListener('click', () => whileBusy(confirm, () => change(state, { id, due: quote.due, target })))
  if (quote.due <= 0) return h('div.row', {}, confirm, keepButton(state))
  const other = h('button.button', { type: 'button', id: 'change-by-code' }, both('出示收款码', 'Show our code'))
  other.addEventListener('click', () =>
    whileBusy(other, () => change(state, { id, due: quote.due, target, byCode: true }))
  )
  return h('div.row', {}, confirm, other, keepButton(state))
}

function keepButton({ stop }) {
  return h('button.button.quiet', { type: 'button', onclick: stop }, both('不改了', 'Keep it'))
}

/** What is due is taken in cash, or by the code we show; until then the old tickets are good. Asked again it finds its own change. */
async function change({ ticket, desk, region, again }, { id, due, target, byCode = false }) {
  const counter = { place: desk.place, window: desk.window }
  try {
    const made = await withSession('clerk', async (session) => {
      const held = await call('PUT', `/v1/changes/${id}`, { session, body: { ...target, due, counter } })
      if (held.state === 'LOCKED' && byCode) {
        const { order } = await takeOtherMoney({ session, order: { id, total: due } })
        if (!order) return null
      } else if (held.state === 'LOCKED')
        await call('POST', `/v1/orders/${id}/payments`, { session, body: { gateway: 'cash' } })
      return await call('GET', `/v1/changes/${id}`, { session })
    })
    if (made) await again(made.tickets.find(({ old }) => old === ticket.ticketNo).new)
  } catch (problem) {
    showProblem(region, problem)
  }
}

function showDate(state) {
  const { ticket, chosen, region, body, again } = state
  const place = body.querySelector('#change-price')
  const { zh, en } = dayName(dayOf(chosen.departsAt))
  const time = clockOf(chosen.departsAt)
  const confirm = h(
    'button.button.main',
    { type: 'button', id: 'confirm-date' },
    keyCap('↵'),
    both(`确认返程 ${zh} ${time}`, `Way back ${en} ${time}`)
  )
  confirm.addEventListener('click', () =>
    whileBusy(confirm, async () => {
      try {
        const body = { departure: chosen.id }
        const path = `/v1/tickets/${ticket.ticketNo}/departure`
        if (await withSession('clerk', (session) => call('PUT', path, { session, body }))) await again()
      } catch (problem) {
        showProblem(region, problem)
        state.list.focus()
      }
    })
  )
  fill(region)
  fill(place, h('div.row', {}, confirm, keepButton(state)))
  confirm.focus()
}
