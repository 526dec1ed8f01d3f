// Giving tickets of an order back, or voiding a sale: which of them, what it costs, then Enter. Digits choose the tickets, O sets the
// terms aside.
import { newId } from '../../shell/api.js'
import { fill, h, whileBusy } from '../../shell/element.js'
import { yuan } from '../../shell/format.js'
import { both } from '../../shell/language.js'
import { loading, showProblem } from '../../shell/notice.js'
import { withSession } from '../../shell/session.js'
import { refundTerms } from '../../buy/quote-summary.js'
import { askRefund, refundTickets } from '../../buy/ticketing.js'
import { isDrivenBy } from '../../tickets/companions.js'
import { placeWords, whenWords } from '../../tickets/ticket-words.js'
import { keyCap } from '../shortcuts.js'
import { askOverrule, causes } from './overrule.js'

/** `panel` is the ticket panel's: {ticket, companions, body, region, again, stop}; `voiding` undoes the sale. */
export function showRefund(panel, voiding) {
  const { ticket, companions } = panel
  const chosen = new Set([ticket.ticketNo, ...companions.filter((one) => isDrivenBy(one, ticket)).map(numberOf)])
  const state = { ...panel, voiding, chosen, all: [ticket, ...companions], overrule: null, id: newId(), asked: 0 }
  const sums = h('div.stack-tight', { 'aria-live': 'polite' })
  state.sums = sums
  state.list = h('ol.stack-tight', { 'aria-label': both('同单车票', 'Tickets of the order') })
  state.frame = h('div.stack-tight', { tabindex: '-1' }, state.all.length > 1 ? state.list : null, sums)
  state.frame.addEventListener('keydown', (event) => onKey(event, state))
  fill(panel.body, state.frame)
  void requote(state)
}

const numberOf = ({ ticketNo }) => ticketNo

function onKey(event, state) {
  if (event.ctrlKey || event.altKey || event.metaKey) return
  const one = /^[1-9]$/.test(event.key) ? state.all[Number(event.key) - 1] : null
  if (one) toggle(state, one)
  else if (event.code === 'KeyO' && !state.voiding)
    askOverrule((overrule) => {
      state.overrule = overrule
      void requote(state)
    })
  else return
  event.preventDefault()
}

function toggle(state, { ticketNo }) {
  if (!state.chosen.delete(ticketNo)) state.chosen.add(ticketNo)
  if (state.chosen.size === 0) state.chosen.add(state.ticket.ticketNo)
  state.id = newId()
  void requote(state)
}

async function requote(state) {
  const { region, sums, voiding, overrule } = state
  const asked = ++state.asked
  const tickets = state.all.filter(({ ticketNo }) => state.chosen.has(ticketNo))
  fill(region)
  fill(sums, loading(both('正在试算…', 'Working it out…')))
  showList(state)
  try {
    const quote =
      voiding || overrule
        ? wholeOf(tickets)
        : await withSession('clerk', (session) => askRefund(session, tickets.map(numberOf)))
    if (!quote || asked !== state.asked) return
    fill(sums, ...lines(state, tickets, quote))
    sums.querySelector('#confirm-refund').focus()
  } catch (problem) {
    fill(sums, buttons(state, null))
    showProblem(region, problem)
    state.frame.focus()
  }
}

function showList(state) {
  if (state.all.length < 2) return
  fill(
    state.list,
    state.all.map((ticket, index) => {
      const [large, small] = whenWords(ticket.ride)
      const on = state.chosen.has(ticket.ticketNo)
      return h(
        'li',
        {},
        h(
          `button.choice${on ? '.picked' : ''}`,
          { type: 'button', tabindex: '-1', 'aria-pressed': String(on), onclick: () => toggle(state, ticket) },
          keyCap(String(index + 1)),
          h('strong', {}, ticket.passenger.name),
          h('span', {}, placeWords(ticket)),
          h('span.small.soft', {}, large, ' ', small, ` ${ticket.ride.toName}`)
        )
      )
    })
  )
}

/** A void, or a refund for cause, undoes the sale: everything comes back. */
function wholeOf(tickets) {
  const amount = tickets.reduce((sum, { fare, serviceFee }) => sum + fare + serviceFee, 0)
  return { fee: 0, amount, items: [] }
}

function lines(state, tickets, quote) {
  const line = (name, amount, kind = '') => h(`div.sum${kind}`, {}, h('span', {}, name), h('span', {}, yuan(amount)))
  const paid = tickets.reduce((sum, { fare, serviceFee }) => sum + fare + serviceFee, 0)
  const kept = paid - quote.fee - quote.amount
  const terms = new Map(quote.items.map((item) => [item.terms.code, item.terms]))
  const byCash = both(
    '现金购票退现金，其他原路退回。',
    'Cash for what was paid in cash; otherwise the way it was paid.'
  )
  return [
    line(both('已付', 'Paid'), paid),
    line(both('退票费', 'Refund fee'), -quote.fee),
    kept > 0 ? line(both('服务费不退', 'Service fee, kept'), -kept) : null,
    line(both('退回', 'Returned'), quote.amount, '.total'),
    [...terms.values()].map((one) => refundTerms(one)),
    state.overrule ? h('p.notice.warn', {}, causes[state.overrule.code], `：${state.overrule.note}`) : null,
    h('p.small.soft', {}, byCash),
    buttons(state, quote)
  ]
}

/** Without a quote there is nothing to confirm, but the terms may still be set aside. */
function buttons(state, quote) {
  const { voiding, stop } = state
  const words =
    quote &&
    (voiding
      ? both(`确认废票，退 ${yuan(quote.amount)}`, `Void, return ${yuan(quote.amount)}`)
      : both(`确认退票，退 ${yuan(quote.amount)}`, `Refund ${yuan(quote.amount)}`))
  const confirm = quote && h('button.button.danger', { type: 'button', id: 'confirm-refund' }, keyCap('↵'), words)
  confirm?.addEventListener('click', () => whileBusy(confirm, () => give(state, quote.amount)))
  const overrule = h(
    'button.button',
    { type: 'button', onclick: () => askOverrule((given) => ((state.overrule = given), void requote(state))) },
    keyCap('O'),
    both('按事由免费', 'Free, for cause')
  )
  return h(
    'div.row',
    {},
    confirm,
    voiding ? null : overrule,
    h('button.button.quiet', { type: 'button', onclick: stop }, both('不退了', 'Keep it'))
  )
}

/** After a lost answer the same id finds the same refund. */
async function give(state, amount) {
  const { region, again, voiding, overrule, chosen } = state
  const request = {
    tickets: [...chosen],
    amount,
    ...(voiding ? { void: true } : {}),
    ...(overrule ? { overrule } : {})
  }
  try {
    if (await withSession('clerk', (session) => refundTickets(session, state.id, request))) await again()
  } catch (problem) {
    if (problem.status > 0) state.id = newId()
    showProblem(region, problem)
    if (problem.code === 'refund-amount-changed') void requote(state)
  }
}
