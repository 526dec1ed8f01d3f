// One ticket at the window: refund and change with the fee shown before, void one's own slip of the hand, print again. A letter each.
import { call, newId } from '../shell/api.js'
import { fill, h, whileBusy } from '../shell/element.js'
import { moment, yuan } from '../shell/format.js'
import { both } from '../shell/language.js'
import { loading, noticeRegion, showProblem } from '../shell/notice.js'
import { withSession } from '../shell/session.js'
import { fareNames, refundTerms } from '../buy/quote-summary.js'
import { eventNames } from '../tickets/ticket.js'
import { couponStates, seatWords } from '../tickets/tickets.js'
import { showChange } from './change-panel.js'
import { printSlips } from './slip.js'
import { keyCap } from './shortcuts.js'

/** `back()` puts the focus where it came from. */
export async function ticketPanel({ ticketNo, desk, document: shown, place, left, back }) {
  fill(place, loading())
  const region = noticeRegion()
  const body = h('div.stack-tight')
  try {
    const found = await withSession('clerk', (session) =>
      Promise.all([
        call('GET', `/v1/tickets/${ticketNo}`, { session }),
        call('GET', `/v1/tickets/${ticketNo}/events`, { session })
      ])
    )
    if (!found || left.aborted) return
    const [ticket, events] = found
    const again = (next = ticketNo) => ticketPanel({ ticketNo: next, desk, document: shown, place, left, back })
    const panel = { ticket, desk, document: shown, body, region, back, again }
    const element = h(
      'section.card.stack-tight',
      { 'aria-label': both('车票', 'Ticket') },
      facts(ticket),
      region,
      body,
      history(events)
    )
    element.addEventListener('keydown', (event) => event.key === 'Escape' && back())
    fill(place, element)
    showActions(panel)
  } catch (problem) {
    fill(place, region)
    showProblem(region, problem)
    back()
  }
}

function facts({ state, ride, passenger, seat, fareKind, fare, serviceFee, ticketNo }) {
  const [tag, text] = couponStates[state]
  return [
    h('div.row.apart', {}, h('h2', {}, `${ride.fromName} → ${ride.toName}`), h(`span.${tag}`, {}, text)),
    h('p', {}, h('strong', {}, moment(ride.departsAt)), ` ${ride.number}`),
    h('p', {}, passenger.name, ' ', h('span.mono.soft', {}, passenger.documentNumber ?? '')),
    h('p', {}, seatWords(seat), ' · ', fareNames[fareKind], ` ${yuan(fare + serviceFee)}`),
    h('p.mono.small', {}, ticketNo)
  ]
}

/** What the state allows; the platform has the last word. */
const allowed = {
  refund: new Set(['ISSUED', 'NO_SHOW', 'SUSPENDED']),
  change: new Set(['ISSUED', 'NO_SHOW', 'SUSPENDED']),
  void: new Set(['ISSUED']),
  reissue: new Set(['ISSUED', 'NO_SHOW', 'SUSPENDED']),
  print: new Set(['ISSUED'])
}

function showActions(panel) {
  const { ticket, body, region } = panel
  const print = () => printSlips([ticket]).catch((problem) => showProblem(region, problem))
  const all = [
    { does: 'refund', key: 'T', text: both('退票', 'Refund'), run: () => void showRefund(panel, false) },
    { does: 'change', key: 'G', text: both('改签', 'Change'), run: () => showChange(panel, () => showActions(panel)) },
    { does: 'void', key: 'V', text: both('废票', 'Void'), run: () => void showRefund(panel, true) },
    { does: 'reissue', key: 'L', text: both('挂失补办', 'Lost: issue again'), run: () => void reissue(panel) },
    { does: 'print', key: 'P', text: both('重打凭条', 'Print again'), run: () => void print() }
  ]
  // A lost ticket is issued again to the document it was bought with, which must have been read.
  const open = all.filter(({ does }) => allowed[does].has(ticket.state) && (does !== 'reissue' || panel.document))
  const buttons = open.map(({ key, text, run }) =>
    h('button.button', { type: 'button', 'aria-keyshortcuts': key, onclick: run }, keyCap(key), text)
  )
  const nothing = h('p.soft', {}, both('此状态下没有可办的业务', 'Nothing can be done in this state'))
  const group = h('div.row', { tabindex: '-1' }, buttons.length > 0 ? buttons : nothing)
  group.addEventListener('keydown', (event) => {
    const one = open.find(({ key }) => event.code === `Key${key}`)
    if (!one || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    one.run()
  })
  fill(body, group)
  ;(buttons[0] ?? group).focus()
}

/** Every earlier code and slip is void from now on; the new slip comes out at once. */
async function reissue({ ticket, document: shown, region, again }) {
  const body = { ticketNo: ticket.ticketNo, document: shown, reason: 'lost' }
  try {
    const made = await withSession('clerk', (session) => call('PUT', `/v1/reissues/${newId()}`, { session, body }))
    if (!made) return
    await printSlips([ticket])
    await again()
  } catch (problem) {
    showProblem(region, problem)
  }
}

async function showRefund(panel, voiding) {
  const { ticket, body, region } = panel
  fill(region)
  fill(body, loading(both('正在试算…', 'Working it out…')))
  try {
    const quote = voiding
      ? wholeOf(ticket)
      : await withSession('clerk', (session) =>
          call('POST', `/v1/tickets/${ticket.ticketNo}/refund-quote`, { session })
        )
    if (quote) fill(body, ...refundLines(panel, quote, voiding))
    body.querySelector('button')?.focus()
  } catch (problem) {
    showActions(panel)
    showProblem(region, problem)
  }
}

/** A void undoes the sale: everything comes back. */
function wholeOf({ fare, serviceFee }) {
  return { fee: 0, amount: fare + serviceFee, terms: null }
}

function refundLines(panel, quote, voiding) {
  const { ticket } = panel
  const id = newId()
  const line = (name, amount, kind = '') => h(`div.sum${kind}`, {}, h('span', {}, name), h('span', {}, yuan(amount)))
  const words = voiding
    ? both(`确认废票，退 ${yuan(quote.amount)}`, `Void, return ${yuan(quote.amount)}`)
    : both(`确认退票，退 ${yuan(quote.amount)}`, `Refund ${yuan(quote.amount)}`)
  const confirm = h('button.button.danger', { type: 'button', id: 'confirm-refund' }, keyCap('↵'), words)
  confirm.addEventListener('click', () => whileBusy(confirm, () => give(panel, { id, amount: quote.amount, voiding })))
  const stop = h(
    'button.button.quiet',
    { type: 'button', onclick: () => showActions(panel) },
    both('不退了', 'Keep it')
  )
  return [
    line(both('已付', 'Paid'), ticket.fare + ticket.serviceFee),
    line(both('退票费', 'Refund fee'), -quote.fee),
    line(both('退回', 'Returned'), quote.amount, '.total'),
    quote.terms ? refundTerms(quote.terms) : null,
    h(
      'p.small.soft',
      {},
      both('现金购票退现金，其他原路退回。', 'Cash for what was paid in cash; otherwise the way it was paid.')
    ),
    h('div.row', {}, confirm, stop)
  ]
}

async function give(panel, { id, amount, voiding }) {
  const { ticket, region, again } = panel
  const body = { tickets: [ticket.ticketNo], amount, ...(voiding ? { void: true } : {}) }
  try {
    if (await withSession('clerk', (session) => call('PUT', `/v1/refunds/${id}`, { session, body }))) await again()
  } catch (problem) {
    if (problem.status !== 0) showActions(panel)
    showProblem(region, problem)
  }
}

function history(events) {
  return h(
    'ol.journey.small',
    { 'aria-label': both('车票履历', 'What happened so far') },
    events.map(({ at, event, detail }) =>
      h(
        'li',
        {},
        h('time.soft', { datetime: at }, moment(at)),
        ' ',
        h('span', {}, eventNames[event] ?? event),
        detail ? h('span.soft', {}, ` ${detail}`) : null
      )
    )
  )
}
