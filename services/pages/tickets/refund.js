// Giving tickets back: the fee and what returns are shown, by the rule, before anything is decided.
import { newId } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { refundTerms } from '../buy/quote-summary.js'
import { askRefund, refundTickets } from '../buy/ticketing.js'
import { chooseCompanions } from './companions.js'

export async function refundDialog({ ticket, companions, session, done }) {
  const dialog = h('dialog', { 'aria-labelledby': 'refund-title' })
  const region = noticeRegion()
  const body = h('div.stack-tight', { 'aria-live': 'polite' }, loading(both('正在试算…', 'Working it out…')))
  const refund = { id: newId(), dialog, body, region, session, done, asked: 0 }
  refund.party = chooseCompanions(ticket, companions, () => {
    refund.id = newId()
    void showQuote(refund)
  })
  const close = h(
    'button.button.quiet',
    { type: 'button', onclick: () => dialog.close() },
    both('不退了', 'Keep the ticket')
  )
  const title = h('h2', { id: 'refund-title' }, both('退票', 'Refund'))
  fill(dialog, h('div.stack-tight', {}, title, refund.party.element, body, region, close))
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  await showQuote(refund)
}

async function showQuote(refund) {
  const { body, region, party, session } = refund
  const asked = ++refund.asked
  fill(region)
  try {
    const quote = await askRefund(session, party.chosen())
    if (asked !== refund.asked) return
    const confirm = h(
      'button.button.danger.wide',
      { type: 'button' },
      both(`确认退票，退回 ${yuan(quote.amount)}`, `Refund ${yuan(quote.amount)}`)
    )
    confirm.addEventListener('click', () => whileBusy(confirm, () => give(refund, quote)))
    fill(body, ...sums(party.all(), quote), confirm)
  } catch (problem) {
    if (asked !== refund.asked) return
    fill(body)
    showProblem(region, problem)
  }
}

/** What the passenger paid beyond the fare stays paid when he himself is the cause. */
function sums(tickets, { items, fee, amount }) {
  const paid = tickets.reduce((all, ticket) => all + ticket.fare + ticket.serviceFee, 0)
  const kept = paid - fee - amount
  const terms = new Map(items.map((item) => [item.terms.code, item.terms]))
  return [
    sum(both('已付', 'Paid'), paid),
    sum(both('退票费', 'Refund fee'), -fee),
    kept > 0 ? sum(both('服务费不退', 'Service fee, kept'), -kept) : null,
    sum(both('退回', 'Returned'), amount, '.total'),
    ...[...terms.values()].map((one) => refundTerms(one))
  ]
}

function sum(name, amount, kind = '') {
  return h(`div.sum${kind}`, {}, h('span', {}, name), h('span', {}, yuan(amount)))
}

async function give(refund, { amount }) {
  const { id, dialog, region, party, session, done } = refund
  try {
    await refundTickets(session, id, { tickets: party.chosen(), amount })
    dialog.close()
    done()
  } catch (problem) {
    showProblem(region, problem)
    if (problem.code !== 'refund-amount-changed') return
    refund.id = newId()
    await showQuote(refund)
  }
}
