// The legs of a journey that other carriers carry: their seats and ticket numbers, how far they are, and giving them back by their own terms.
import { call, newId } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { clockOf, dayName, dayOf, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { modeBadge } from '../buy/departure-card.js'
import { partnerChangeDialog } from './partner-change.js'
import { causeWords, partnerStates, partnerTerms } from '../buy/partner-rides.js'

/** `act`: {session, orderId, done}; without a session they are only shown. Null where the journey has none. */
export function partnerLegCards(partnerLegs = [], act = {}) {
  if (partnerLegs.length === 0) return null
  return h(
    'ul.stack-tight.partner-legs',
    {},
    partnerLegs.map((leg) => h('li.card.stack-tight', {}, ...card(leg, act)))
  )
}

function card(leg, act) {
  const { session } = act
  const about = { leg, ...act }
  const legButton = (what, text, run) =>
    h('button.button', { type: 'button', [`data-${what}`]: leg.side, onclick: run }, text)
  const { offer, price, state, cause, seats, tickets } = leg
  const [tag, text] = partnerStates[state]
  const gone = state === 'CANCELLED' || state === 'CANCELLING'
  return [
    h(
      'div.row.apart',
      {},
      h('strong.ticket-when', {}, clockOf(offer.departsAt), ' ', h('span.small', {}, dayName(dayOf(offer.departsAt)))),
      h(`span.${tag}`, {}, text, gone && causeWords[cause] ? [' · ', causeWords[cause]] : null)
    ),
    h('strong', {}, `${offer.from.name} → ${offer.to.name}`),
    h(
      'div.row.apart.small.soft',
      {},
      h('span.row', {}, modeBadge(offer.mode), `${offer.carrier} ${offer.number}`, h('span', {}, seats.join('、'))),
      h('span', {}, yuan(price))
    ),
    tickets.length > 0
      ? h('div.small', {}, both('承运方票号 ', 'Its ticket no. '), h('span.mono', {}, tickets.join(' ')))
      : null,
    state === 'CONFIRMED' && session
      ? h(
          'div.row',
          {},
          legButton('change', both('改签这一程', 'Change this leg'), () => partnerChangeDialog(about)),
          legButton('refund', both('退这一程', 'Give this leg back'), () => void partnerRefundDialog(about))
        )
      : null
  ]
}

/** `atWindow`: whoever confirms does it by the Enter key. */
export async function partnerRefundDialog({ leg, session, orderId, done, atWindow = false }) {
  const dialog = h('dialog', { 'aria-labelledby': 'partner-refund-title' })
  const region = noticeRegion()
  const body = h('div.stack-tight', { 'aria-live': 'polite' }, loading(both('正在试算…', 'Working it out…')))
  const keep = { type: 'button', onclick: () => dialog.close() }
  const title = both(
    `退 ${leg.offer.carrier} ${leg.offer.number}`,
    `Give back ${leg.offer.carrier} ${leg.offer.number}`
  )
  fill(
    dialog,
    h(
      'div.stack-tight',
      {},
      h('h2', { id: 'partner-refund-title' }, title),
      body,
      region,
      h('button.button.quiet', keep, both('不退了', 'Keep the ticket'))
    )
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  await showQuote({ leg, session, orderId, done, atWindow, dialog, body, region, id: newId() })
}

async function showQuote(refund) {
  const { leg, session, orderId, body, region } = refund
  try {
    const quote = await call('GET', `/v1/orders/${orderId}/partner-refund-quote?side=${leg.side}`, { session })
    const words = both(`确认退票，退回 ${yuan(quote.amount)}`, `Refund ${yuan(quote.amount)}`)
    const confirm = h('button.button.danger.wide', { type: 'button' }, words)
    confirm.addEventListener('click', () => whileBusy(confirm, () => give(refund, quote)))
    const line = (name, amount, kind = '') => h(`div.sum${kind}`, {}, h('span', {}, name), h('span', {}, yuan(amount)))
    fill(
      body,
      line(both('已付', 'Paid'), leg.price),
      line(both('退票费', 'Refund fee'), -quote.fee),
      line(both('退回', 'Returned'), quote.amount, '.total'),
      partnerTerms(leg),
      confirm
    )
    if (refund.atWindow) confirm.focus()
  } catch (problem) {
    fill(body)
    showProblem(region, problem)
  }
}

async function give(refund, { amount }) {
  const { leg, session, orderId, done, dialog, region, id } = refund
  try {
    const body = { side: leg.side, amount }
    await call('PUT', `/v1/orders/${orderId}/partner-refunds/${id}`, { session, body })
    dialog.close()
    done()
  } catch (problem) {
    showProblem(region, problem)
    if (problem.code !== 'refund-amount-changed') return
    await showQuote({ ...refund, id: newId() })
  }
}
