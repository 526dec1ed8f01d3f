// Changing tickets: another departure of the same way, for one passenger or all of the leg, what it costs shown before, the rest paid
// like any order.
import { call, newId } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { clockOf, dayOf, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { showProblem } from '../shell/notice.js'
import { departureDialog } from './departure-dialog.js'
import { chooseCompanions } from './companions.js'

/** `done(newTicketNo)` when it is changed; when something is due the visitor is sent to pay it as an order. */
export function changeDialog({ ticket, companions, session, done }) {
  const { ride, leg } = ticket
  const together = companions.filter((one) => one.leg === leg && one.vehicle === null)
  const state = { ticket, session, done, chosen: null, shown: null }
  state.party = chooseCompanions(ticket, together, () => state.chosen && void showPrice(state))
  departureDialog({
    id: 'change',
    title: both('改签到', 'Change to'),
    keep: both('不改了', 'Keep the ticket'),
    ride,
    day: dayOf(ride.departsAt),
    extra: state.party.element,
    choose: (chosen, shown) => showPrice(Object.assign(state, { chosen, shown }))
  })
}

async function showPrice(state) {
  const { session, chosen, party, shown } = state
  const { region, place } = shown
  const target = { tickets: party.chosen(), departure: chosen.id, from: chosen.from.place, to: chosen.to.place }
  fill(region)
  try {
    const quote = await call('POST', '/v1/change-quotes', { session, body: target })
    const id = newId()
    const confirm = h('button.button.main.wide', { type: 'button', id: 'confirm-change' }, confirmWords(quote, chosen))
    confirm.addEventListener('click', () => whileBusy(confirm, () => make(state, { id, target, due: quote.due })))
    fill(place, h('strong', {}, `${clockOf(chosen.departsAt)} ${chosen.number}`), ...changeSums(quote), confirm)
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

/** Until what is due is paid the old tickets are good. */
async function make({ ticket, session, done, shown }, { id, target, due }) {
  const { region, close } = shown
  try {
    const made = await call('PUT', `/v1/changes/${id}`, { session, body: { ...target, due } })
    close()
    if (made.state === 'LOCKED') location.hash = `#/order/${id}`
    else done(made.tickets.find(({ old }) => old === ticket.ticketNo).new)
  } catch (problem) {
    showProblem(region, problem)
  }
}
