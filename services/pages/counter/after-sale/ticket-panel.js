// One ticket at the window: refund and change with the fee shown before, void one's own slip of the hand, print again. A letter each.
import { call, newId } from '../../shell/api.js'
import { fill, h } from '../../shell/element.js'
import { moment, yuan } from '../../shell/format.js'
import { both } from '../../shell/language.js'
import { loading, noticeRegion, showProblem } from '../../shell/notice.js'
import { withSession } from '../../shell/session.js'
import { brokenConnections, isBroken } from '../../tickets/broken-connection.js'
import { partnerLegCards } from '../../tickets/partner-legs.js'
import { couponKindNames, couponStates, eventNames, isOpen, placeWords, whenWords } from '../../tickets/ticket-words.js'
import { keyCap } from '../shortcuts.js'
import { printSlips } from '../slip.js'
import { showChange, showDating } from './change-panel.js'
import { partnerActions } from './partner-actions.js'
import { showRefund } from './refund-panel.js'

/** `back()` puts the focus where it came from. */
export async function ticketPanel({ ticketNo, desk, document: shown, place, left, back }) {
  fill(place, loading())
  const region = noticeRegion()
  const body = h('div.stack-tight')
  try {
    const found = await withSession('clerk', (session) => findAll(session, ticketNo))
    if (!found || left.aborted) return
    const { ticket, events, companions, broken, partnerLegs } = found
    const again = (next = ticketNo) => ticketPanel({ ticketNo: next, desk, document: shown, place, left, back })
    const panel = {
      ticket,
      companions,
      partnerLegs,
      desk,
      document: shown,
      body,
      region,
      back,
      again,
      stop: () => showActions(panel)
    }
    const element = h(
      'section.card.stack-tight',
      { 'aria-label': both('车票', 'Ticket') },
      facts(ticket),
      broken ? brokenConnections({ ...broken, done: () => void again() }) : null,
      partnerLegCards(partnerLegs),
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

/** The ticket, its history, and what else its order still holds. */
async function findAll(session, ticketNo) {
  const [ticket, events] = await Promise.all([
    call('GET', `/v1/tickets/${ticketNo}`, { session }),
    call('GET', `/v1/tickets/${ticketNo}/events`, { session })
  ])
  const order = await call('GET', `/v1/orders/${ticket.orderId}`, { session })
  const { coupons, legs, journeyNumber, partnerLegs } = order
  const companions = coupons
    .filter((one) => one.ticketNo && one.ticketNo !== ticketNo && allowed.refund.has(one.state))
    .map((one) => ({ ...one, ride: legs[one.leg] }))
  return { ticket, events, companions, partnerLegs, broken: isBroken(order) ? { journeyNumber, session } : null }
}

function facts(ticket) {
  const { state, ride, passenger, fareKind, fare, serviceFee, ticketNo } = ticket
  const [tag, text] = couponStates[state]
  const [large, small] = whenWords(ride)
  return [
    h('div.row.apart', {}, h('h2', {}, `${ride.fromName} → ${ride.toName}`), h(`span.${tag}`, {}, text)),
    h('p', {}, h('strong', {}, small, ' ', large), ` ${ride.number}`),
    h('p', {}, passenger.name, ' ', h('span.mono.soft', {}, passenger.documentNumber ?? '')),
    h('p', {}, placeWords(ticket), ' · ', couponKindNames[fareKind], ` ${yuan(fare + serviceFee)}`),
    h('p.mono.small', {}, ticketNo)
  ]
}

/** What the state allows; the platform has the last word. */
const allowed = {
  date: new Set(['ISSUED']),
  refund: new Set(['ISSUED', 'NO_SHOW', 'SUSPENDED']),
  change: new Set(['ISSUED', 'NO_SHOW', 'SUSPENDED']),
  void: new Set(['ISSUED']),
  reissue: new Set(['ISSUED', 'NO_SHOW', 'SUSPENDED']),
  print: new Set(['ISSUED'])
}

function showActions(panel) {
  const { ticket, body, region } = panel
  fill(region)
  const print = () => printSlips([ticket]).catch((problem) => showProblem(region, problem))
  const all = [
    { does: 'date', key: 'B', text: both('定返程班次', 'Date the way back'), run: () => showDating(panel) },
    { does: 'refund', key: 'T', text: both('退票', 'Refund'), run: () => showRefund(panel, false) },
    { does: 'change', key: 'G', text: both('改签', 'Change'), run: () => showChange(panel) },
    { does: 'void', key: 'V', text: both('废票', 'Void'), run: () => showRefund(panel, true) },
    { does: 'reissue', key: 'L', text: both('挂失补办', 'Lost: issue again'), run: () => void reissue(panel) },
    { does: 'print', key: 'P', text: both('重打凭条', 'Print again'), run: () => void print() }
  ]
  const open = [
    ...all.filter(({ does }) => allowed[does].has(ticket.state) && fits(does, panel)),
    ...partnerActions(panel)
  ]
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

/** A way back without a departure gets one; a lost ticket is issued again to the document it was bought with, which must have been read. */
function fits(does, { ticket, document: shown }) {
  const undated = isOpen(ticket.ride)
  if (does === 'date') return undated
  if (does === 'reissue') return shown && !undated && !ticket.vehicle
  return does !== 'change' || (!undated && !ticket.vehicle)
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
