// Giving a ticket back: the fee and what returns are shown, by the rule, before anything is decided.
import { newId } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { refundTerms } from '../buy/quote-summary.js'
import { askRefund, refundTicket } from '../buy/ticketing.js'

export async function refundDialog({ ticket, session, done }) {
  const dialog = h('dialog', { 'aria-labelledby': 'refund-title' })
  const region = noticeRegion()
  const body = h('div.stack-tight', {}, loading(both('正在试算…', 'Working it out…')))
  const close = h(
    'button.button.quiet',
    { type: 'button', onclick: () => dialog.close() },
    both('不退了', 'Keep the ticket')
  )
  fill(dialog, h('div.stack-tight', {}, h('h2', { id: 'refund-title' }, both('退票', 'Refund')), body, region, close))
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  const refund = { id: newId(), dialog, body, region, ticket, session, done }
  await showQuote(refund)
}

async function showQuote(refund) {
  const { body, region, ticket, session } = refund
  try {
    const quote = await askRefund(session, ticket.ticketNo)
    const confirm = h(
      'button.button.danger.wide',
      { type: 'button' },
      both(`确认退票，退回 ${yuan(quote.amount)}`, `Refund ${yuan(quote.amount)}`)
    )
    confirm.addEventListener('click', () => whileBusy(confirm, () => give(refund, quote)))
    fill(
      body,
      sum(both('已付', 'Paid'), ticket.fare + ticket.serviceFee),
      sum(both('退票费', 'Refund fee'), -quote.fee),
      ...feesKept(ticket, quote),
      sum(both('退回', 'Returned'), quote.amount, '.total'),
      refundTerms(quote.terms),
      confirm
    )
  } catch (problem) {
    fill(body)
    showProblem(region, problem)
  }
}

/** What the passenger paid beyond the fare stays paid when he himself is the cause. */
function feesKept({ fare, serviceFee }, { fee, amount }) {
  const kept = fare + serviceFee - fee - amount
  return kept > 0 ? [sum(both('服务费不退', 'Service fee, kept'), -kept)] : []
}

function sum(name, amount, kind = '') {
  return h(`div.sum${kind}`, {}, h('span', {}, name), h('span', {}, yuan(amount)))
}

async function give(refund, quote) {
  const { id, dialog, region, ticket, session, done } = refund
  try {
    await refundTicket(session, id, { ticketNo: ticket.ticketNo, amount: quote.amount })
    dialog.close()
    done()
  } catch (problem) {
    showProblem(region, problem)
    if (problem.code !== 'refund-amount-changed') return
    refund.id = newId()
    await showQuote(refund)
  }
}
